"""Organizations of many records of every kind."""

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.memory import Memory
from benchmarks.seeding import customers, sales, writing
from benchmarks.seeding.documents import documents
from benchmarks.seeding.writing import Write
from benchmarks.world import World


def seed(world: World, size: int) -> World:
    """Give an organization so many records of each kind; answers it with them."""
    world, writes = _everything(world, size)
    writing.write(world, writes)
    return world


def seed_in_memory(world: World, size: int, memory: Memory) -> World:
    """The same beside the engine: the organization as it is there, and the records in memory."""
    world, writes = _everything(world, size)
    memory.hold(writing.stored(world))
    memory.hold(writing.placed(world, writes))
    return world


def _everything(world: World, size: int) -> tuple[World, Iterator[Write]]:
    """The organization with so many records of each kind, and what has to be written of them.

    All activities are about the oldest deal, for which there is one document and one move for
    ten of them besides. All deals and cases are of one entity.
    """
    deals = sales.deals(world, size)
    busy = next(deals)
    there = replace(world, busy_deal=busy.id, busy_entity=busy.entity_id)

    def writes() -> Iterator[Write]:
        sums = sales.Sums(world.organization_id)
        attached = []
        for number, paper in enumerate(documents(world, size)):
            if number % sales.STEP_EVERY == 0:
                attached.append(paper)
            yield from writing.of_record(paper)
        for deal in [busy, *deals]:
            sums.deal(deal)
            yield from writing.of_record(deal)
        for activity in sales.activities(world, size, busy):
            sums.activity(activity)
            yield from writing.of_record(activity)
        yield from sales.steps(world, busy, attached)
        yield from sums.writes()
        yield from _customers(there, size)

    return there, writes()


def _customers(world: World, size: int) -> Iterator[Write]:
    for number, entity in enumerate(customers.entities(world, size)):
        yield from writing.of_record(entity)
        yield from writing.of_part(entity, customers.contact_point(world, entity, number))
    for case in customers.cases(world, size):
        yield from writing.of_record(case)
    for lead in customers.leads(world, size):
        yield from writing.of_record(lead)
    for told in customers.notifications(world, size):
        yield from writing.of_record(told)
    for job in customers.exports(world, size):
        yield from writing.of_job(job)
