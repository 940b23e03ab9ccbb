"""What rows of imports cost, how quickly they are written, and what follows from that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import files, followers, jobs, stream
from benchmarks.bulk.worker import Counted, Effort, counted, timed
from benchmarks.prices import WAIT_SECONDS, WHOLE_PROCESSOR, Spending, dollars
from benchmarks.tables import table
from benchmarks.world import World

COUNTED = 1000
"""Rows of which the calls are counted; the tables are of as many."""

WORKER = "importing"
THREADS = 8
"""How many rows the worker writes at the same time."""


@dataclass(frozen=True)
class Case:
    """An import.

    Attributes:
        title: what sets it apart.
        place: the organization in which it works; cases of the same one follow one another.
        record_type: what its rows become.
        content: the file of so many rows.
        result: what becomes of each row.
        options: of the import.
    """

    title: str
    place: str
    record_type: str
    content: Callable[[World, int], bytes]
    result: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Measured:
    """A case, with its figures for `COUNTED` rows, or fewer if there are not so many.

    Attributes:
        rows: how many were counted.
        timed_rows: how many were timed.
        effort: of a worker in a process of its own.
        spent: what the worker does.
        followed: what the stream sets off.
        batches: how often it does.
    """

    case: Case
    rows: int
    timed_rows: int
    effort: Effort
    spent: Spending
    followed: Spending
    batches: int

    @property
    def of_thousand(self) -> float:
        return 1000 / self.rows

    @property
    def seconds_of_thousand(self) -> float:
        return self.effort.processor * 1000 / self.timed_rows


def _contacts(_: World, count: int) -> bytes:
    return files.contacts(count)


def _contacts_again(_: World, count: int) -> bytes:
    return files.contacts(count, "Met at the fair, and called since")


_EMAIL = {"match_on": ["email"]}

CASES: Sequence[Case] = [
    Case("contacts, create", "contacts", "entity", _contacts, "created", _EMAIL),
    Case(
        "contacts, skip",
        "contacts",
        "entity",
        _contacts,
        "skipped",
        {**_EMAIL, "on_duplicate": "skip"},
    ),
    Case(
        "contacts, update",
        "contacts",
        "entity",
        _contacts_again,
        "updated",
        {**_EMAIL, "on_duplicate": "update"},
    ),
    Case("contacts, dry run", "dry run", "entity", _contacts, "created", {"dry_run": True}),
    Case("deals, create", "deals", "deal", files.deals, "created", {}),
]


def measure(world: World, rows: int, say: Callable[[str], None]) -> tuple[list[Measured], World]:
    """All cases: counted, then timed.

    Args:
        world: organizations are made beside it.
        rows: how many are timed.
        say: is told of progress.

    Returns:
        The figures, and an organization of so many contacts.
    """
    few = min(rows, COUNTED)
    places: dict[str, World] = {}
    counts = []
    for case in CASES:
        say(f"counting: {case.title}, {few:,} rows")
        counts.append(_counted(case, _place(world, places, case), few))
    places = {}
    measured = []
    for case, (spent, followed, batches) in zip(CASES, counts, strict=True):
        say(f"timing: {case.title}, {rows:,} rows")
        effort = _timed(case, _place(world, places, case), rows)
        spent = _with_processor(spent, effort.processor * few / rows)
        measured.append(Measured(case, few, rows, effort, spent, followed, batches))
    return measured, places["contacts"]


def _place(world: World, places: dict[str, World], case: Case) -> World:
    if case.place not in places:
        places[case.place] = world.elsewhere()
    return places[case.place]


def _counted(case: Case, world: World, rows: int) -> tuple[Spending, Spending, int]:
    """What the worker spends, without its processor's time, and what follows."""
    job = _begun(case, world, rows)
    tail = stream.Tail(world)
    done = counted(world, WORKER, job)
    _check(case, done.job, rows)
    followed, batches = followers.follow(world, tail)
    return _of_worker(done), followed, batches


def _timed(case: Case, world: World, rows: int) -> Effort:
    effort = timed(world, WORKER, _begun(case, world, rows))
    _check(case, effort.job, rows)
    return effort


def _begun(case: Case, world: World, rows: int) -> str:
    content = case.content(world, rows)
    return jobs.begin_import(world, content, case.record_type, **case.options)


def _check(case: Case, job: Any, rows: int) -> None:
    if job[case.result] != rows:
        raise RuntimeError(f"{case.title}: {job[case.result]} of {rows} rows were {case.result}")


def _of_worker(done: Counted) -> Spending:
    waiting = len(done.calls) * WAIT_SECONDS / THREADS
    return Spending(done.calls, done.messages, 0.0, waiting, WHOLE_PROCESSOR)


def _with_processor(spent: Spending, seconds: float) -> Spending:
    return Spending(spent.calls, spent.messages, seconds, spent.waiting, spent.memory)


def speed_table(measured: Sequence[Measured]) -> str:
    rows = measured[0].timed_rows
    return table(
        "Imports: how quickly",
        f"{rows:,} rows, by the worker in a process of its own, with the engine on the same "
        "machine. Contacts have two contact points each, by the first of which, an email address, "
        "they match. `processor`: seconds for 1,000 rows.",
        ["import", "rows per second", "processor", "peak MiB"],
        [
            [
                one.case.title,
                one.timed_rows / one.effort.seconds,
                one.seconds_of_thousand,
                one.effort.peak_mib,
            ]
            for one in measured
        ],
    )


def counts_table(measured: Sequence[Measured]) -> str:
    return table(
        "Imports: calls and capacity for 1,000 rows",
        f"Counted over {measured[0].rows:,} rows: the worker's, and, marked `+`, those of what the "
        "stream sets off: search, history, sums, the look for rules. SQS: with Lambda's requests "
        "for each message. `+ processor`: seconds of this process, the counting among them.",
        [
            "import",
            "DynamoDB calls",
            "WCU",
            "RCU",
            "S3",
            "SQS",
            "+ batches",
            "+ DynamoDB calls",
            "+ WCU",
            "+ RCU",
            "+ processor",
        ],
        [
            [
                one.case.title,
                *(
                    figure * one.of_thousand
                    for figure in (
                        one.spent.dynamodb,
                        one.spent.write_units,
                        one.spent.read_units,
                        one.spent.s3,
                        one.spent.sqs,
                        one.batches,
                        one.followed.dynamodb,
                        one.followed.write_units,
                        one.followed.read_units,
                        one.followed.processor,
                    )
                ),
            ]
            for one in measured
        ],
    )


def cost_table(measured: Sequence[Measured]) -> str:
    return table(
        "Imports: cost of 1,000 rows on AWS, in US dollars",
        "In us-east-1, DynamoDB on demand, Lambda on arm64. `Lambda`: the processor's seconds, as "
        f"if Lambda's were as quick as this one, and {WAIT_SECONDS * 1000:.0f} ms of waiting for "
        f"each call, {THREADS} at a time. `stream`: what it sets off. Not in it: storage, logs, "
        "invocations, the polling of idle queues, and transactions that collide and are repeated, "
        "which the engine does not have.",
        ["import", "DynamoDB", "Lambda", "S3 and SQS", "stream: DynamoDB", "stream: Lambda", "all"],
        [
            [
                one.case.title,
                *(
                    dollars(amount * one.of_thousand)
                    for amount in (
                        one.spent.database_dollars,
                        one.spent.function_dollars,
                        one.spent.request_dollars,
                        one.followed.database_dollars,
                        one.followed.function_dollars,
                        one.spent.dollars + one.followed.dollars,
                    )
                ),
            ]
            for one in measured
        ],
    )
