"""Organizations of many documents, deals and activities."""

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.seeding import sales, writing
from benchmarks.seeding.documents import documents
from benchmarks.seeding.writing import Write
from benchmarks.world import World


def seed(world: World, size: int) -> World:
    """Give an organization so many documents, deals and activities; answers it with them.

    All activities are about the oldest deal, for which there is one document and one move for
    ten of them besides.
    """
    papers = list(documents(world, size))
    deals = list(sales.deals(world, size))
    busy = deals[0]

    def everything() -> Iterator[Write]:
        sums = sales.Sums(world.organization_id)
        for paper in papers:
            yield from writing.of_record(paper)
        for deal in deals:
            sums.deal(deal)
            yield from writing.of_record(deal)
        for activity in sales.activities(world, size, busy):
            sums.activity(activity)
            yield from writing.of_record(activity)
        yield from sales.steps(world, busy, papers[:: sales.STEP_EVERY])
        yield from sums.writes()

    writing.write(world, everything())
    return replace(world, busy_deal=busy.id)
