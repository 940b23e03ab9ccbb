"""`python -m benchmarks.hot_partitions`: how many creates a second one organization can sustain.

The writes are those of real requests, and of the functions behind the stream; what they add up to
at so many a second is worked out, and simulated where chance decides.
"""

import heapq
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from benchmarks import capacity, stream
from benchmarks import stack as stacks
from benchmarks.functions import load
from benchmarks.recording import CALL
from benchmarks.tables import table
from benchmarks.world import World, found
from crm.platform.dynamodb.codec import from_raw

PARTITION_UNITS = 1000
"""Write units a second that a partition of DynamoDB takes, and so any one item."""

CREATES = 20
"""Made of each kind, and handed on by the stream in one batch."""

HELD_SECONDS = 0.010
"""How long a transaction is assumed to hold its items: another one at any of them is refused."""

AGAIN_SECONDS = 0.012
"""How long a request that was refused is assumed to read before it tries again."""

MINUTE = 60.0
RATES = (5, 10, 25, 50, 100, 200)
COPIES = (1, 4, 16)
PATIENCE = 10.0
"""Seconds after which a request that was refused all the time answers 503."""

NAMES = ("Grace Hopper", "Ada Lovelace", "Alan Turing", "Katherine Johnson", "Edsger Dijkstra")
ORDERS = ("Spring order", "Annual licence", "Mill refit", "Pump replacement", "Training")

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?(T[\d:.]+Z)?")


@dataclass(frozen=True)
class Write:
    """What one operation does to one item.

    Attributes:
        place: the item: table, partition key, sort key.
        units: that it costs; 0 for a check, which costs a transaction all the same.
        transaction: its number; None outside of one.
    """

    place: tuple[str, str, str]
    units: float
    transaction: int | None

    @property
    def partition(self) -> tuple[str, str]:
        return self.place[:2]


@dataclass(frozen=True)
class Recorded:
    """What creates of a kind write: their requests, and the stream's functions behind them."""

    requests: Sequence[Write]
    behind: Sequence[Write]

    @property
    def all(self) -> Sequence[Write]:
        return [*self.requests, *self.behind]


def main() -> int:
    functions = load()
    print("starting a stack", file=sys.stderr, flush=True)
    with stacks.stack() as stack:
        world = found(stacks.deployment(stack, functions), stack, "Northwind", teams=0)
        recorded = {kind: _recorded(world, make) for kind, make in _MAKERS.items()}
    print(_partitions(recorded))
    shared = {kind: _shared(one.requests) for kind, one in recorded.items()}
    print(_meetings(shared))
    print(_simulated(shared))
    return 0


def _contact(world: World, number: int, entity: str) -> None:  # noqa: ARG001
    name = f"{NAMES[number % len(NAMES)]} {number}"
    world.send(world.admin.post("/api/entities", {"type": "contact", "name": name}))


def _deal(world: World, number: int, entity: str) -> None:
    world.deal(name=f"{ORDERS[number % len(ORDERS)]} {number}", entity_id=entity)


def _activity(world: World, number: int, entity: str) -> None:
    about = {"related_to_type": "entity", "related_to_id": entity}
    world.activity(subject=f"Call back {number}", **about)


_MAKERS: Mapping[str, Callable[[World, int, str], None]] = {
    "contact": _contact,
    "deal": _deal,
    "activity": _activity,
}


def _recorded(world: World, make: Callable[[World, int, str], None]) -> Recorded:
    """Make some, in an organization of their own, and let the stream's functions follow."""
    there = world.elsewhere()
    entities = [there.entity() for _ in range(CREATES)]
    tail = stream.Tail(there)
    requests, behind = Recording(), Recording()
    with requests.recording():
        for number, entity in enumerate(entities):
            make(there, number, entity)
    with behind.recording():
        for batch in tail.batches(CREATES):
            for name in ("projections", "automation"):
                stream.hand(there, name, batch)
    return Recorded(requests.writes, behind.writes)


class Recording:
    """Writes down what is written while `recording` is entered."""

    def __init__(self) -> None:
        self.writes: list[Write] = []
        self._transactions = 0

    @contextmanager
    def recording(self) -> Iterator[None]:
        call = getattr(BaseClient, CALL)

        def watched(client: Any, operation: str, request: dict[str, Any]) -> Any:
            answer = call(client, operation, request)
            self.writes += self._of(operation, request)
            return answer

        with patch.object(BaseClient, CALL, watched):
            yield

    def _of(self, operation: str, request: Mapping[str, Any]) -> Iterator[Write]:
        if operation == "TransactWriteItems":
            self._transactions += 1
            for one in request["TransactItems"]:
                [arguments] = one.values()
                yield _write(arguments["TableName"], arguments, self._transactions)
        elif operation == "BatchWriteItem":
            for name, asked in request["RequestItems"].items():
                for one in asked:
                    [arguments] = one.values()
                    yield _write(name, arguments, None)
        elif operation in {"PutItem", "UpdateItem", "DeleteItem"}:
            yield _write(request["TableName"], request, None)


