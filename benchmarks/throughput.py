"""`python -m benchmarks.throughput`: what the functions behind the stream get through."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks import rules, stream
from benchmarks import stack as stacks
from benchmarks.bulk import worker
from benchmarks.functions import Event, load
from benchmarks.measuring import Counts, target
from benchmarks.tables import table
from benchmarks.world import World, found
from crm.platform.dynamodb.record import Record
from crm.platform.stream import concurrency
from crm.sales.deals.schemas import Deal
from crm.sales.entities.schemas import Entity

BATCHES = {"projections": 100, "automation": 50}
"""As many records as the template has the stream hand on at once."""

WARMING = 10
APART = 10
"""Organizations whose records are mixed in a batch that is not of one."""

WAIT_SECONDS = 0.004
"""How long a call of DynamoDB is assumed to take on AWS, whichever it is."""

AT_ONCE = 4
"""Batches of a shard that the template has handled at the same time."""

PROCESSORS = 512 / 1769
"""How much of a processor Lambda gives a function of the memory that the template gives these."""

Make = Callable[[World], str]


@dataclass(frozen=True)
class Case:
    """What is handed to a function.

    Attributes:
        title: as it is shown.
        function: its name.
        kind: of the records.
        place: an organization to make them in, made of one that is new.
        organizations: how many of these.
    """

    title: str
    function: str
    kind: type[Record]
    place: Callable[[World, int], World]
    organizations: int = 1


def main() -> int:
    functions = load()
    _say("starting a stack")
    with stacks.stack() as stack:
        world = found(stacks.deployment(stack, functions), stack, "Northwind", teams=0)
        rows = [_row(case, world) for case in CASES]
    print(_measured(rows))
    print(_modelled(rows))
    return 0


@dataclass(frozen=True)
class Row:
    """What came out of a case.

    Attributes:
        one: the calls of a single record; `batch` those of a batch.
        seconds: that a batch took, in a process of its own; `processor` those that it computed.
    """

    case: Case
    size: int
    one: Counts
    batch: Counts
    seconds: float
    processor: float


def _row(case: Case, world: World) -> Row:
    _say(case.title)
    places = [case.place(world, number) for number in range(case.organizations)]
    size = BATCHES[case.function]
    function = target(world.deployment, f"{case.function}:")
    one = function.count(_batch(case, places, 1))
    batch = function.count(_batch(case, places, size))
    with worker.running(world, case.function) as process:
        worker.invoke(process, _batch(case, places, WARMING))
        timed = worker.invoke(process, _batch(case, places, size))
    if timed["error"]:
        raise RuntimeError(timed["error"])
    return Row(case, size, one, batch, timed["seconds"], timed["processor"])


def _batch(case: Case, places: Sequence[World], size: int) -> Event:
    """What the stream says of new records, those of several organizations in turns."""
    make = _MAKERS[case.kind.KIND]
    events = [
        stream.event(place, case.kind, make(place), None)
        for place in (places[number % len(places)] for number in range(size))
    ]
    return {"Records": [record for event in events for record in event["Records"]]}


class _Deals:
    """Makes deals, all of an organization with the same entity."""

    def __init__(self) -> None:
        self._entities: dict[str, str] = {}

    def __call__(self, world: World) -> str:
        if world.organization_id not in self._entities:
            self._entities[world.organization_id] = world.entity()
        return world.deal(entity_id=self._entities[world.organization_id])


_MAKERS: dict[str, Make] = {Deal.KIND: _Deals(), Entity.KIND: World.entity}


def _measured(rows: Sequence[Row]) -> str:
    return table(
        "Stream: measured",
        f"Batches of new records, {BATCHES['projections']} for the projections and"
        f" {BATCHES['automation']} for automation, handled in a process of its own beside the"
        " engine on this machine; calls and capacity per record.",
        ["records", "records/s", "CPU s per 1,000", "CPU share", "calls", "RCU", "WCU"],
        [
            [
                f"{row.case.function}: {row.case.title}",
                row.size / row.seconds,
                row.processor / row.size * 1000,
                f"{row.processor / row.seconds:.0%}",
                len(row.batch.calls) / row.size,
                row.batch.read_units / row.size,
                row.batch.write_units / row.size,
            ]
            for row in rows
        ],
    )


def _modelled(rows: Sequence[Row]) -> str:
    return table(
        "Stream: worked out for AWS",
        f"A record waits for its trips, {WAIT_SECONDS * 1000:.0f} ms each, {concurrency.LANES}"
        f" records at a time; a function has {PROCESSORS:.2f} of a processor. Records per second"
        f" of one shard: of one batch at a time, and of {AT_ONCE}, as the template has it.",
        ["records", "trips", "waiting ms", "computing ms", "of one", f"of {AT_ONCE}", "bound"],
        [[f"{row.case.function}: {row.case.title}", *_model(row)] for row in rows],
    )


def _model(row: Row) -> list[object]:
    """Waiting and computing overlap, but for the record that is alone in the end."""
    waiting = row.one.round_trips * row.size / min(concurrency.LANES, row.size) * WAIT_SECONDS
    computing = row.processor / PROCESSORS
    longer = max(waiting, computing)
    return [
        row.one.round_trips,
        waiting * 1000,
        computing * 1000,
        row.size / longer,
        AT_ONCE * row.size / longer,
        "computing" if computing > waiting else "waiting",
    ]


def _plain(world: World, number: int) -> World:
    return world.beside(f"plain {number}", lambda _: None)


def _ruled(matching: int, others: int) -> Callable[[World, int], World]:
    return lambda world, number: (
        rules.with_rules(world, matching, others)
        if number == 0
        else world.beside(f"ruled {number}", lambda there: rules.rule(there))
    )


CASES = [
    Case("accounts of one organization", "projections", Entity, _plain),
    Case("deals of one organization", "projections", Deal, _plain),
    Case("deals of ten", "projections", Deal, _plain, APART),
    Case("deals, no rule", "automation", Deal, _plain),
    Case("deals, 1 rule matches", "automation", Deal, _ruled(1, 0)),
    Case("deals, 1 of 10 rules matches", "automation", Deal, _ruled(1, 9)),
    Case("deals, 1 of 100 rules matches", "automation", Deal, _ruled(1, 99)),
    Case("deals of ten, 1 rule each", "automation", Deal, _ruled(1, 0), APART),
]


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
