"""Bodies of activities: one type, its fields, and fields that depend on each other."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.platform.errors import ValidationFailedError
from crm.platform.merge_patch import Patch
from crm.platform.validation import kinds_of, tag_of, validate
from crm.related.activities import completion
from crm.related.activities.schemas import (
    Activity,
    ActivityWrite,
    CallWrite,
    EmailWrite,
    EventWrite,
    NoteWrite,
    TaskWrite,
)

STATUSES = ("not_started", "in_progress", "waiting", "completed")
TASK = {"type": "task", "subject": "Call back"}
NOTHING: Any = object()


def task(**fields: Any) -> Activity:
    whole = {"type": "task", "subject": "Call back", "assigned_to": "ada", **fields}
    return completion.stamped(Activity.create("o", "ada", **whole), None)


def refused(body: Any) -> list[str]:
    with pytest.raises(ValidationFailedError) as caught:
        validate(ActivityWrite, body)
    return [error.field for error in caught.value.errors]


def test_a_body_stands_for_its_kinds() -> None:
    assert tag_of(ActivityWrite) == "type"
    assert kinds_of(ActivityWrite) == {
        "task": TaskWrite,
        "event": EventWrite,
        "email": EmailWrite,
        "note": NoteWrite,
        "call": CallWrite,
    }
    assert tag_of(TaskWrite) is None
    assert kinds_of(TaskWrite) == {}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["type"]),
        ({"type": "letter"}, ["type"]),
        ([], ["body"]),
        ({"type": "task"}, ["subject"]),
        ({**TASK, "location": "Berlin"}, ["location"]),
        (
            {"type": "email", "subject": 1, "body": 2},
            ["subject", "from_address", "to_addresses", "body"],
        ),
    ],
)
def test_fields_at_fault_have_their_plain_names(body: Any, fields: list[str]) -> None:
    assert refused(body) == fields


def test_an_unknown_type_is_told_which_there_are() -> None:
    with pytest.raises(ValidationFailedError) as caught:
        validate(ActivityWrite, {"type": "x" * 10_000})
    (error,) = caught.value.errors
    assert error.message == "must be one of 'task', 'event', 'email', 'note', 'call'"


def test_within_a_field() -> None:
    with pytest.raises(ValidationFailedError) as caught:
        validate(ActivityWrite, {"type": "note"}, "before")
    assert [error.field for error in caught.value.errors] == ["before.subject"]


def test_a_patch_keeps_the_kind_of_the_record() -> None:
    body: Patch[ActivityWrite] = Patch(ActivityWrite, {"subject": "Other"})
    whole = body.over(task(priority="low", status="waiting"))
    assert isinstance(whole, ActivityWrite)
    assert isinstance(whole.root, TaskWrite)
    assert (whole.root.subject, whole.root.priority) == ("Other", "low")


@pytest.mark.parametrize("value", ["note", "letter", None, 5, []])
def test_a_patch_of_the_type_finds_fault_with_it_alone(value: Any) -> None:
    with pytest.raises(ValidationFailedError) as caught:
        Patch(ActivityWrite, {"type": value}).over(task(priority="low"))
    assert [error.field for error in caught.value.errors] == ["type"]


# ── Completing, against a table written by hand ─────────────────────────────────────────────────


def wanted(status: Any, completed: Any, default: str) -> tuple[str, bool] | None:
    """The status that comes of what is named, and whether it is completed; None if refused."""
    if status is NOTHING and completed is NOTHING:
        return default, default == "completed"
    if status is NOTHING:
        return ("completed", True) if completed else ("not_started", False)
    if completed is NOTHING or completed == (status == "completed"):
        return status, status == "completed"
    return None


NAMED = list(product([NOTHING, *STATUSES], [NOTHING, True, False]))


def patched(old: Activity, changes: dict[str, Any]) -> dict[str, Any]:
    """The fields of a task after a merge patch."""
    patch: Patch[ActivityWrite] = Patch(ActivityWrite, changes)
    return completion.fields(patch.over(old, lambda sent: completion.implied(old, sent)).root)


def named(status: Any, completed: Any) -> dict[str, Any]:
    both = {"status": status, "is_completed": completed}
    return {name: value for name, value in both.items() if value is not NOTHING}


@pytest.mark.parametrize(("status", "completed"), NAMED)
def test_a_whole_task(status: Any, completed: Any) -> None:
    body = validate(ActivityWrite, {**TASK, **named(status, completed)}).root
    expected = wanted(status, completed, "not_started")
    if expected is None:
        with pytest.raises(ValidationFailedError) as caught:
            completion.fields(body)
        assert [error.field for error in caught.value.errors] == ["is_completed"]
        return
    fields = completion.fields(body)
    assert (fields["status"], fields["is_completed"]) == expected


@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize(("status", "completed"), NAMED)
def test_a_task_in_part(before: str, status: Any, completed: Any) -> None:
    old = task(status=before, is_completed=before == "completed")
    expected = wanted(status, completed, before)
    if status is NOTHING and completed is False and before != "completed":
        expected = before, False
    if expected is None:
        with pytest.raises(ValidationFailedError):
            patched(old, named(status, completed))
        return
    fields = patched(old, named(status, completed))
    assert (fields["status"], fields["is_completed"]) == expected


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "status": st.sampled_from([*STATUSES, None]),
                "is_completed": st.sampled_from([True, False, None]),
                "subject": st.just("Other"),
            },
        ),
        max_size=8,
    )
)
def test_all_three_agree_whatever_is_patched(patches: list[dict[str, Any]]) -> None:
    """And the time of completion stays as long as the task is completed."""
    now = task()
    for number, changes in enumerate(patches):
        old = now
        try:
            fields = patched(old, changes)
        except ValidationFailedError:
            continue
        changed = old.changed("ada", **fields).model_copy(update={"updated_on": f"moment {number}"})
        now = completion.stamped(changed, old)
        done = now.completed_on is not None
        assert done == now.is_completed == (now.status == "completed")
        if done:
            assert now.completed_on == (old.completed_on or f"moment {number}")


@pytest.mark.parametrize("kind", ["event", "email", "note", "call"])
def test_what_has_no_status_gets_none(kind: str) -> None:
    old = task(type=kind)
    assert completion.implied(old, {"is_completed": True}) == {}
    assert completion.implied(old, {"status": "completed"}) == {}
