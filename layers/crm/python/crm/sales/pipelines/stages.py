"""The new stages of a pipeline after a write. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any

from crm.platform.errors import (
    DuplicateError,
    FieldError,
    LimitExceededError,
    ValidationFailedError,
)
from crm.platform.fields import same_name
from crm.sales.pipelines.schemas import (
    LAST_PLACE,
    MAX_STAGES,
    Pipeline,
    PipelineStageWrite,
    Stage,
    StageWrite,
)

_FOREIGN = "holds an id that is no stage of this pipeline"
_FULL = "must be given: there is no place after all others"


def rewritten(pipeline: Pipeline, by: str, bodies: Sequence[PipelineStageWrite]) -> list[Stage]:
    """Return all stages of a pipeline, as its body defines them.

    An entry of the body is matched to a stage by id, or else by name; the stage changes only if the
    entry differs. An entry without a match is a new stage. A stage without an entry is deleted, and
    removed from the `allowed_from` of the others.

    Raises:
        ValidationFailedError: An id is no stage of the pipeline, or the body repeats an id, a name
            or an order.
    """
    olds, orders = _matches(pipeline, bodies), _orders(bodies)
    known = {stage.id for stage in pipeline.stages}
    errors = [
        *_errors("id", _strange(known, bodies), "is no stage of this pipeline"),
        *_errors("id", _repeated([body.id for body in bodies]), "stands here twice"),
        *_errors("name", _repeated([same_name(body.name) for body in bodies]), "is taken"),
        *_errors("order", _repeated(orders), "is taken"),
        *_errors("order", (at for at, one in enumerate(orders) if one > LAST_PLACE), _FULL),
        *_errors("allowed_from", _dangling(known, bodies), _FOREIGN),
    ]
    if errors:
        raise ValidationFailedError("The stages cannot be accepted.", errors)
    deleted = known - {old.id for old in olds if old is not None}
    return in_order(
        _written(pipeline, by, old, {**body.model_dump(exclude={"id"}), "order": order}, deleted)
        for old, body, order in zip(olds, bodies, orders, strict=True)
    )


def added(pipeline: Pipeline, by: str, stage_id: str, body: StageWrite) -> Stage:
    """Return a new stage of a pipeline.

    Raises:
        DuplicateError: Another stage has the same name or order.
        LimitExceededError: The pipeline has the maximum number of stages.
        ValidationFailedError: `allowed_from` holds ids that are no stages of the pipeline.
    """
    fields = _fields(pipeline, pipeline.stages, body)
    if len(pipeline.stages) >= MAX_STAGES:
        raise LimitExceededError(f"A pipeline can have no more than {MAX_STAGES} stages.")
    return _made(pipeline, by, {**fields, "id": stage_id})


def changed(pipeline: Pipeline, by: str, old: Stage, body: StageWrite) -> Stage:
    """Return the next version of a stage; a stage that was being emptied accepts deals again.

    Raises the errors of `added`, except for the limit.
    """
    others = [stage for stage in pipeline.stages if stage.id != old.id]
    return old.changed(by, **_fields(pipeline, others, body), emptied_into=None)


def with_stage(pipeline: Pipeline, new: Stage) -> list[Stage]:
    """Return the stages of a pipeline, with one added or replaced."""
    return in_order([*(stage for stage in pipeline.stages if stage.id != new.id), new])


def without(pipeline: Pipeline, by: str, removed: Stage) -> list[Stage]:
    """Return the remaining stages of a pipeline when one is deleted."""
    return [
        _written(pipeline, by, stage, {"allowed_from": stage.allowed_from}, {removed.id})
        for stage in pipeline.stages
        if stage.id != removed.id
    ]


def in_order(stages: Iterable[Stage]) -> list[Stage]:
    return sorted(stages, key=lambda stage: stage.order)


def _matches(pipeline: Pipeline, bodies: Sequence[PipelineStageWrite]) -> list[Stage | None]:
    """Return the stage of each entry, or None: by id first, then by a name that is left."""
    by_id = {body.id for body in bodies}
    by_name = {same_name(one.name): one for one in pipeline.stages if one.id not in by_id}
    return [
        pipeline.stage(body.id) if body.id else by_name.get(same_name(body.name)) for body in bodies
    ]


def _orders(bodies: Sequence[StageWrite]) -> list[int]:
    """Return the order of each entry; entries without one come last, in their sequence."""
    following = count(max((one.order for one in bodies if one.order is not None), default=-1) + 1)
    return [next(following) if one.order is None else one.order for one in bodies]


def _fields(pipeline: Pipeline, others: Sequence[Stage], body: StageWrite) -> dict[str, Any]:
    """Return the stored fields of a stage that is written on its own."""
    last = max((stage.order for stage in others), default=-1)
    order = last + 1 if body.order is None else body.order
    if same_name(body.name) in {same_name(stage.name) for stage in others}:
        raise _taken("name")
    if order in {stage.order for stage in others}:
        raise _taken("order")
    if order > LAST_PLACE:
        raise ValidationFailedError.of("order", _FULL)
    if not {stage.id for stage in pipeline.stages}.issuperset(body.allowed_from or []):
        raise ValidationFailedError.of("allowed_from", _FOREIGN)
    return {**body.model_dump(), "order": order}


def _written(
    pipeline: Pipeline, by: str, old: Stage | None, fields: dict[str, Any], deleted: set[str]
) -> Stage:
    """Return a stage, new, changed or as it was, without references to deleted stages."""
    allowed = fields["allowed_from"]
    if allowed is not None:
        fields = {**fields, "allowed_from": [one for one in allowed if one not in deleted]}
    if old is None:
        return _made(pipeline, by, fields)
    if old.emptied_into in deleted:
        fields = {**fields, "emptied_into": None}
    same = all(getattr(old, name) == value for name, value in fields.items())
    return old if same else old.changed(by, **fields)


def _made(pipeline: Pipeline, by: str, fields: dict[str, Any]) -> Stage:
    return Stage.create(pipeline.organization_id, by, pipeline_id=pipeline.id, **fields)


def _strange(known: set[str], bodies: Sequence[PipelineStageWrite]) -> Iterator[int]:
    return (at for at, one in enumerate(bodies) if one.id is not None and one.id not in known)


def _dangling(known: set[str], bodies: Sequence[StageWrite]) -> Iterator[int]:
    return (at for at, one in enumerate(bodies) if not known.issuperset(one.allowed_from or []))


def _repeated(values: Sequence[str | int | None]) -> Iterator[int]:
    """Yield the indexes of repeated values."""
    seen: Counter[str | int] = Counter()
    for at, value in enumerate(values):
        if value is not None:
            seen[value] += 1
            if seen[value] > 1:
                yield at


def _errors(field: str, places: Iterable[int], message: str) -> Iterator[FieldError]:
    return (FieldError(f"stages.{at}.{field}", message) for at in places)


def _taken(field: str) -> DuplicateError:
    return DuplicateError(
        f"Another stage of the pipeline has this {field}.", [FieldError(field, "is taken")]
    )
