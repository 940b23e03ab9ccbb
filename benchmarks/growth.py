"""How list, search and count grow with the organization: the tables by size."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from benchmarks.functions import Event
from benchmarks.measuring import Counts, Target, Times, target
from benchmarks.requests import Client
from benchmarks.seeding.customers import address
from benchmarks.seeding.texts import COMMON, RARE
from benchmarks.tables import table
from benchmarks.world import World
from crm.platform import clock

REPEAT = 7
PAGES = ("first, with count", "next")


@dataclass(frozen=True)
class Search:
    """What is asked of a list.

    Attributes:
        path: of its route.
        title: what sets it apart from other requests to it.
        query: its parameters.
    """

    path: str
    title: str
    query: Callable[[World], Mapping[str, str]]

    @property
    def name(self) -> str:
        return f"{self.path.removeprefix('/api/')}: {self.title}"

    def event(self, world: World, client: Client) -> Event:
        path = self.path.replace("<pipeline_id>", str(world.sales["id"]))
        path = path.replace("<deal_id>", world.busy_deal)
        return client.get(path, **self.query(world))


@dataclass(frozen=True)
class Row:
    """One line of the table: the same request at one size after the other.

    Attributes:
        figures: by size; None where there is no such page.
    """

    search: str
    caller: str
    page: str
    figures: Mapping[int, "Figures | None"]


@dataclass(frozen=True)
class Figures:
    """What one request costs; no times if none were wanted."""

    counts: Counts
    times: Times | None

    @property
    def found(self) -> int | None:
        """The `count` of the answer, if it is a list."""
        found: int | None = self._body.get("count")
        return found

    @property
    def next(self) -> str | None:
        """Where the next page is."""
        link: str | None = self._body.get("next")
        return link

    @property
    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.counts.answer["body"])
        return body


DOCUMENTS, DEALS, ACTIVITIES = "/api/documents", "/api/deals", "/api/activities"
ENTITIES, LEADS, CASES = "/api/entities", "/api/leads", "/api/cases"
NOTIFICATIONS, ATTACHMENTS = "/api/notifications", "/api/attachments"
BOARD = "/api/pipelines/<pipeline_id>/board"


def _nothing(_: World) -> dict[str, str]:
    return {}


def _team(world: World) -> dict[str, str]:
    return {"shared_with": world.teams[0]}


def _busy(world: World) -> dict[str, str]:
    return {"related_to_type": "deal", "related_to_id": world.busy_deal}


def _days(name: str, after: int, before: int) -> dict[str, str]:
    """A range of dates, in days from now."""
    today = clock.now().date()
    ends = {f"{name}_after": after, f"{name}_before": before}
    return {end: (today + timedelta(days=days)).isoformat() for end, days in ends.items()}


SEARCHES: Sequence[Search] = [
    Search(DOCUMENTS, "all", _nothing),
    Search(DOCUMENTS, "status", lambda _: {"status": "active"}),
    Search(DOCUMENTS, "shared_with", lambda w: {"shared_with": w.teams[0]}),
    Search(DOCUMENTS, "created_by", lambda w: {"created_by": w.people[2]}),
    Search(
        DOCUMENTS,
        "created_by + shared_with",
        lambda w: {"created_by": w.people[2], **_team(w)},
    ),
    Search(DOCUMENTS, "title, 10 have it", lambda _: {"title": RARE}),
    Search(DOCUMENTS, "title, a third has it", lambda _: {"title": COMMON}),
    Search(DOCUMENTS, "title + status", lambda _: {"title": COMMON, "status": "inactive"}),
    Search(DOCUMENTS, "title, nobody has it", lambda _: {"title": "zebra"}),
    Search(DOCUMENTS, "of a deal", _busy),
    Search(DEALS, "all", _nothing),
    Search(DEALS, "status", lambda _: {"status": "open"}),
    Search(DEALS, "assigned_to", lambda w: {"assigned_to": w.people[2]}),
    Search(DEALS, "entity_id, all are its", lambda w: {"entity_id": w.busy_entity}),
    Search(DEALS, "pipeline_id, all are in it", lambda w: {"pipeline_id": str(w.sales["id"])}),
    Search(DEALS, "stage_id, a sixth", lambda w: {"stage_id": w.stage(0)}),
    Search(DEALS, "name, 10 have it", lambda _: {"name": RARE}),
    Search(DEALS, "name, a third has it", lambda _: {"name": COMMON}),
    Search(
        DEALS,
        "name, a third has it + stage_id",
        lambda w: {"name": COMMON, "stage_id": w.stage(0)},
    ),
    Search(DEALS, "close range, a twelfth", lambda _: _days("expected_close", 30, 60)),
    Search(DEALS, "close range, all", lambda _: _days("expected_close", 0, 366)),
    Search(
        DEALS,
        "stage_id + close range",
        lambda w: {"stage_id": w.stage(0), **_days("expected_close", 30, 60)},
    ),
    Search(
        DEALS,
        "close range, all + name",
        lambda _: {"name": COMMON, **_days("expected_close", 0, 366)},
    ),
    Search("/api/deals/<deal_id>/stage-history", "of a deal", _nothing),
    Search(ENTITIES, "all", _nothing),
    Search(ENTITIES, "type, a third", lambda _: {"type": "contact"}),
    Search(ENTITIES, "status, all have it", lambda _: {"status": "active"}),
    Search(ENTITIES, "status, nobody has it", lambda _: {"status": "inactive"}),
    Search(ENTITIES, "assigned_to", lambda w: {"assigned_to": w.people[2]}),
    Search(ENTITIES, "assigned_to themselves", lambda w: {"assigned_to": w.people[1]}),
    Search(ENTITIES, "contact_point", lambda _: {"contact_point": address(0)}),
    Search(ENTITIES, "name, 10 have it", lambda _: {"name": RARE}),
    Search(ENTITIES, "name, a third has it", lambda _: {"name": COMMON}),
    Search(
        ENTITIES, "name, a third has it + type", lambda _: {"name": COMMON, "type": "organization"}
    ),
    Search(LEADS, "all", _nothing),
    Search(LEADS, "status, a third", lambda _: {"status": "recycled"}),
    Search(LEADS, "email", lambda _: {"email": address(0)}),
    Search(LEADS, "name, 10 have it", lambda _: {"name": RARE}),
    Search(CASES, "all", _nothing),
    Search(CASES, "status, a third", lambda _: {"status": "pending"}),
    Search(CASES, "status + priority", lambda _: {"status": "pending", "priority": "normal"}),
    Search(CASES, "entity_id, all are its", lambda w: {"entity_id": w.busy_entity}),
    Search(CASES, "name, a third has it", lambda _: {"name": COMMON}),
    Search(NOTIFICATIONS, "all", _nothing),
    Search(NOTIFICATIONS, "unread", lambda _: {"unread": "true"}),
    Search("/api/exports", "all", _nothing),
    Search(ATTACHMENTS, "of a deal", _busy),
    Search(ACTIVITIES, "all", _nothing),
    Search(ACTIVITIES, "type, all have it", lambda _: {"type": "task"}),
    Search(ACTIVITIES, "type, nobody has it", lambda _: {"type": "call"}),
    Search(ACTIVITIES, "assigned_to", lambda w: {"assigned_to": w.people[2]}),
    Search(ACTIVITIES, "due range, all", lambda _: _days("due", 0, 366)),
    Search(
        ACTIVITIES,
        "due range, a 24th, by due date",
        lambda _: {**_days("due", 30, 60), "order": "due_date"},
    ),
    Search(ACTIVITIES, "by due date", lambda _: {"is_completed": "false", "order": "due_date"}),
    Search(ACTIVITIES, "due range, a 24th", lambda _: _days("due", 30, 60)),
    Search(ACTIVITIES, "about a deal", _busy),
    Search(ACTIVITIES, "about a deal, by due date", lambda w: {**_busy(w), "order": "due_date"}),
    Search("/api/timeline", "of a deal", _busy),
    Search("/api/timeline", "moves of a deal", lambda w: {**_busy(w), "type": "stage_move"}),
    Search(BOARD, "widest", _nothing),
    Search("/api/reports/forecast", "widest", _nothing),
    Search("/api/reports/pipeline-velocity", "widest", _nothing),
    Search("/api/reports/activity-summary", "widest", _nothing),
]


def measure(worlds: Mapping[int, World], *, timed: bool) -> list[Row]:
    """Every search, asked by an admin and by a member, at every size."""
    return [
        row
        for search in SEARCHES
        for caller in ("admin", "member")
        for row in _rows(worlds, search, caller, timed)
    ]


def _rows(worlds: Mapping[int, World], search: Search, caller: str, timed: bool) -> list[Row]:
    pages = {size: _pages(world, search, caller, timed) for size, world in worlds.items()}
    return [
        Row(search.name, caller, title, {size: pages[size][number] for size in worlds})
        for number, title in enumerate(PAGES)
        if any(pages[size][number] for size in worlds)
    ]


def _pages(
    world: World, search: Search, caller: str, timed: bool
) -> tuple[Figures, Figures | None]:
    """The first page, and the next if there is one."""
    client: Client = world.admin if caller == "admin" else world.member
    route = target(world.deployment, f"GET {search.path}")
    first = _measured(route, search.event(world, client), timed)
    if first.next is None:
        return first, None
    return first, _measured(route, client.follow(first.next), timed)


def _measured(route: Target, event: Event, timed: bool) -> Figures:
    return Figures(route.count(event), route.time(lambda: event, REPEAT) if timed else None)


def counts_table(rows: Sequence[Row]) -> str:
    return _table(
        "Lists by size: round trips and capacity",
        "In organizations of so many documents, deals, activities, entities, leads, cases and "
        "so on. The member sees a tenth, through three teams, and owns these, documents aside. "
        "`found`: the answer's count.",
        {
            "trips": lambda one: one.counts.round_trips,
            "RCU": lambda one: one.counts.read_units,
            "found": lambda one: one.found,
        },
        rows,
    )


def times_table(rows: Sequence[Row]) -> str:
    return _table(
        "Lists by size: warm times",
        f"Milliseconds, the median of up to {REPEAT} requests. The engine goes through whole lists "
        "at each query, which DynamoDB does not: growth is what the counts above say.",
        {"p50": lambda one: one.times.median if one.times else None},
        rows,
    )


def _table(
    title: str,
    note: str,
    columns: Mapping[str, Callable[[Figures], float | None]],
    rows: Sequence[Row],
) -> str:
    sizes = list(rows[0].figures)
    head = [f"{name} {size:,}" for name in columns for size in sizes]
    return table(
        title,
        note,
        ["list", "caller", "page", *head],
        [
            [
                row.search,
                row.caller,
                row.page,
                *(_cell(row.figures[size], read) for read in columns.values() for size in sizes),
            ]
            for row in rows
        ],
    )


def _cell(figures: Figures | None, read: Callable[[Figures], float | None]) -> float | None:
    return read(figures) if figures else None
