"""Makes histories of every kind, one after the other, and checks each."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from local.gateway import LATE_READS
from tests.assurance.linearity import records, uniques
from tests.assurance.linearity.histories import History
from tests.support.integration.client import Brook, Organization

HISTORIES_OF_AN_ORGANIZATION = 25
"""After so many another one is founded: lists shall stay short."""


class Contest(Protocol):
    def history(self) -> History[Any, Any]: ...

    def explained(self, history: History[Any, Any]) -> bool: ...


LATE = 0.2
"""The share of reads of tables that are late: what is read at the same time shall differ in age."""

Maker = Callable[[random.Random], Contest]


@dataclass
class Figures:
    """The outcome of many histories.

    Attributes:
        counts: histories, requests, those whose outcome is unknown, answers of each status.
        wrong: the histories that have no order, in words.
    """

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, name: str, seed: object, contest: Contest) -> None:
        """Have a contest, and count and check what came of it."""
        history = contest.history()
        self.counts["histories"] += 1
        self.counts[f"histories of one {name}"] += 1
        self.counts["requests"] += len(history.events)
        self.counts["overlapping requests"] += _overlapping(history)
        for event in history.events:
            status = getattr(event.answered, "status", "unknown")
            self.counts[f"answers {status}"] += 1
        if not contest.explained(history):
            self.wrong.append(f"{name}, seed {seed}, has no order:\n{history}")


def run(brook: Brook, histories: int, seed: int) -> Iterator[Figures]:
    """Make and check histories, reads being late now and then; the figures so far, after each."""
    with _late(brook, LATE):
        yield from _run(brook, histories, seed)


@contextmanager
def _late(brook: Brook, share: float) -> Iterator[None]:
    """Let a share of the reads of tables be late for a while."""

    def ask(share: float) -> None:
        url = f"{brook.stack.engine_url}{LATE_READS}"
        httpx.post(url, params={"share": share}).raise_for_status()

    ask(share)
    try:
        yield
    finally:
        ask(0)


def _run(brook: Brook, histories: int, seed: int) -> Iterator[Figures]:
    figures = Figures()
    makers: dict[str, Maker] = {}
    for n in range(histories):
        if n % HISTORIES_OF_AN_ORGANIZATION == 0:
            makers = _makers(brook)
        name = sorted(makers)[n % len(makers)]
        own = f"{seed}-{n}"
        figures.note(name, own, makers[name](random.Random(own)))
        yield figures


def _makers(brook: Brook) -> dict[str, Maker]:
    organization = brook.found()
    who = organization.founder
    of_records: dict[str, Maker] = {
        name: lambda luck, kind=kind: records.Contest(kind, who, luck)
        for name, kind in records.kinds(organization).items()
    }
    of_claims: dict[str, Maker] = {
        f"{name}'s claim": lambda luck, kind=kind: uniques.Contest(kind, who, luck)
        for name, kind in _claims(brook, organization).items()
    }
    return of_records | of_claims


def _claims(brook: Brook, organization: Organization) -> dict[str, uniques.Kind]:
    return uniques.kinds(organization, brook.stack.user_id)


def _overlapping(history: History[Any, Any]) -> int:
    """Return the number of requests that overlapped another one."""
    return sum(
        any(
            one is not other
            and one.called_at < other.answered_at
            and other.called_at < one.answered_at
            for other in history.events
        )
        for one in history.events
    )