def _write(name: str, arguments: Mapping[str, Any], transaction: int | None) -> Write:
    key = from_raw(arguments.get("Item") or arguments["Key"])
    units = capacity.refused_units(arguments)
    factor = 1 if transaction is None else capacity.TRANSACTION_FACTOR
    return Write((name, key["pk"], key["sk"]), factor * units, transaction)


def _partitions(recorded: Mapping[str, Recorded]) -> str:
    rows: list[list[object]] = []
    for kind, one in recorded.items():
        units: Counter[tuple[str, str]] = Counter()
        for write in one.all:
            units[write.partition] += write.units  # type: ignore[assignment]
        whole = sum(units.values()) / CREATES
        rows.append([kind, "all of it", whole, None])
        hottest: dict[str, float] = {}
        for (_, pk), spent in units.items():
            label = _label(pk)
            hottest[label] = max(hottest.get(label, 0.0), spent / CREATES)
        for label, each in sorted(hottest.items(), key=lambda found: -found[1]):
            if each > 1:
                rows.append([kind, label, each, PARTITION_UNITS / each])
    return table(
        "Write units on one partition key",
        f"Of {CREATES} creates in a row, by one person, in one organization, and of what follows"
        f" from the stream in one batch. At {PARTITION_UNITS} units a second a partition is full.",
        ["create", "partition key", "WCU per create", "creates/s"],
        rows,
    )


def _shared(requests: Sequence[Write]) -> list[str]:
    """Items that nearly all of the transactions have."""
    meeting: defaultdict[tuple[str, str, str], set[int]] = defaultdict(set)
    for write in requests:
        if write.transaction is not None:
            meeting[write.place].add(write.transaction)
    return [
        f"{_label(pk)} {_label(sk)}"
        for (_, pk, sk), transactions in sorted(meeting.items())
        if len(transactions) >= CREATES * 0.9
    ]


def _meetings(shared: Mapping[str, Sequence[str]]) -> str:
    return table(
        "Items that creates meet at",
        "Written or checked by nearly each of these transactions. Of two at the same time, DynamoDB"
        " refuses one.",
        ["create", "item"],
        [[kind, item] for kind, items in shared.items() for item in items or ["none"]],
    )


@dataclass(frozen=True)
class Outcome:
    """What comes of creates at some rate.

    Attributes:
        refused: attempts that were refused, for each create.
        slow: milliseconds that 19 of 20 waited no longer for because of it.
        given_up: the share that was refused until nobody waited any more.
    """

    refused: float
    slow: float
    given_up: float


def simulate(rate: float, shared: Sequence[int], seconds: float = MINUTE) -> Outcome:
    """Creates come at random, hold what they share with others, and try again if refused. Pure.

    Args:
        rate: creates a second.
        shared: of each thing that all creates need one of, how many there are.
        seconds: how long it goes on.
    """
    chance = random.Random(7)
    attempts: list[tuple[float, float, int, tuple[int, ...]]] = []
    moment = 0.0
    while (moment := moment + chance.expovariate(rate)) < seconds:
        needed = tuple(chance.randrange(many) for many in shared)
        attempts.append((moment, moment, 0, needed))
    creates, refused, given_up = len(attempts), 0, 0
    waited: list[float] = []
    free: dict[tuple[int, int], float] = {}
    heapq.heapify(attempts)
    while attempts:
        now, came, number, needed = heapq.heappop(attempts)
        places = list(enumerate(needed))
        if all(free.get(place, 0.0) <= now for place in places):
            free.update(dict.fromkeys(places, now + HELD_SECONDS))
            waited.append(now - came)
            continue
        refused += 1
        if now - came > PATIENCE:
            given_up += 1
            continue
        pause = chance.uniform(0, 0.01 * min(number + 1, 20))
        again = now + HELD_SECONDS + pause + AGAIN_SECONDS
        heapq.heappush(attempts, (again, came, number + 1, needed))
    waited.sort()
    slow = waited[int(len(waited) * 0.95)] * 1000 if waited else 0.0
    return Outcome(refused / creates, slow, given_up / creates)


def _simulated(shared: Mapping[str, Sequence[str]]) -> str:
    rows = []
    for kind, items in shared.items():
        for copies in COPIES if items else ():
            for rate in RATES:
                outcome = simulate(rate, [copies] * len(items))
                rows.append(
                    [kind, copies, rate, outcome.refused, outcome.slow, outcome.given_up * 100]
                )
    return table(
        "Creates that meet, simulated",
        "For a minute, at random moments. A transaction holds its items for"
        f" {HELD_SECONDS * 1000:.0f} ms. Copies: how many there are of each shared item, of which"
        " a create needs one.",
        ["create", "copies", "creates/s", "refused per create", "p95 ms more", "% given up"],
        rows,
    )


def _label(key: str) -> str:
    """A key without whose it is: organization, ids, dates."""
    return _DATE.sub("<date>", _UUID.sub("<id>", key.partition("#")[2].partition("#")[2] or key))


if __name__ == "__main__":
    sys.exit(main())
