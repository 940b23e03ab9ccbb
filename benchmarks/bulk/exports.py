"""What exported records cost, how quickly they are written, and how much memory it takes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks import jobs
from benchmarks.bulk.prices import WAIT_SECONDS, WHOLE_PROCESSOR, Spending, dollars
from benchmarks.bulk.worker import Effort, counted, timed
from benchmarks.seeding import sales, writing
from benchmarks.seeding.writing import Write
from benchmarks.tables import table
from benchmarks.world import World

FORMATS = ("csv", "jsonl")
WORKER = "exporting"
MOST_MIB = 256
"""As much memory as a worker may take."""

MIB = 1024 * 1024


@dataclass(frozen=True)
class Measured:
    """An export.

    Attributes:
        title: what it is of.
        file_format: its format.
        records: how many.
        effort: of a worker in a process of its own.
        spent: what the worker does.
    """

    title: str
    file_format: str
    records: int
    effort: Effort
    spent: Spending

    @property
    def of_thousand(self) -> float:
        return 1000 / self.records


def seed_deals(world: World, size: int) -> World:
    """Give an organization so many deals; answers it."""

    def everything() -> Iterator[Write]:
        for deal in sales.deals(world, size):
            yield from writing.of_record(deal)

    writing.write(world, everything())
    return world


def measure(
    world: World, title: str, record_type: str, records: int, say: Callable[[str], None]
) -> list[Measured]:
    """Exports of all records of a type, in each format: counted, then timed."""
    measured = []
    for file_format in FORMATS:
        say(f"exporting {records:,} {title}, {file_format}")
        done = counted(world, WORKER, jobs.begin_export(world, record_type, file_format))
        effort = timed(world, WORKER, jobs.begin_export(world, record_type, file_format))
        if effort.job["rows"] < records or done.job["rows"] < records:
            raise RuntimeError(f"{done.job['rows']} of {records} {title} were exported")
        waiting = len(done.calls) * WAIT_SECONDS
        spent = Spending(done.calls, done.messages, effort.processor, waiting, WHOLE_PROCESSOR)
        measured.append(Measured(title, file_format, done.job["rows"], effort, spent))
    return measured


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
        "The worker's. `US dollars`: what AWS asks for all of it, with the assumptions of imports, "
        "but as if no two calls overlapped.",
        ["export", "format", "records", "DynamoDB calls", "RCU", "WCU", "S3", "SQS", "US dollars"],
        [
            [
                one.title,
                one.file_format,
                one.records,
                *(
                    figure * one.of_thousand
                    for figure in (
                        one.spent.dynamodb,
                        one.spent.read_units,
                        one.spent.write_units,
                        one.spent.s3,
                        one.spent.sqs,
                    )
                ),
                dollars(one.spent.dollars * one.of_thousand),
            ]
            for one in measured
        ],
    )
