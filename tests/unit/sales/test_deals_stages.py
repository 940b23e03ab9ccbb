"""Allowed transitions between stages, and their effect on a deal."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.platform.errors import InvalidStageTransitionError
from crm.sales.deals.stages import derived, transition
from crm.sales.pipelines.schemas import Pipeline, Stage

HEAD = {
    "organization_id": "o",
    "created_on": "",
    "created_by": "u",
    "updated_on": "",
    "updated_by": "u",
    "version": 1,
}
STATUSES = ("open", "closed_won", "closed_lost")


def stage(stage_id: str, status: str = "open", **fields: Any) -> Stage:
    return Stage.model_validate(
        {
            **HEAD,
            "id": stage_id,
            "pipeline_id": "p",
            "name": stage_id,
            "order": 0,
            "probability": 50,
            "status": status,
            **fields,
        }
    )


def pipeline(*stages: Stage, **fields: Any) -> Pipeline:
    return Pipeline.model_validate(
        {**HEAD, "id": "p", "name": "P", "stages": list(stages), **fields}
    )


@pytest.mark.parametrize("old", STATUSES)
@pytest.mark.parametrize("new", STATUSES)
@pytest.mark.parametrize("allowed_from", [None, [], ["a"], ["b", "c"], ["c", "a"]])
@pytest.mark.parametrize("is_active", [True, False])
@pytest.mark.parametrize("emptied_into", [None, "a"])
def test_the_rule(
    old: str, new: str, allowed_from: list[str] | None, is_active: bool, emptied_into: str | None
) -> None:
    here, there = (
        stage("a", old),
        stage("b", new, allowed_from=allowed_from, emptied_into=emptied_into),
    )
    allowed = (
        is_active
        and (allowed_from is None or "a" in allowed_from)
        and "open" in {old, new}
        and emptied_into is None
    )
    whole = pipeline(here, there, is_active=is_active)
    if allowed:
        assert transition(whole, "a", "b") == (here, there)
    else:
        with pytest.raises(InvalidStageTransitionError):
            transition(whole, "a", "b")


def test_the_stage_is_in_the_pipeline() -> None:
    with pytest.raises(InvalidStageTransitionError):
        transition(pipeline(stage("a")), "a", "b")


@given(
    st.sampled_from(STATUSES),
    st.integers(0, 100),
    st.none() | st.sampled_from(["0.00", "1250.50", "0.03"]),
)
def test_what_a_stage_makes_of_a_deal(status: str, probability: int, amount: str | None) -> None:
    now = "2026-01-01T00:00:00.000Z"
    made = derived(stage("a", status, probability=probability), amount, "USD", now)
    assert (made["pipeline_id"], made["stage_id"]) == ("p", "a")
    assert made["status"] == status.removeprefix("closed_")
    assert made["closed_on"] == (None if status == "open" else now)
    assert made["probability"] == probability
    assert (made["weighted_amount"] is None) == (amount is None)
