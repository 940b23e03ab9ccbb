"""Deals and activities of a seeded organization, and the sums of them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta

from benchmarks.seeding import writing
from benchmarks.seeding.sharing import SHARED_EVERY, others, teams
from benchmarks.seeding.texts import title
from benchmarks.seeding.writing import Write
from benchmarks.world import World
from crm.platform import clock, ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.transaction import Transaction
from crm.related.activities.schemas import Activity
from crm.related.documents import attachment_links
from crm.related.documents.attachment_schemas import Attachment
from crm.related.documents.schemas import Document
from crm.sales.deals import stages
from crm.sales.deals.schemas import Deal, StoredStageHistoryEntry, stage_history_key
from crm.sales.pipelines.schemas import Stage
from crm.sales.reports.aggregates import generations
from crm.sales.reports.aggregates.contributions import Contribution, of_activity, of_deal
from crm.sales.reports.aggregates.facts import facts_of

DAYS = 360
"""Deals close, and activities are due, within so many days from now on."""

DUE_EVERY = 2
STEP_EVERY = 10
"""For so many activities about the busy deal, one document and one move."""

FIRST_GENERATION = "1"


def deals(world: World, size: int) -> Iterator[Deal]:
    """Deals that all but the member have made, a sixth in each stage.

    The tenth that the member sees is assigned to them too.
    """
    people, entity = others(world), world.entity()
    ways = [Stage(organization_id=world.organization_id, **one) for one in world.sales["stages"]]
    now = clock.timestamp(clock.now())
    for number in range(size):
        person = people[number % len(people)]
        yield Deal.create(
            world.organization_id,
            person,
            name=title(number, size),
            amount="1250.50",
            currency="USD",
            entity_id=entity,
            expected_close_date=day(number, size),
            assigned_to=world.member.user_id if number % SHARED_EVERY == 0 else person,
            shared_with=teams(world, number),
            stay_id=ids.new_id(),
            stage_entered_on=now,
            **stages.derived(ways[number % len(ways)], "1250.50", "USD", now),
        )


def activities(world: World, size: int, deal: Deal) -> Iterator[Activity]:
    """Tasks about one deal, every second with a due date, a tenth of them the member's."""
    people = others(world)
    for number in range(size):
        maker = people[number % len(people)]
        yield Activity.create(
            world.organization_id,
            maker,
            type="task",
            subject=f"Call back {number:06d}",
            related_to_type=Deal.KIND,
            related_to_id=deal.id,
            assigned_to=world.member.user_id if number % SHARED_EVERY == 0 else maker,
            due_date=day(number, size) if number % DUE_EVERY == 0 else None,
            priority="medium",
            status="not_started",
        )


def steps(world: World, deal: Deal, documents: Iterable[Document]) -> Iterator[Write]:
    """What else happened on a deal: documents were attached, and it was moved."""
    for document in documents:
        attachment = Attachment.create(
            world.organization_id,
            document.created_by,
            related_to_type=Deal.KIND,
            related_to_id=deal.id,
            document_id=document.id,
            uploaded_by=document.created_by,
        )
        stay = StoredStageHistoryEntry(
            id=ids.new_id(),
            stage_id=world.stage(1),
            stage_name="Qualified",
            entered_on=attachment.created_on,
            entered_by=document.created_by,
            from_stage_id=world.stage(0),
            from_stage_name="Lead",
        )
        written = Transaction()
        attachment_links.save(written, attachment, None, document.created_by)
        written.put(stage_history_key(deal.key, stay.id), stay.model_dump())
        yield from writing.of_transaction(written)


def day(number: int, size: int) -> str:
    """One of so many, evenly spread over the days."""
    return (clock.now().date() + timedelta(days=number * DAYS // size)).isoformat()


class Sums:
    """Adds up what records contribute, as the stream would."""

    def __init__(self, organization_id: str) -> None:
        self._organization_id = organization_id
        self._rows: dict[tuple[str, str], Counter[str]] = {}

    def deal(self, deal: Deal) -> None:
        self._add(of_deal(deal), FIRST_GENERATION)
        self._add(facts_of(None, deal), None)

    def activity(self, activity: Activity) -> None:
        self._add(of_activity(activity), FIRST_GENERATION)

    def writes(self) -> Iterator[Write]:
        for (name, row), numbers in self._rows.items():
            key = keys.aggregate(self._organization_id, name, row)
            yield writing.bookkept(key, dict(numbers))

    def _add(self, contribution: Contribution, generation: str | None) -> None:
        for (name, row), numbers in contribution.items():
            place = generations.name_in(generation, name) if generation else name
            self._rows.setdefault((place, row), Counter()).update(numbers)
