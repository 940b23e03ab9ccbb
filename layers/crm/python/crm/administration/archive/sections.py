"""Readers of the sections of an archive: line models and writers."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from crm.administration.archive import emptiness, writer
from crm.administration.archive.of_history import EventLine, HistoryLine
from crm.administration.archive.of_people import (
    ManifestLine,
    MemberLine,
    OrganizationLine,
    PersonLine,
    TeamLine,
)
from crm.administration.archive.of_settings import (
    CustomFieldLine,
    PipelineLine,
    WebhookEndpointLine,
    WorkflowRuleLine,
)
from crm.administration.archive.people import People
from crm.administration.archive.writer import Numbered, Stage, at
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keyed_locks import KeyedLocks
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.table import RECORDS, SYSTEM
from crm.platform.dynamodb.transaction import RESTORED, Transaction, retry_on_conflict
from crm.platform.errors import ValidationFailedError
from crm.records import timeline_events
from crm.records.archive.section import SECTIONS as OWNED_SECTIONS
from crm.records.custom_fields import service as custom_fields
from crm.records.registry import OWNED_TYPES, PLURALS
from crm.related.documents import archive as documents
from crm.related.documents import files
from crm.related.documents.archive import AttachmentLine, DocumentLine, FileLine
from crm.related.documents.schemas import Document
from crm.sales.deals import archive as deals
from crm.sales.deals.archive import StageHistoryLine
from crm.sales.deals.schemas import Deal, StoredStageHistoryEntry
from crm.sales.entities import archive as entities
from crm.sales.entities.archive import (
    AddressLine,
    ContactPointLine,
    IdentifierLine,
    RelationshipLine,
)
from crm.sales.pipelines import service as pipelines
from crm.sales.reports.aggregates import service as aggregates
from crm.tenancy.members import service as members
from crm.tenancy.members.schemas import Member
from crm.tenancy.organizations.schemas import Organization
from crm.tenancy.permissions import Caller
from crm.webhooks import service as webhooks
from crm.workflows.rules import service as workflows
from crm.workflows.rules.schemas import Trigger, WorkflowRule

RECORDS_AT_ONCE = 50
"""Records that lines depend on, read per batch: each can be large."""


@dataclass
class RestoreContext:
    """Context of a restore.

    Attributes:
        caller: the admin who restores the archive.
        people: the mapping of the archive's people.
        absent: the names of files that are missing from the archive.
    """

    caller: Caller
    people: People
    absent: frozenset[str] = frozenset()

    @property
    def organization_id(self) -> str:
        return self.caller.organization_id


Write = Callable[[RestoreContext, Numbered[Any]], None]
"""Writes the lines of a piece; safe to repeat."""


@dataclass(frozen=True)
class Reader:
    """Reader of a section.

    Attributes:
        line: the model of the lines.
        write: writes the lines.
    """

    line: type[BaseModel]
    write: Write


def _recorded(line: type[BaseModel], stage: Stage = writer.save) -> Reader:
    """Return the reader of a section of records.

    Args:
        line: the model of the lines.
        stage: stages the writing of a record.
    """

    def write(here: RestoreContext, lines: Numbered[Any]) -> None:
        writer.all_of(_records(here, lines), stage)

    return Reader(line, write)


def _records(here: RestoreContext, lines: Numbered[Any]) -> list[tuple[str, Any]]:
    """Return the records of the lines in this organization."""
    found = []
    for where, line in lines:
        with at(where):
            found.append((where, line.record(here.organization_id)))
    return found


def _manifest(here: RestoreContext, _: Numbered[ManifestLine]) -> None:
    emptiness.make_room(here.caller)


def _people(here: RestoreContext, lines: Numbered[PersonLine]) -> None:
    for where, line in lines:
        with at(where):
            here.people.find(line)


def _organization(here: RestoreContext, lines: Numbered[OrganizationLine]) -> None:
    [(_, line)] = lines

    def step() -> None:
        old = read(Organization, here.organization_id, here.organization_id)
        if old is None:
            raise RuntimeError("a member's organization does not exist")
        new = old.model_copy(update=line.model_dump(exclude={"id"}))
        if new == old:
            return
        transaction = Transaction(RESTORED)
        transaction.save(new, old)
        transaction.commit()

    retry_on_conflict(step)


def _members(here: RestoreContext, lines: Numbered[MemberLine]) -> None:
    for where, line in lines:
        with at(where):
            _member(here, line)


def _member(here: RestoreContext, line: MemberLine) -> None:
    """Write a member. An existing member, such as the founder, gets the archive's fields."""
    known = here.people.known.get(line.id)
    if known is None:
        raise ValidationFailedError.of("id", "is none of the people of the archive")
    profile = known.model_dump(exclude={"user_id"})

    def step() -> None:
        old = read(Member, here.organization_id, known.user_id)
        if old is not None and old.created_on == line.created_on:
            return
        new = Member(
            **{
                **line.model_dump(),
                **profile,
                "id": known.user_id,
                "organization_id": here.organization_id,
                "teams": old.teams if old else [],
            }
        )
        transaction = Transaction(RESTORED)
        members.restore(transaction, new, old)
        transaction.commit()

    retry_on_conflict(step)


def _teams(here: RestoreContext, lines: Numbered[TeamLine]) -> None:
    writer.all_of(_records(here, lines), writer.save)
    for where, line in lines:
        with at(where):
            members.restore_team(here.organization_id, line.id, line.users)


def _owned(record_type: str) -> Reader:
    """Return the reader of the section of a kind of records with an owner."""
    section = OWNED_SECTIONS[record_type]

    def stage(transaction: Transaction, record: Any) -> None:
        writer.save(transaction, record)
        section.stage(transaction, record)

    return _recorded(section.line, stage)


