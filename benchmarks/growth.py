"""How list, search and count grow with the organization: the tables by size."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.functions import Event
from benchmarks.measuring import Counts, Target, Times, target
from benchmarks.requests import Client
from benchmarks.seeding import COMMON, RARE
from benchmarks.tables import table
from benchmarks.world import World

REPEAT = 15
ROUTE = "GET /api/documents"
PATH = "/api/documents"
PAGES = ("first, with count", "next")


@dataclass(frozen=True)
class Search:
    """What is asked of the list of documents."""

    title: str
    query: Callable[[World], Mapping[str, str]]


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
    def found(self) -> int:
        """The `count` of the answer."""
        return int(self._body["count"])

    @property
    def next(self) -> str | None:
        """Where the next page is."""
        link: str | None = self._body["next"]
        return link

    @property
    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.counts.answer["body"])
        return body


SEARCHES: Sequence[Search] = [
    Search("all", lambda _: {}),
    Search("status", lambda _: {"status": "active"}),
    Search("shared_with", lambda w: {"shared_with": w.teams[0]}),
    Search("created_by", lambda w: {"created_by": w.people[2]}),
    Search("created_by + shared_with", lambda w: {"created_by": w.people[2], **_team(w)}),
    Search("title, 10 have it", lambda _: {"title": RARE}),
    Search("title, a third has it", lambda _: {"title": COMMON}),
    Search("title + status", lambda _: {"title": COMMON, "status": "inactive"}),
    Search("title, nobody has it", lambda _: {"title": "zebra"}),
]


def _team(world: World) -> dict[str, str]:
    return {"shared_with": world.teams[0]}


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
        Row(search.title, caller, title, {size: pages[size][number] for size in worlds})
        for number, title in enumerate(PAGES)
    ]


def _pages(
    world: World, search: Search, caller: str, timed: bool
) -> tuple[Figures, Figures | None]:
    """The first page, and the next if there is one."""
    client: Client = world.admin if caller == "admin" else world.member
    route = target(world.deployment, ROUTE)
    first = _measured(route, client.get(PATH, **search.query(world)), timed)
    if first.next is None:
        return first, None
    return first, _measured(route, client.follow(first.next), timed)


def _measured(route: Target, event: Event, timed: bool) -> Figures:
    return Figures(route.count(event), route.time(lambda: event, REPEAT) if timed else None)


def counts_table(rows: Sequence[Row]) -> str:
    return _table(
        "Lists by size: round trips and capacity",
        "`GET /api/documents`, ten a page, in organizations of so many documents. The member sees "
        "a tenth of them, through three teams. `found`: the answer's count.",
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
