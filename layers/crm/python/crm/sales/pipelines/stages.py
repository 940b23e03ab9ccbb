"""What becomes of a pipeline's stages when they are written. Pure."""

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
    """All stages of a pipeline, as its body asks for them.

    An entry is the stage whose id it holds, or else the stage of its name, which changes only
    where it differs; an entry that is neither is a new stage. A stage that no entry is goes, and
    leaves the `allowed_from` of the others.

    Raises:
        ValidationFailedError: an id of no stage of the pipeline; an id, a name or an order that
            stands there twice.
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
    gone = known - {old.id for old in olds if old is not None}
    return in_order(
        _written(pipeline, by, old, {**body.model_dump(exclude={"id"}), "order": order}, gone)
        for old, body, order in zip(olds, bodies, orders, strict=True)
    )


def added(pipeline: Pipeline, by: str, stage_id: str, body: StageWrite) -> Stage:
    """A new stage of a pipeline.

    Raises:
        DuplicateError: another stage has its name or its order.
        LimitExceededError: the pipeline has as many stages as it may.
        ValidationFailedError: `allowed_from` holds something else than stages of the pipeline.
    """
    fields = _fields(pipeline, pipeline.stages, body)
    if len(pipeline.stages) >= MAX_STAGES:
        raise LimitExceededError(f"A pipeline can have no more than {MAX_STAGES} stages.")
    return _made(pipeline, by, {**fields, "id": stage_id})


def changed(pipeline: Pipeline, by: str, old: Stage, body: StageWrite) -> Stage:
    """The next version of a stage; one that was being emptied takes deals again.

    Raises what `added` raises, the limit aside.
    """
    others = [stage for stage in pipeline.stages if stage.id != old.id]
    return old.changed(by, **_fields(pipeline, others, body), emptied_into=None)


def with_stage(pipeline: Pipeline, new: Stage) -> list[Stage]:
    """The stages of a pipeline with one that is new, or as it shall be."""
    return in_order([*(stage for stage in pipeline.stages if stage.id != new.id), new])


def without(pipeline: Pipeline, by: str, gone: Stage) -> list[Stage]:
    """The stages of a pipeline that stay when one goes."""
    return [
        _written(pipeline, by, stage, {"allowed_from": stage.allowed_from}, {gone.id})
        for stage in pipeline.stages
        if stage.id != gone.id
    ]


def in_order(stages: Iterable[Stage]) -> list[Stage]:
    return sorted(stages, key=lambda stage: stage.order)


def _matches(pipeline: Pipeline, bodies: Sequence[PipelineStageWrite]) -> list[Stage | None]:
    """The stage that each entry is; a stage that is named by its id is not found by its name."""
    by_id = {body.id for body in bodies}
    by_name = {same_name(one.name): one for one in pipeline.stages if one.id not in by_id}
    return [
        pipeline.stage(body.id) if body.id else by_name.get(same_name(body.name)) for body in bodies
    ]


def _orders(bodies: Sequence[StageWrite]) -> list[int]:
    """The place of each entry; those that name none come last, as they stand."""
    following = count(max((one.order for one in bodies if one.order is not None), default=-1) + 1)
    return [next(following) if one.order is None else one.order for one in bodies]


def _fields(pipeline: Pipeline, others: Sequence[Stage], body: StageWrite) -> dict[str, Any]:
    """What a stage that is written by itself stores for a body."""
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
    pipeline: Pipeline, by: str, old: Stage | None, fields: dict[str, Any], gone: set[str]
) -> Stage:
    """A stage that is new or changed, if there is a difference, free of what points to no stage."""
    allowed = fields["allowed_from"]
    if allowed is not None:
        fields = {**fields, "allowed_from": [one for one in allowed if one not in gone]}
    if old is None:
        return _made(pipeline, by, fields)
    if old.emptied_into in gone:
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
    """Where a value stands that stood there before."""
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
