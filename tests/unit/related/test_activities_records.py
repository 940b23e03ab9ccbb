"""The lists that activities are in, and their order by due date."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.queries import record_id_of
from crm.related.activities.lists import search
from crm.related.activities.schemas import (
    ANSWERS,
    Activity,
    ActivityQuery,
    due_between,
    due_position,
)
from crm.tenancy.permissions import Caller

ORGANIZATION = "01a1ffdb-0000-7000-8000-000000000001"
ID, ENTITY = (f"01a1ffdb-0000-7000-8000-00000000001{n}" for n in range(2))

days = st.dates(date(1, 1, 1), date(9999, 12, 31)).map(str)
close_days = st.dates(date(2026, 12, 28), date(2027, 1, 3)).map(str)
ids = st.uuids(version=4).map(lambda one: f"{str(one)[:14]}7{str(one)[15:]}")
dated = st.tuples(close_days | days, ids)


def activity(**fields: Any) -> Activity:
    whole = {"id": ID, "type": "task", "subject": "Call", "assigned_to": "olga", **fields}
    return Activity.create(ORGANIZATION, "carl", **whole)


def test_the_lists_by_age() -> None:
    about = {"related_to_type": "entity", "related_to_id": ENTITY}
    assert activity(**about).index_entries() == dict.fromkeys(
        [
            "all#open",
            "creator#carl#open",
            "assigned#olga#open",
            "type#task",
            f"related#entity#{ENTITY}",
        ],
        ID,
    )


def test_what_has_a_due_date_is_in_the_same_lists_by_that() -> None:
    about = {"related_to_type": "entity", "related_to_id": ENTITY}
    done = activity(**about, due_date="2026-12-01", is_completed=True)
    due = {name: place for name, place in done.index_entries().items() if name.startswith("due#")}
    assert due == dict.fromkeys(
        [
            "due#all#completed",
            "due#creator#carl#completed",
            "due#assigned#olga#completed",
            f"due#related#entity#{ENTITY}",
        ],
        due_position("2026-12-01", ID),
    )
    assert {record_id_of({"sk": place}) for place in due.values()} == {ID}


@pytest.mark.parametrize(("completed", "list_partition"), [(False, "open"), (True, "completed")])
def test_what_is_completed_is_in_lists_of_its_own(completed: bool, list_partition: str) -> None:
    names = activity(is_completed=completed, due_date="2026-12-01").index_entries()
    assert activity(is_completed=completed).list_partition == list_partition
    cut = [name for name in names if not name.startswith(("type#", "date#"))]
    assert {name.rpartition("#")[2] for name in cut} == {list_partition}


@given(st.lists(dated, unique_by=lambda one: one[1], max_size=12))
def test_down_the_positions_the_soonest_comes_first_and_of_a_day_the_oldest(
    found: list[tuple[str, str]],
) -> None:
    downwards = sorted(found, key=lambda one: due_position(*one), reverse=True)
    assert downwards == sorted(found)


@given(dated, ids)
def test_whatever_is_due_stands_before_what_is_not(one: tuple[str, str], undated: str) -> None:
    assert LOWEST < undated < due_position(*one) < HIGHEST


@given(dated, st.none() | close_days | days, st.none() | close_days | days)
def test_a_range_holds_just_the_positions_of_its_days(
    one: tuple[str, str], after: str | None, before: str | None
) -> None:
    lowest, highest = due_between(after, before)
    inside = (after is None or after <= one[0]) and (before is None or one[0] < before)
    assert (lowest <= due_position(*one) <= highest) == inside


@given(ids)
def test_no_range_holds_what_has_no_due_date(undated: str) -> None:
    lowest, highest = due_between(None, None)
    assert not lowest <= undated <= highest


@given(st.none() | close_days, st.none() | close_days, st.none() | close_days)
def test_the_same_range_by_hand(due: str | None, after: str | None, before: str | None) -> None:
    query = ActivityQuery(due_after=after, due_before=before)
    if due is None:
        assert query.is_due(due) == (after is None and before is None)
        return
    lowest, highest = due_between(after, before)
    assert query.is_due(due) == (lowest <= due_position(due, ID) <= highest)


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_activity_answers_what_its_type_has(kind: Any) -> None:
    answered = activity(type=kind).answer()
    assert list(answered) == [
        name for name in ANSWERS[kind].model_fields if name != "organization_id"
    ]


MEMBER, ADMIN = (Caller("olga", ORGANIZATION, role) for role in ("member", "admin"))
ABOUT = {"related_to_type": "entity", "related_to_id": ENTITY}


@pytest.mark.parametrize(
    ("caller", "query", "sees_record", "partitions"),
    [
        (ADMIN, {}, False, 2),
        (ADMIN, {"is_completed": False}, False, 1),
        (ADMIN, {"type": "task"}, False, 1),
        (ADMIN, {"assigned_to": "carl", "type": "task"}, False, 2),
        (ADMIN, {**ABOUT, "type": "task", "is_completed": True}, False, 1),
        (ADMIN, {"order": "due_date"}, False, 4),
        (ADMIN, {"order": "due_date", "due_after": "2026-12-01"}, False, 2),
        (MEMBER, {}, False, 4),
        (MEMBER, {"type": "task"}, False, 5),
        (MEMBER, {"assigned_to": "olga"}, False, 2),
        (MEMBER, {"assigned_to": "carl"}, False, 6),
        (MEMBER, ABOUT, True, 1),
        (MEMBER, ABOUT, False, 5),
        (MEMBER, {**ABOUT, "order": "due_date"}, True, 2),
        (MEMBER, {"assigned_to": "olga", "order": "due_date", "is_completed": False}, False, 2),
    ],
)
def test_no_more_lists_are_read_than_needed(
    caller: Caller, query: Any, sees_record: bool, partitions: int
) -> None:
    found = search(caller, ActivityQuery(**query), sees_record=sees_record)
    assert len(list(found.partitions())) == partitions
