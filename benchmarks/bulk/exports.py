"""What exported records cost, how quickly they are written, and how much memory it takes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks import jobs
from benchmarks.bulk.worker import Counted, Effort, counted, timed
from benchmarks.prices import WAIT_SECONDS, WHOLE_PROCESSOR, Spending, dollars
from benchmarks.seeding import sales, writing
from benchmarks.seeding.writing import Write
from benchmarks.tables import table
from benchmarks.world import World

FORMATS = ("jsonl", "csv")
COUNTED = 10_000
"""Exports of more records are not counted: what they call grows with them."""

WORKER = "exporting"
MOST_MIB = 256
"""As much memory as a worker may take."""

RECORD = "#"
EVERYONES = "#LIST#DEAL#all"
"""Where the lists begin that an admin sees."""

MIB = 1024 * 1024


@dataclass(frozen=True)
class Measured:
    """An export.

    Attributes:
        title: what it is of.
        file_format: its format.
        records: how many.
        effort: of a worker in a process of its own.
        spent: what the worker does; None if that was not counted.
    """

    title: str
    file_format: str
    records: int
    effort: Effort
    spent: Spending | None

    @property
    def of_thousand(self) -> float:
        return 1000 / self.records


def seed_deals(world: World, size: int) -> World:
    """Give an organization so many deals; answers it.

    Of what is stored of them, only what an admin's export reads is written: the engine stops to
    save all that there is, for longer than workers wait if there is much.
    """

    def everything() -> Iterator[Write]:
        for deal in sales.deals(world, size):
            for kept, item in writing.of_record(deal):
                if item["sk"] == RECORD or EVERYONES in item["pk"]:
                    yield kept, item

    writing.write(world, everything())
    return world


def measure(
    world: World, title: str, record_type: str, records: int, say: Callable[[str], None]
) -> list[Measured]:
    """Exports of all records of a type: counted once, if there are not too many, then timed."""
    calls = None
    if records <= COUNTED:
        say(f"counting: {records:,} {title}")
        calls = counted(world, WORKER, jobs.begin_export(world, record_type, FORMATS[0]))
    measured = []
    for file_format in FORMATS:
        say(f"timing: {records:,} {title}, {file_format}")
        effort = timed(world, WORKER, jobs.begin_export(world, record_type, file_format))
        rows = effort.job["rows"]
        if rows < records:
            raise RuntimeError(f"{rows} of {records} {title} were exported")
        say(f"  {rows / effort.seconds:.1f} per second, {effort.peak_mib:.1f} MiB at most")
        for error in effort.errors:
            say(f"  repeated: {error}")
        measured.append(Measured(title, file_format, rows, effort, _spent(calls, effort)))
    return measured


def _spent(calls: Counted | None, effort: Effort) -> Spending | None:
    if calls is None:
        return None
    waiting = len(calls.calls) * WAIT_SECONDS
    return Spending(calls.calls, calls.messages, effort.processor, waiting, WHOLE_PROCESSOR)


def too_large(measured: Sequence[Measured]) -> list[str]:
    """The exports that took more memory than they may."""
    return [
        f"{one.records:,} {one.title}, {one.file_format}: {one.effort.peak_mib:.0f} MiB"
        for one in measured
        if one.effort.peak_mib > MOST_MIB
    ]


def speed_table(measured: Sequence[Measured]) -> str:
    return table(
        "Exports: how quickly, and the memory",
        "By the worker in a process of its own, with the engine on the same machine, which goes "
        "through the whole list at each query. `processor`: seconds for 1,000 records. `peak`: the "
        f"largest resident memory, which may be {MOST_MIB} MiB.",
        ["export", "format", "records", "file MiB", "records per second", "processor", "peak MiB"],
        [
            [
                one.title,
                one.file_format,
                one.records,
                one.effort.job["size"] / MIB,
                one.records / one.effort.seconds,
                one.effort.processor * one.of_thousand,
                one.effort.peak_mib,
            ]
            for one in measured
        ],
    )


def counts_table(measured: Sequence[Measured]) -> str:
    return table(
        "Exports: calls, capacity and cost for 1,000 records",
        "The worker's; both formats read the same. `US dollars`: what AWS asks for all of it, with "
        "the assumptions of imports, but as if no two calls overlapped.",
        ["export", "records", "DynamoDB calls", "RCU", "WCU", "S3", "SQS", "US dollars"],
        [
            _counts(one, one.spent)
            for one in measured
            if one.spent is not None and one.file_format == FORMATS[0]
        ],
    )


def _counts(one: Measured, spent: Spending) -> list[object]:
    figures = (spent.dynamodb, spent.read_units, spent.write_units, spent.s3, spent.sqs)
    return [
        one.title,
        one.records,
        *(figure * one.of_thousand for figure in figures),
        dollars(spent.dollars * one.of_thousand),
    ]
