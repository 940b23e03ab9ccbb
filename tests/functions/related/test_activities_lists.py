"""Lists of activities: what each caller gets of each filter, in which order, page by page"""

from itertools import product
from typing import Any

import pytest

from crm.platform.dynamodb.lists import ReadBudget
from crm.records import date_ranges
from crm.related.activities import lists
from crm.related.activities.schemas import Activity, ActivityQuery, due_between
from crm.tenancy.permissions import Caller
from tests.support.activities import BODIES, PATH, about, activity, path_of
from tests.support.client import Client
from tests.support.entities import UNKNOWN, entity

pytestmark = pytest.mark.thorough

DUE = (None, "2026-12-01", "2026-12-02", "2026-12-02", "2027-01-01")
RANGES: tuple[dict[str, str], ...] = (
    {},
    {"due_after": "2026-12-02"},
    {"due_before": "2026-12-02"},
    {"due_after": "2026-12-01", "due_before": "2026-12-02"},
    {"due_after": "2026-12-02", "due_before": "2026-12-02"},
    {"due_after": "2027-01-02"},
)


class World:
    """Some activities, made by different people, about different records."""

    def __init__(self, ada: Client, ben: Client, cleo: Client, team: str) -> None:
        self.ada, self.ben, self.cleo = ada, ben, cleo
        self.shared = entity(ada, "Shared", shared_with=[team])
        self.hidden = entity(ada, "Hidden")
        self.all: list[Any] = []
        makers = (ada, ben, ada, cleo, ben, ada)
        owners = (ada, ben, cleo, cleo, cleo)
        for n in range(15):
            record = (None, self.shared, self.hidden)[n % 3]
            maker = makers[n % 6]
            fields: dict[str, Any] = {
                "assigned_to": owners[n % 5].user_id,
                "is_completed": n % 4 == 0,
            }
            if due := DUE[n * 7 % 5]:
                fields["due_date"] = due
            if record:
                fields |= about(record)
            if record is self.shared:
                maker = ada if maker is ben else maker
            if record is self.hidden:
                maker = ada
            self.all.append(activity(maker, list(BODIES)[n % 5], **fields))

    def expected(self, who: Client, query: dict[str, str]) -> list[str]:
        """Return the expected response, computed from all records."""
        record = query.get("related_to_id")
        sees = who is self.ada or (who is self.cleo and record == self.shared["id"])

        def wanted(one: Any) -> bool:
            due = one["due_date"]
            ranged = "due_after" in query or "due_before" in query
            mine = who is self.ada or who.user_id in {one["created_by"], one["assigned_to"]}
            return (
                (mine or (record is not None and sees))
                and record in {None, one["related_to_id"]}
                and query.get("type") in {None, one["type"]}
                and query.get("assigned_to") in {None, one["assigned_to"]}
                and query.get("is_completed") in {None, str(one["is_completed"]).lower()}
                and (not ranged or due is not None)
                and (due is None or query.get("due_after", "") <= due)
                and (due is None or due < query.get("due_before", "9"))
            )

        found = [one for one in self.all if wanted(one)]
        if "order" not in query:
            return [one["id"] for one in reversed(found)]
        dated = sorted(
            (one for one in found if one["due_date"]), key=lambda one: (one["due_date"], one["id"])
        )
        return [one["id"] for one in [*dated, *(o for o in reversed(found) if not o["due_date"])]]


@pytest.fixture
def world(ada: Client, ben: Client, cleo: Client, team: str) -> World:
    return World(ada, ben, cleo, team)


def walked(who: Client, query: dict[str, str], limit: int) -> list[str]:
    """All rows of a list, page by page."""
    found: list[str] = []
    first = who.get(PATH, query={**query, "limit": limit})
    page = first
    while True:
        found += page.ids
        assert len(page.ids) <= limit
        assert page.json["count"] == first.json["count"]
        if page.json["next"] is None:
            assert first.json["count"] == len(found)
            return found
        assert len(page.ids) == limit
        page = who.get(page.json["next"])


def queries(world: World) -> list[dict[str, str]]:
    of_record = [
        {},
        *(
            {"related_to_type": "entity", "related_to_id": record["id"]}
            for record in (world.shared, world.hidden, {"id": UNKNOWN})
        ),
    ]
    others: list[dict[str, str]] = [
        {},
        {"type": "event"},
        {"assigned_to": world.cleo.user_id},
        {"is_completed": "false"},
        {"is_completed": "true", "type": "task", "assigned_to": world.ada.user_id},
    ]
    orders: list[dict[str, str]] = [{}, {"order": "due_date"}]
    return [
        {**one, **other, **due, **order}
        for one, other, due, order in product(of_record, others, RANGES, orders)
    ]


def test_each_filter_for_each_caller(world: World) -> None:
    """A part of all combinations, in which each pair of values meets."""
    for query in queries(world)[::5]:
        for who in (world.ada, world.ben, world.cleo):
            reply = who.get(PATH, query={**query, "limit": 100})
            expected = world.expected(who, query)
            assert (reply.ids, reply.json["count"]) == (expected, len(expected)), query


def test_pages_skip_nothing_and_repeat_nothing(world: World) -> None:
    for query in [{"order": "due_date"}, *queries(world)[::23]]:
        for who in (world.ada, world.cleo):
            assert walked(who, query, 2) == world.expected(who, query), query


