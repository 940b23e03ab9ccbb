"""Erases the records of a deleted organization, kind by kind, with their dependents.

The data is not read any more, so no transaction is needed: but an interrupted erasure must find
its items again. So the index item in the list of all is deleted last, after the record, and the
record after everything that is found only by it.
"""

from collections.abc import Collection, Iterable
from functools import partial

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from crm.administration.erasure import inventory, system_data
from crm.administration.erasure.batches import PAGE, Deadline, delete_partition, keys_of, pages
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import RECORD, Key, RecordRef
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.queries import read_many, record_id_of, record_ids_of
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.stream import concurrency
from crm.records import references, timeline_events
from crm.records.owned_record import OwnedRecord
from crm.records.registry import REFERRING_TYPES
from crm.related.documents import attachment_links
from crm.related.documents.attachment_schemas import Attachment, document_list, related_list
from crm.related.documents.schemas import Document
from crm.sales.entities import deletion
from crm.sales.entities.schemas import Entity
from crm.sales.pipelines.schemas import Pipeline, stage_uses
from crm.tenancy.members.schemas import Member, team_list
from crm.tenancy.teams.schemas import Team


def erase(kind: type[Record], organization_id: str, name: str, deadline: Deadline) -> None:
    """Erase all records of a list that holds all of a kind, or all of one user.

    Args:
        kind: the kind of the records.
        organization_id: the deleted organization.
        name: the name of the list. No record is in two lists that are erased like this.
        deadline: the time to stop.

    Raises:
        TimeIsUpError: The deadline has passed, and records are left.
    """
    pk = keys.index_item(organization_id, kind.KIND, name, LOWEST).pk
    for entries in pages(RECORDS, pk, deadline):
        found = read_many(kind, organization_id, record_ids_of(entries))
        _note_who_wrote(organization_id, found.values())
        erased = concurrency.map_concurrently(partial(_erase, name, deadline), list(found.values()))
        kept = {one for one, deleted in zip(found, erased, strict=True) if not deleted}
        done = [entry for entry in entries if record_id_of(entry) not in kept]
        RECORDS.batch_write([], keys_of(done))


def _note_who_wrote(organization_id: str, found: Collection[Record]) -> None:
    """Store the ids of the users who wrote the records: super admins are not members."""
    if found:
        written_by = {user for one in found for user in (one.created_by, one.updated_by)}
        inventory.note(organization_id, inventory.VISITOR, written_by)


def _erase(name: str, deadline: Deadline, record: Record) -> bool:
    """Erase a record, except its index item in the list by which it is found.

    Returns:
        False if the record was changed concurrently by a late request, and still exists.
    """
    places = record.index_entries()
    if name not in places:
        return True  # It was moved concurrently to another list partition of all records.
    system_data.erase(record.organization_id, record.KIND, record.id)
    for listed in _lists_of_attachments(record):
        _erase_attachments(record.organization_id, listed, deadline)
    for pk in _partitions(record):
        delete_partition(RECORDS, pk, deadline)
    _erase_parts(record, deadline)
    found_by = keys.index_item(record.organization_id, record.KIND, name, places[name])
    RECORDS.batch_write([], [*_counts(record), *(_traces(record) - {found_by, record.key})])
    return RECORDS.delete_if(_as_read(record), record.key)


def _as_read(record: Record) -> Condition:
    unchanged: Condition = Path("pk").does_not_exist() | (Path("version") == record.version)
    return unchanged


def _traces(record: Record) -> set[Key]:
    """Return the keys of the record, its index items and its unique constraint items."""
    removal = Transaction()
    removal.delete_record(record)
    return _items(removal)


def _items(removal: Transaction) -> set[Key]:
    """Return the keys that a transaction, which is never committed, would delete."""
    return {key for _, key in removal.items}


def _counts(record: Record) -> list[Key]:
    """Return the keys of the counters of references to a record."""
    organization_id, record_id = record.organization_id, record.id
    if isinstance(record, Entity):
        return [
            references.entity_references(organization_id, record_id, kind)
            for kind in REFERRING_TYPES
        ]
    if isinstance(record, Document):
        return [attachment_links.count_key(organization_id, record_id)]
    if isinstance(record, Pipeline):
        return [stage_uses(organization_id, stage.id) for stage in record.stages]
    return []


def _partitions(record: Record) -> Iterable[str]:
    """Yield the partitions that hold only items about a record."""
    if isinstance(record, OwnedRecord):
        yield timeline_events.pk_of(record.organization_id, RecordRef(record.KIND, record.id))
    if isinstance(record, Team):
        name = team_list(record.id)
        yield keys.index_item(record.organization_id, Member.KIND, name, LOWEST).pk


def _lists_of_attachments(record: Record) -> Iterable[str]:
    if isinstance(record, OwnedRecord):
        yield related_list(record.KIND, record.id)
    if isinstance(record, Document):
        yield document_list(record.id)


def _erase_attachments(organization_id: str, name: str, deadline: Deadline) -> None:
    """Erase the attachments of a list; their index items in that list are deleted last."""
    pk = keys.index_item(organization_id, Attachment.KIND, name, LOWEST).pk
    for entries in pages(RECORDS, pk, deadline):
        found = read_many(Attachment, organization_id, record_ids_of(entries))
        removal = Transaction()
        for one in found.values():
            system_data.erase(organization_id, one.KIND, one.id)
            attachment_links.delete(removal, one)
        entry_keys = keys_of(entries)
        RECORDS.batch_write([], list(_items(removal) - set(entry_keys)))
        RECORDS.batch_write([], entry_keys)


def _erase_parts(record: Record, deadline: Deadline) -> None:
    """Erase the child items in a record's partition, and the items that index them."""
    while items := RECORDS.query(record.key.pk, (RECORD + "!", RECORD + HIGHEST), PAGE):
        deadline.check()
        removal = Transaction()
        for item in items:
            part = deletion.part_of(item) if isinstance(record, Entity) else None
            if part is not None:
                deletion.delete_part(removal, part)
        part_keys = keys_of(items)
        RECORDS.batch_write([], list(_items(removal) - set(part_keys)))
        RECORDS.batch_write([], part_keys)