def _document(transaction: Transaction, document: Document) -> None:
    writer.save(transaction, documents.with_file(document))


def _stays(here: RestoreContext, lines: Numbered[StageHistoryLine]) -> None:
    def write(one: tuple[Deal, StoredStageHistoryEntry]) -> None:
        deal, entry = one

        def step() -> None:
            transaction = Transaction(RESTORED)
            deals.restore_stage_history(transaction, deal, entry)
            transaction.commit()

        with suppress(deals.AlreadyRestoredError):
            retry_on_conflict(step)
        aggregates.restore_stage_history(deal, entry)

    for where, line, item in _hanging(here, lines, lambda one: RecordRef(Deal.KIND, one.deal_id)):
        with at(where):
            write((Deal.from_item(item), line.stay()))


def _files(here: RestoreContext, lines: Numbered[FileLine]) -> None:
    items = []
    for where, line in lines:
        with at(where):
            stored = line.stored(here.organization_id)
        if line.entry not in here.absent:
            document = keys.record(here.organization_id, Document.KIND, line.document_id)
            key = files.version_key(document, stored.n)
            items.append({**key._asdict(), **stored.model_dump()})
    RECORDS.batch_write(items, [])


def _events(here: RestoreContext, lines: Numbered[EventLine]) -> None:
    items = []
    for _, line, _item in _hanging(
        here, lines, lambda one: RecordRef(one.record_type, one.record_id)
    ):
        pk = timeline_events.pk_of(
            here.organization_id, RecordRef(line.record_type, line.record_id)
        )
        fields = line.model_dump(include={"type", "by", "title", "data"})
        items.append({"pk": pk, "sk": line.id, **fields})
    RECORDS.batch_write(items, [])


def _history(here: RestoreContext, lines: Numbered[HistoryLine]) -> None:
    """Write history rows; rows of versions above the record's own are skipped."""
    items = []
    for _, line, item in _hanging(
        here, lines, lambda one: RecordRef(one.record_type, one.record_id)
    ):
        if line.version <= item["version"]:
            target = (line.record_type, line.record_id)
            key = keys.history(here.organization_id, *target, line.version)
            row = line.model_dump(exclude={"record_type", "record_id"})
            items.append({**key._asdict(), **row})
    SYSTEM.batch_write(items, [])


def _hanging(
    here: RestoreContext, lines: Numbered[Any], target: Callable[[Any], RecordRef]
) -> Sequence[tuple[str, Any, Item]]:
    """Return the lines, each with the item of the record that it depends on.

    Raises:
        ValidationFailedError: The record of a line does not exist.
    """
    found = []
    for start in range(0, len(lines), RECORDS_AT_ONCE):
        some = lines[start : start + RECORDS_AT_ONCE]
        wanted = [keys.record(here.organization_id, *target(line)) for _, line in some]
        there = RECORDS.batch_get(wanted)
        for key, (where, line) in zip(wanted, some, strict=True):
            with at(where):
                found.append((where, line, _there(there, key)))
    return found


def _there(there: Mapping[Key, Item], key: Key) -> Item:
    if key not in there:
        raise ValidationFailedError.of("record_id", "names nothing that the archive holds")
    return there[key]


def _rules(here: RestoreContext, lines: Numbered[WorkflowRuleLine]) -> None:
    for where, line in lines:
        with at(where):
            _rule(here, line)


def _rule(here: RestoreContext, line: WorkflowRuleLine) -> None:
    """Write a rule. A rule that is not valid here, or no longer valid, is made inactive."""
    rule = WorkflowRule(
        **{
            **line.model_dump(exclude={"conditions", "actions"}),
            **line.translated(here.people.ids),
            "trigger": Trigger.model_validate(line.trigger.model_dump()),
            "organization_id": here.organization_id,
        }
    )
    try:
        _write_rule(here, rule)
    except ValidationFailedError:
        _write_rule(here, rule.model_copy(update={"is_active": False}))


def _write_rule(here: RestoreContext, rule: WorkflowRule) -> None:
    if RECORDS.get(rule.key) is None:
        writer.once(rule, lambda into, one: workflows.restore(into, here.caller, one), KeyedLocks())


READERS: Mapping[str, Reader] = {
    "manifest": Reader(ManifestLine, _manifest),
    "people": Reader(PersonLine, _people),
    "organization": Reader(OrganizationLine, _organization),
    "members": Reader(MemberLine, _members),
    "teams": Reader(TeamLine, _teams),
    "custom_fields": _recorded(CustomFieldLine, custom_fields.restore),
    "pipelines": _recorded(PipelineLine, pipelines.restore),
    "webhook_endpoints": _recorded(WebhookEndpointLine, webhooks.restore),
    **{PLURALS[name]: _owned(name) for name in OWNED_TYPES},
    "identifiers": _recorded(IdentifierLine, entities.restore_part),
    "contact_points": _recorded(ContactPointLine, entities.restore_part),
    "addresses": _recorded(AddressLine, entities.restore_part),
    "relationships": _recorded(RelationshipLine, entities.restore_relationship),
    "deal_stays": Reader(StageHistoryLine, _stays),
    "document_files": Reader(FileLine, _files),
    "documents": _recorded(DocumentLine, _document),
    "attachments": _recorded(AttachmentLine, documents.restore_attachment),
    "events": Reader(EventLine, _events),
    "history": Reader(HistoryLine, _history),
    "workflow_rules": Reader(WorkflowRuleLine, _rules),
}
