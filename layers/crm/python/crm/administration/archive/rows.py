"""Generates the lines of each section of a dump."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crm.administration.archive import iteration
from crm.administration.archive.manifest import FORMAT, SECTIONS, VERSION
from crm.administration.archive.source import Source, lists_of
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.queries import child_items, read, read_many
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import RECORDS, SYSTEM, Table
from crm.records import timeline_events
from crm.records.archive.section import SECTIONS as OWNED_SECTIONS
from crm.records.custom_fields.schemas import CustomField
from crm.records.history.schemas import HistoryRow
from crm.records.registry import OWNED_KINDS, OWNED_TYPES, PLURALS, RECORD_KINDS
from crm.related.documents import files
from crm.related.documents.archive import file_entry
from crm.related.documents.attachment_schemas import Attachment, document_list
from crm.related.documents.schemas import Document, StoredFile
from crm.sales.deals.schemas import STAGE_HISTORY, Deal, StoredStageHistoryEntry
from crm.sales.entities.parts import AnyPart
from crm.sales.entities.schemas import Address, ContactPoint, Entity, Identifier, Relationship
from crm.sales.leads.schemas import Lead
from crm.sales.pipelines.schemas import Pipeline
from crm.tenancy.members import service as members
from crm.tenancy.members.schemas import Member
from crm.tenancy.organizations.schemas import Organization
from crm.tenancy.teams.schemas import Team
from crm.webhooks.schemas import WebhookEndpoint
from crm.workflows.rules.schemas import WorkflowRule

EVENTFUL: tuple[type[Record], ...] = (Deal, Entity, Lead)
"""Kinds of records that have timeline events."""


@dataclass(frozen=True)
class DumpedFile:
    """A file that belongs to a piece.

    Attributes:
        entry: the name in the archive.
        key: the object key in the bucket.
        size: the size in bytes.
    """

    entry: str
    key: str
    size: int


@dataclass(frozen=True)
class Row:
    """A line.

    Attributes:
        place: the position in its section; a resumed dump continues after it.
        line: the content.
        file: the file that belongs to the line.
    """

    place: str
    line: dict[str, Any]
    file: DumpedFile | None = None


Rows = Callable[[Source, str], Iterator[Row]]
"""Generates the lines of a section after a place."""


def _manifest(source: Source, _: str) -> Iterator[Row]:
    yield Row(
        "-",
        {
            "format": FORMAT,
            "version": VERSION,
            "organization_id": source.organization_id,
            "sections": [section.name for section in SECTIONS],
        },
    )


def _organization(source: Source, _: str) -> Iterator[Row]:
    organization = read(Organization, source.organization_id, source.organization_id)
    if organization is not None:
        yield Row("-", source.fields(organization))


def _members(source: Source, after: str) -> Iterator[tuple[str, Member]]:
    for place, member in iteration.records(Member, source.organization_id, ["all"], after):
        if member.created_on < source.since:
            yield place, member


def _people(source: Source, after: str) -> Iterator[Row]:
    for place, member in _members(source, after):
        names = ("id", "email", "first_name", "last_name")
        yield Row(place, {name: getattr(member, name) for name in names})


def _memberships(source: Source, after: str) -> Iterator[Row]:
    of_people = ("email", "first_name", "last_name")
    for place, member in _members(source, after):
        yield Row(place, source.fields(member, *of_people, "teams", "is_removed"))


def _teams(source: Source, after: str) -> Iterator[Row]:
    for place, team in _records(source, Team, after):
        users = members.of_team(source.organization_id, team.id)
        found = read_many(Member, source.organization_id, users)
        known = [one for one in users if one in found and found[one].created_on < source.since]
        yield Row(place, {**source.fields(team), "users": known})


def _pipelines(source: Source, after: str) -> Iterator[Row]:
    for place, pipeline in _records(source, Pipeline, after):
        stages = [source.fields(stage, "pipeline_id") for stage in pipeline.stages]
        yield Row(place, {**source.fields(pipeline), "stages": stages})


def _all(kind: type[Record], *without: str) -> Rows:
    """Return a generator of one line per record of a kind.

    Args:
        kind: the kind.
        without: attributes that archives do not contain.
    """

    def rows(source: Source, after: str) -> Iterator[Row]:
        for place, record in _records(source, kind, after):
            yield Row(place, source.fields(record, *without))

    return rows


def _owned(record_type: str) -> Rows:
    """Return a generator of one line per record of a kind with an owner.

    A record is left out if what it refers to, or is about, is not in the archive.
    """

    def rows(source: Source, after: str) -> Iterator[Row]:
        kind, section = OWNED_KINDS[record_type], OWNED_SECTIONS[record_type]
        for batch in _batches(_records(source, kind, after)):
            standing = source.standing(one.parent for _, one in batch if one.parent)
            for place, record in batch:
                needed = [one.id for one in record.references().values()]
                needed += [getattr(record, name) for name in section.needs]
                is_orphan = record.parent is not None and record.parent not in standing
                if is_orphan or any(map(source.is_new, needed)):
                    source.leave_out(record)
                else:
                    yield Row(place, source.fields(record, *section.without))

    return rows


def _parts(model: type[AnyPart]) -> Rows:
    """Return a generator of one line per child item of entities."""

    def rows(source: Source, after: str) -> Iterator[Row]:
        for place, part in _parts_of(source, model, after):
            yield Row(place, source.fields(part))

    return rows


def _relationships(source: Source, after: str) -> Iterator[Row]:
    outgoing = (
        (place, one)
        for place, one in _parts_of(source, Relationship, after)
        if one.direction == "outgoing"
    )
    for batch in _batches(outgoing):
        standing = source.standing(RecordRef(Entity.KIND, one.to_entity) for _, one in batch)
        for place, one in batch:
            if (Entity.KIND, one.to_entity) in standing:
                yield Row(place, source.fields(one, "entity_id", "direction"))


def _parts_of(source: Source, model: type[AnyPart], after: str) -> Iterator[tuple[str, AnyPart]]:
    for place, _, item in _hanging(source, Entity, model.KIND, after):
        part = model.from_item(item)
        if not source.is_new(part.id):
            yield place, part


def _stays(source: Source, after: str) -> Iterator[Row]:
    for place, deal_id, item in _hanging(source, Deal, STAGE_HISTORY, after):
        entry = StoredStageHistoryEntry.model_validate(item)
        if not source.is_new(entry.id):
            yield Row(place, {**entry.model_dump(exclude_none=True), "deal_id": deal_id})


def _files(source: Source, after: str) -> Iterator[Row]:
    for place, document_id, item in _hanging(source, Document, files.VERSION, after):
        stored = StoredFile.model_validate(item)
        if stored.created_on < source.since:
            line = stored.model_dump(exclude={"file_key"}, exclude_none=True)
            entry = file_entry(document_id, stored.n)
            file = DumpedFile(entry, stored.file_key, stored.size)
            yield Row(place, {**line, "document_id": document_id}, file)


def _documents(source: Source, after: str) -> Iterator[Row]:
    for place, document in _records(source, Document, after):
        fits = document.updated_on < source.since or not document.file_version
        shown = document if fits else _as_it_was(source, document)
        yield Row(place, source.fields(shown, "file_key"))


def _as_it_was(source: Source, document: Document) -> Document:
    """Return a document with its current file at the time when the dump began."""
    pk, between = child_items(document.key, files.VERSION)
    versions = iteration.items(RECORDS, [(pk, document.id, between[0])], between, "")
    kept = [StoredFile.model_validate(item) for _, item in versions]
    older = [one for one in kept if one.created_on < source.since]
    if older:
        return files.show(document, older[-1])
    return document.model_copy(update={"file_version": 0, "upload_status": "pending"})


def _attachments(source: Source, after: str) -> Iterator[Row]:
    for targets in _parents(source, Document, after.partition("#")[0]):
        partitions = [
            (_attachments_pk(source, document_id), document_id, "") for _, document_id in targets
        ]
        found = iteration.items(RECORDS, partitions, (LOWEST, HIGHEST), after)
        for batch in _batches(found):
            ids = [str(item["sk"]) for _, item in batch]
            listed = read_many(Attachment, source.organization_id, ids)
            standing = source.standing(one.target for one in listed.values())
            for place, item in batch:
                one = listed.get(str(item["sk"]))
                if one and one.target in standing and not source.is_new(one.id):
                    yield Row(place, source.fields(one))


def _attachments_pk(source: Source, document_id: str) -> str:
    name = document_list(document_id)
    return keys.index_item(source.organization_id, Attachment.KIND, name, LOWEST).pk


def _events(source: Source, after: str) -> Iterator[Row]:
    def pk_of(target: RecordRef) -> str:
        return timeline_events.pk_of(source.organization_id, target)

    for place, target, item in _beside(source, EVENTFUL, RECORDS, pk_of, after):
        if not source.is_new(str(item["sk"])):
            fields = {name: item[name] for name in ("type", "by", "title", "data")}
            yield Row(place, {**_named(target), **fields, "id": item["sk"]})


def _history(source: Source, after: str) -> Iterator[Row]:
    def pk_of(target: RecordRef) -> str:
        return keys.history(source.organization_id, *target, 1).pk

    kinds = [RECORD_KINDS[kind] for kind in sorted(RECORD_KINDS)]
    for place, target, item in _beside(source, kinds, SYSTEM, pk_of, after):
        row = HistoryRow.model_validate(item)
        yield Row(place, {**_named(target), **row.model_dump()})


def _named(target: RecordRef) -> dict[str, str]:
    return {"record_type": target[0], "record_id": target[1]}


def _records(source: Source, kind: type[Any], after: str) -> Iterator[tuple[str, Any]]:
    """Yield the records of a kind created before the dump began."""
    for place, record in iteration.records(kind, source.organization_id, lists_of(kind), after):
        if not source.is_new(record.id):
            yield place, record


def _parents(source: Source, kind: type[Record], start: str) -> Iterator[list[RecordRef]]:
    """Yield the records of a kind that are in the dump, in batches."""
    names = lists_of(kind)
    for batch in iteration.positions(source.organization_id, kind.KIND, names, start):
        yield [RecordRef(kind.KIND, one) for one in batch if source.has(RecordRef(kind.KIND, one))]


def _hanging(
    source: Source, kind: type[Record], part: str, after: str
) -> Iterator[tuple[str, str, Item]]:
    """Yield the child items of a name of all records of a kind: place, record id, item."""
    for targets in _parents(source, kind, after.partition("#")[0]):
        whole = [source.key(target) for target in targets]
        first = keys.child_item(keys.Key("", ""), part, "").sk
        partitions = [
            (key.pk, target[1], first) for key, target in zip(whole, targets, strict=True)
        ]
        for place, item in iteration.items(RECORDS, partitions, (first, first + HIGHEST), after):
            yield place, place.partition("#")[0], item


def _beside(
    source: Source,
    kinds: Any,
    table: Table,
    pk_of: Callable[[RecordRef], str],
    after: str,
) -> Iterator[tuple[str, RecordRef, Item]]:
    """Yield the items of a separate partition per record of several kinds, in order."""
    begun, _, rest = after.partition("#")
    for kind in kinds:
        if begun > kind.KIND:
            continue
        start = rest.partition("#")[0] if begun == kind.KIND else ""
        for targets in _parents(source, kind, start):
            partitions = [(pk_of(target), "#".join(target), "") for target in targets]
            for place, item in iteration.items(table, partitions, (LOWEST, HIGHEST), after):
                record_type, record_id, _ = place.split("#")
                yield place, RecordRef(record_type, record_id), item


def _batches(found: Iterator[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for one in found:
        batch.append(one)
        if len(batch) == iteration.BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


ROWS: Mapping[str, Rows] = {
    "manifest": _manifest,
    "people": _people,
    "organization": _organization,
    "members": _memberships,
    "teams": _teams,
    "custom_fields": _all(CustomField),
    "pipelines": _pipelines,
    "webhook_endpoints": _all(WebhookEndpoint, "secret"),
    **{PLURALS[name]: _owned(name) for name in OWNED_TYPES},
    "identifiers": _parts(Identifier),
    "contact_points": _parts(ContactPoint),
    "addresses": _parts(Address),
    "relationships": _relationships,
    "deal_stays": _stays,
    "document_files": _files,
    "documents": _documents,
    "attachments": _attachments,
    "events": _events,
    "history": _history,
    "workflow_rules": _all(WorkflowRule, "active_since"),
}