def test_a_range_that_holds_much_is_gone_through_by_age(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(date_ranges, "MAX_ENTRIES", 1)
    for query in ({"due_after": "2026-12-02"}, {"due_before": "2026-12-02", "type": "event"}):
        for who in (world.ada, world.cleo):
            assert walked(who, query, 2) == world.expected(who, query), query


def test_what_may_not_be_seen_is_not_counted(world: World) -> None:
    query = {"related_to_type": "entity", "related_to_id": world.hidden["id"]}
    theirs = world.expected(world.ben, query)
    reply = world.ben.get(PATH, query=query)
    assert (reply.ids, reply.json["count"]) == (theirs, len(theirs))
    nothing = world.ben.get(PATH, query={**query, "related_to_type": "lead"})
    assert (nothing.ids, nothing.json["count"]) == ([], 0)


def test_what_becomes_visible_and_invisible(world: World) -> None:
    query = {"related_to_type": "entity", "related_to_id": world.hidden["id"], "limit": 100}
    path = f"/api/entities/{world.hidden['id']}"
    before = world.ben.get(PATH, query=query).ids
    whole = world.ada.get(PATH, query=query).ids
    assert len(before) < len(whole)
    assert world.ada.patch(path, {"assigned_to": world.ben.user_id}).status == 200
    assert world.ben.get(PATH, query=query).ids == whole
    assert world.ada.patch(path, {"assigned_to": world.ada.user_id}).status == 200
    assert world.ben.get(PATH, query=query).ids == before


def test_an_activity_moves_through_the_lists(ada: Client, ben: Client) -> None:
    acme, other = entity(ada), entity(ada)
    made = activity(ada, due_date="2026-12-01", **about(acme))
    steps: list[tuple[dict[str, Any], dict[str, str], dict[str, str]]] = [
        (
            {"due_date": "2026-12-05"},
            {"due_after": "2026-12-05", "order": "due_date"},
            {"due_before": "2026-12-05"},
        ),
        ({"is_completed": True}, {"is_completed": "true"}, {"is_completed": "false"}),
        (
            about(other),
            {"related_to_type": "entity", "related_to_id": other["id"]},
            {"related_to_type": "entity", "related_to_id": acme["id"]},
        ),
        (
            {"assigned_to": ben.user_id},
            {"assigned_to": ben.user_id, "order": "due_date"},
            {"assigned_to": ada.user_id},
        ),
        ({"due_date": None}, {"order": "due_date"}, {"due_after": "2026-01-01"}),
    ]
    for change, query, former in steps:
        assert ada.patch(path_of(made), change).status == 200
        assert ada.get(PATH, query=query).ids == [made["id"]], query
        assert ada.get(PATH, query=former).ids == [], former
    ada.delete(path_of(made))
    for _, query, _ in steps:
        assert ada.get(PATH, query=query).json["count"] == 0


@pytest.mark.parametrize(
    ("query", "at_fault"),
    [
        ({"type": "letter"}, "type"),
        ({"assigned_to": "a b"}, "assigned_to"),
        ({"is_completed": "maybe"}, "is_completed"),
        ({"due_before": "tomorrow"}, "due_before"),
        ({"due_after": "2026-02-30"}, "due_after"),
        ({"order": "subject"}, "order"),
        ({"related_to_type": "entity"}, "related_to_id"),
        ({"related_to_id": UNKNOWN}, "related_to_id"),
        ({"related_to_type": "team", "related_to_id": UNKNOWN}, "related_to_type"),
        ({"related_to_type": "entity", "related_to_id": "x"}, "related_to_id"),
    ],
)
def test_filters_of_the_wrong_form(ada: Client, query: dict[str, str], at_fault: str) -> None:
    reply = ada.get(PATH, query=query)
    assert (reply.problem, reply.fields) == ((422, "validation_failed"), [at_fault])


def test_cursors_and_parameters_of_something_else(world: World) -> None:
    assert world.ada.get(PATH, query={"status": "open"}).problem == (400, "unknown_parameter")
    following = world.ada.get(PATH, query={"order": "due_date", "limit": 2}).json["next"]
    assert world.ada.get(following.replace("order=due_date&", "")).problem == (400, "bad_cursor")
    assert world.ben.get(following).problem == (400, "bad_cursor")


def test_a_page_by_due_date_reads_what_it_holds(world: World) -> None:
    """The lists of a caller by name, open and completed, dated and not; and the record's."""
    query = ActivityQuery(order="due_date")
    caller = Caller(world.ben.user_id, str(world.ben.organization_id), "member")
    assert len(list(lists.search(caller, query, sees_record=False).partitions())) == 8
    ranged = ActivityQuery(order="due_date", due_after="2026-12-01", is_completed=False)
    assert len(list(lists.search(caller, ranged, sees_record=False).partitions())) == 2


def test_a_range_is_read_once_and_counted(world: World) -> None:
    budget = ReadBudget()
    before = budget.left
    found = date_ranges.in_range(
        Activity,
        str(world.ada.organization_id),
        ["due#all#open", "due#all#completed", "due#all#nothing"],
        due_between("2026-12-02", None),
        budget,
        lambda entry: entry["type"] != "event",
    )
    wanted = [one for one in world.all if (one["due_date"] or "") >= "2026-12-02"]
    assert found is not None
    assert found.peek() is not None
    assert before - budget.left == len(wanted)
    kept = {one["id"] for one in wanted if one["type"] != "event"}
    assert {str(position) for position in found.rest() or ()} == kept
