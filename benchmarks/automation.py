"""`python -m benchmarks.automation`: how soon rules take effect, and what they cost others."""

import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any, TypeVar

import httpx

from benchmarks import rules, stream
from benchmarks import stack as stacks
from benchmarks.functions import Context, Event, load
from benchmarks.measuring import target
from benchmarks.tables import table
from benchmarks.world import World, found
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import from_raw, to_raw
from crm.sales.deals.schemas import Deal

WARMING = 5
EFFECTS = 30
WRITES = 50
BATCH = 50
"""As many records as the template has the stream hand on at once."""

BATCHES = 5
RULES = (1, 10, 100)
GLANCE = 0.002
"""Seconds between two looks at a record."""

PATIENCE = 30.0
REST = 0.5
"""Seconds in which the stream comes to rest after a write."""

ROUTE = "POST /api/deals"
_COUNTS = ("trips", "DynamoDB calls", "WCU", "other calls")
WAITS = ("rules", *_COUNTS, "median", "p95", "median, no stream", "p95, no stream")

Result = TypeVar("Result")


class Poster:
    """Makes deals over HTTP, as the admin of one of the organizations."""

    def __init__(self, http: httpx.Client, world: World) -> None:
        self._http = http
        self.world = world
        self._entity = world.entity()
        self._headers = {"organization-id": world.organization_id}
        self._tables = world.stack.client("dynamodb")

    def post(self) -> tuple[str, float]:
        """A new deal's id, and how many seconds its writer waited for it."""
        body = self.world.deal_body(entity_id=self._entity)
        started = time.perf_counter()
        answer = self._http.post("/api/deals", json=body, headers=self._headers)
        taken = time.perf_counter() - started
        answer.raise_for_status()
        return str(answer.json()["id"]), taken

    def seconds_to_effect(self) -> float:
        """From the answer to a write until its rule's effect can be read."""
        deal, _ = self.post()
        started = time.perf_counter()
        while self._deal(deal)[rules.EFFECT[0]] != rules.EFFECT[1]:
            if time.perf_counter() - started > PATIENCE:
                raise TimeoutError("the rule has no effect")
            time.sleep(GLANCE)
        return time.perf_counter() - started

    def _deal(self, deal: str) -> dict[str, Any]:
        """As it stands: read from the table, so that no function is kept busy by it."""
        key = keys.record(self.world.organization_id, Deal.KIND, deal)
        answer = self._tables.get_item(
            TableName=self.world.stack.outputs["RecordsTable"],
            Key=to_raw(key._asdict()),
            ConsistentRead=True,
        )
        return from_raw(answer["Item"])


def main() -> int:
    functions = load()
    _say("starting a stack")
    with stacks.stack(silent=False) as stack:
        world = found(stacks.deployment(stack, functions), stack, "Northwind", teams=0)
        with _http(world) as http:
            _say("time to effect")
            print(_effects(http, world), flush=True)
            _say("what a writer waits for")
            writers = _writers(http, world)
            working = _write(writers, REST)
            stacks.silence(stack)
            silent = _write(writers, 0.0)
            print(_waits_table(writers, working, silent), flush=True)
        _say("records per second")
        print(_throughput(world), flush=True)
        _say("stopping the stack")
    return 0


@contextmanager
def _http(world: World) -> Iterator[httpx.Client]:
    """Connections of somebody who is the admin of all organizations here."""
    token = world.stack.token("ada@example.com")
    with httpx.Client(
        base_url=world.stack.api_url, headers={"authorization": f"Bearer {token}"}, timeout=60
    ) as http:
        yield http


def _effects(http: httpx.Client, world: World) -> str:
    rows = []
    for title, there in (
        ("one rule", rules.with_rules(world, 1)),
        ("100 rules, the last one matches", rules.with_rules(world, 1, rules.MOST - 1)),
    ):
        poster = Poster(http, there)
        for _ in range(WARMING):
            poster.seconds_to_effect()
        taken = [_rested(poster.seconds_to_effect, REST) * 1000 for _ in range(EFFECTS)]
        rows.append([title, min(taken), median(taken), max(taken)])
    return table(
        "Rules: time to effect",
        f"Milliseconds from the answer to {ROUTE} until the field that a rule sets can be read, "
        f"over {EFFECTS} writes on the deployed stack.",
        ["rules", "best", "median", "worst"],
        rows,
    )


def _writers(http: httpx.Client, world: World) -> dict[str, Poster]:
    places = {
        "no rule": rules.with_rules(world, 0),
        "100 rules, none matches": rules.with_rules(world, 0, rules.MOST),
        "100 rules, the last one matches": rules.with_rules(world, 1, rules.MOST - 1),
    }
    return {title: Poster(http, there) for title, there in places.items()}


def _write(writers: Mapping[str, Poster], rest: float) -> dict[str, list[float]]:
    """The milliseconds of the same write in several places, in turns: they are disturbed alike."""
    taken: dict[str, list[float]] = {title: [] for title in writers}
    for number in range(WARMING + WRITES):
        for title in random.sample(list(writers), len(writers)):
            _, seconds = _rested(writers[title].post, rest)
            if number >= WARMING:
                taken[title].append(seconds * 1000)
    return taken


def _waits_table(
    writers: Mapping[str, Poster],
    working: Mapping[str, Sequence[float]],
    silent: Mapping[str, Sequence[float]],
) -> str:
    return table(
        "Rules: what a writer waits for",
        f"Calls of {ROUTE}, and milliseconds until its answer, over {WRITES} writes each, in turns,"
        " on the deployed stack: while the stream sets rules off, and when it sets off nothing.",
        WAITS,
        [
            [
                title,
                *_calls(writer.world),
                *(kind(taken[title]) for taken in (working, silent) for kind in (median, _slow)),
            ]
            for title, writer in writers.items()
        ],
    )


def _calls(there: World) -> Sequence[object]:
    counts = target(there.deployment, ROUTE).count(
        there.admin.post("/api/deals", there.deal_body())
    )
    return [counts.round_trips, counts.dynamodb, counts.write_units, counts.others]


def _throughput(world: World) -> str:
    apart = world.elsewhere()
    rows = []
    for count in RULES:
        idle = rules.with_rules(apart, 0, count)
        busy = rules.with_rules(apart, 1, count - 1)
        rows.append([count, _records_per_second(idle), _records_per_second(busy)])
    return table(
        "Rules: records per second",
        f"New deals through the handler of automation in this process, {BATCH} in a batch, the "
        f"median of {BATCHES} batches.",
        ["rules", "none matches", "one matches"],
        rows,
    )


def _records_per_second(world: World) -> float:
    entity = world.entity()
    function, _ = world.deployment.answering("automation:")

    def seconds(batch: Event) -> float:
        with world.deployment.environment_of(function):
            started = time.perf_counter()
            function.handler(batch, Context())
            return time.perf_counter() - started

    seconds(_batch(world, entity))
    return BATCH / median(seconds(_batch(world, entity)) for _ in range(BATCHES))


def _batch(world: World, entity: str) -> Event:
    """What the stream says of new deals."""
    deals = [world.deal(entity_id=entity) for _ in range(BATCH)]
    events = [stream.event(world, Deal, deal, None) for deal in deals]
    return {"Records": [record for event in events for record in event["Records"]]}


def _rested(work: Callable[[], Result], rest: float) -> Result:
    """Do something once the stream is at rest, at no particular moment of its beat."""
    time.sleep(random.uniform(rest, 2 * rest))
    return work()


def _slow(taken: Sequence[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.95)]


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
