"""Writes of a pipeline's stages."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.platform.errors import DuplicateError, LimitExceededError, ValidationFailedError
from crm.platform.fields import same_name
from crm.platform.ids import new_id
from crm.sales.pipelines import stages
from crm.sales.pipelines.schemas import (
    LAST_PLACE,
    MAX_STAGES,
    Pipeline,
    PipelineStageWrite,
    Stage,
    StageWrite,
)

ORGANIZATION = "01a1ffdb-0000-7000-8000-000000000001"
FOREIGN = "01a1ffdb-0000-7000-8000-000000000002"


def pipeline(*entries: dict[str, Any]) -> Pipeline:
    """A pipeline with these stages, one after the other unless they say where."""
    made = Pipeline.create(ORGANIZATION, "ada", name="Sales")
    return with_stages(made, stages.rewritten(made, "ada", [body(**one) for one in entries]))


def with_stages(before: Pipeline, after: list[Stage]) -> Pipeline:
    return before.model_copy(update={"stages": after})


def body(**fields: Any) -> PipelineStageWrite:
    return PipelineStageWrite(**{"name": "A", "probability": 10, **fields})


def named(*names: str) -> Pipeline:
    return pipeline(*({"name": name} for name in names))


def rewrite(before: Pipeline, *entries: PipelineStageWrite) -> Pipeline:
    return with_stages(before, stages.rewritten(before, "ben", entries))


def ids_by_name(one: Pipeline) -> dict[str, str]:
    return {stage.name: stage.id for stage in one.stages}


def orders(one: Pipeline) -> list[tuple[str, int]]:
    return [(stage.name, stage.order) for stage in one.stages]


class TestRewritten:
    def test_an_entry_is_the_stage_of_its_id_or_else_of_its_name(self) -> None:
        before = named("A", "B", "C")
        a, b, _ = before.stages
        after = rewrite(before, body(name=" a "), body(name="New", id=b.id), body(name="D"))
        assert [stage.id for stage in after.stages[:2]] == [a.id, b.id]
        assert after.stages[2].id not in ids_by_name(before).values()
        assert after.stages[2].pipeline_id == before.id
        assert [stage.version for stage in after.stages] == [2, 2, 1]

    def test_a_stage_named_by_its_id_is_not_found_by_its_name_too(self) -> None:
        before = named("A")
        after = rewrite(before, body(name="B", id=before.stages[0].id), body(name="A"))
        assert ids_by_name(after)["B"] == before.stages[0].id
        assert ids_by_name(after)["A"] != before.stages[0].id

    def test_names_can_be_exchanged(self) -> None:
        before = named("A", "B")
        a, b = before.stages
        after = rewrite(before, body(name="B", id=a.id), body(name="A", id=b.id))
        assert ids_by_name(after) == {"B": a.id, "A": b.id}

    def test_what_is_the_same_keeps_its_version(self) -> None:
        before = named("A", "B")
        after = rewrite(before, body(name="A"), body(name="B", probability=20))
        assert after.stages[0] is before.stages[0]
        assert (after.stages[1].version, after.stages[1].updated_by) == (2, "ben")

    def test_without_orders_the_list_is_the_order(self) -> None:
        before = named("A", "B", "C")
        after = rewrite(before, *(body(name=name) for name in "CAB"))
        assert orders(after) == [("C", 0), ("A", 1), ("B", 2)]
        assert ids_by_name(after) == ids_by_name(before)

    def test_entries_without_an_order_come_after_all_others(self) -> None:
        entries: list[dict[str, Any]] = [
            {"name": "A"},
            {"name": "B", "order": 7},
            {"name": "C"},
            {"name": "D", "order": 0},
        ]
        assert orders(pipeline(*entries)) == [("D", 0), ("B", 7), ("A", 8), ("C", 9)]

    def test_what_goes_leaves_the_allowed_from_of_the_others(self) -> None:
        before = named("A", "B", "C")
        a, _, c = before.stages
        before = rewrite(
            before,
            body(name="A"),
            body(name="B", allowed_from=[a.id, c.id]),
            body(name="C", allowed_from=[a.id]),
        )
        after = rewrite(
            before,
            body(name="B", allowed_from=[a.id, c.id]),
            body(name="C", allowed_from=[a.id]),
            body(name="D", allowed_from=[]),
        )
        assert [stage.allowed_from for stage in after.stages] == [[c.id], [], []]

    def test_what_goes_is_no_longer_where_deals_are_being_moved(self) -> None:
        before = named("A", "B")
        a, b = before.stages
        emptying = with_stages(before, [a.model_copy(update={"emptied_into": b.id}), b])
        kept = rewrite(emptying, body(name="A", probability=1), body(name="B"))
        assert kept.stages[0].emptied_into == b.id
        assert rewrite(emptying, body(name="A")).stages[0].emptied_into is None
        assert stages.without(emptying, "ben", b)[0].emptied_into is None

    @pytest.mark.parametrize(
        ("entries", "fields"),
        [
            ([{"name": "X", "id": FOREIGN}], ["stages.0.id"]),
            ([{"name": "A"}, {"name": " a"}], ["stages.1.name"]),
            ([{"name": "X"}, {"name": "Straße"}, {"name": "STRASSE"}], ["stages.2.name"]),
            ([{"name": "X", "order": 1}, {"name": "Y", "order": 1}], ["stages.1.order"]),
            ([{"name": "X", "order": LAST_PLACE}, {"name": "Y"}], ["stages.1.order"]),
            ([{"name": "X"}, {"name": "Y", "allowed_from": [FOREIGN]}], ["stages.1.allowed_from"]),
            (
                [{"name": "A", "id": FOREIGN, "order": 3}, {"name": "A", "order": 3}],
                ["stages.0.id", "stages.1.name", "stages.1.order"],
            ),
        ],
    )
    def test_refuses(self, entries: Sequence[dict[str, Any]], fields: list[str]) -> None:
        with pytest.raises(ValidationFailedError) as refused:
            rewrite(named("A", "B"), *(body(**one) for one in entries))
        assert [error.field for error in refused.value.errors] == fields

    def test_refuses_one_stage_twice(self) -> None:
        before = named("A")
        a = before.stages[0].id
        with pytest.raises(ValidationFailedError) as refused:
            rewrite(before, body(name="X", id=a), body(name="Y", id=a))
        assert [error.field for error in refused.value.errors] == ["stages.1.id"]


class TestOne:
    def write(self, **fields: Any) -> StageWrite:
        return StageWrite(**{"name": "X", "probability": 10, **fields})

    def test_comes_last_unless_it_says_where(self) -> None:
        before = pipeline({"name": "A", "order": 4}, {"name": "B", "order": 9})
        last = stages.added(before, "ben", new_id(), self.write())
        between = stages.added(before, "ben", new_id(), self.write(order=5))
        assert (last.order, between.order) == (10, 5)
        assert [one.name for one in stages.with_stage(before, between)] == ["A", "X", "B"]
        moved = stages.changed(before, "ben", before.stages[0], self.write(name="A"))
        assert [one.name for one in stages.with_stage(before, moved)] == ["B", "A"]

    @pytest.mark.parametrize(
        ("fields", "error", "field"),
        [
            ({"name": "a"}, DuplicateError, "name"),
            ({"order": 0}, DuplicateError, "order"),
            ({"allowed_from": [FOREIGN]}, ValidationFailedError, "allowed_from"),
        ],
    )
    def test_refuses(self, fields: dict[str, Any], error: type[DuplicateError], field: str) -> None:
        before = named("A", "B")
        attempts: tuple[Callable[[], object], ...] = (
            lambda: stages.added(before, "ben", new_id(), self.write(**fields)),
            lambda: stages.changed(before, "ben", before.stages[1], self.write(**fields)),
        )
        for attempt in attempts:
            with pytest.raises(error) as refused:
                attempt()
            assert [one.field for one in refused.value.errors] == [field]

    def test_has_no_place_after_the_last(self) -> None:
        before = pipeline({"name": "A", "order": LAST_PLACE})
        with pytest.raises(ValidationFailedError) as refused:
            stages.added(before, "ben", new_id(), self.write())
        assert [one.field for one in refused.value.errors] == ["order"]

    def test_of_too_many(self) -> None:
        full = named(*(f"n{number}" for number in range(MAX_STAGES)))
        with pytest.raises(LimitExceededError):
            stages.added(full, "ben", new_id(), self.write())


def test_the_body_of_a_pipeline_changes_nothing() -> None:
    before = named("A", "B")
    before = rewrite(before, body(name="A", allowed_from=[before.stages[1].id]), body(name="B"))
    assert stages.rewritten(before, "ben", before.body().stages) == before.stages


entry = st.fixed_dictionaries(
    {
        "name": st.sampled_from("ABCDEFa"),
        "order": st.none() | st.integers(0, 8),
        "probability": st.sampled_from([10, 20]),
        "picked": st.none() | st.integers(0, 5),
        "allowed": st.none() | st.lists(st.integers(0, 5), max_size=4, unique=True),
    }
)


def drawn(before: Pipeline, chosen: dict[str, Any]) -> PipelineStageWrite:
    """An entry that speaks of the stages that there are, by where they stand."""
    known = [stage.id for stage in before.stages]
    picked, allowed = chosen.pop("picked"), chosen.pop("allowed")
    return body(
        **chosen,
        id=known[picked] if picked is not None and picked < len(known) else None,
        allowed_from=None if allowed is None else [known[at] for at in allowed if at < len(known)],
    )


@given(st.lists(st.lists(entry, max_size=6), min_size=1, max_size=4))
def test_stages_hold_together_however_they_are_rewritten(steps: list[list[dict[str, Any]]]) -> None:
    """Ids are kept, orders and names unique, the list sorted, nothing points to what is gone."""
    now = named("A", "B", "C")
    for step in steps:
        bodies = [drawn(now, dict(one)) for one in step]
        try:
            after = rewrite(now, *bodies)
        except ValidationFailedError:
            continue
        known = {stage.id: stage for stage in now.stages}
        assert len(after.stages) == len(bodies)
        places = [stage.order for stage in after.stages]
        assert places == sorted(set(places))
        names = [same_name(stage.name) for stage in after.stages]
        assert len(set(names)) == len(names)
        there = {stage.id for stage in after.stages}
        assert len(there) == len(bodies)
        assert {one.id for one in bodies if one.id} <= there
        for stage in after.stages:
            assert there.issuperset(stage.allowed_from or [])
            old = known.get(stage.id)
            assert stage == old or stage.version == (old.version + 1 if old else 1)
        kept_names = {same_name(one.name) for one in bodies if not one.id}
        by_id = {one.id for one in bodies}
        for stage in now.stages:
            if stage.id in by_id or same_name(stage.name) in kept_names:
                assert stage.id in there
            else:
                assert stage.id not in there
        assert stages.rewritten(after, "cleo", after.body().stages) == after.stages
        now = after
