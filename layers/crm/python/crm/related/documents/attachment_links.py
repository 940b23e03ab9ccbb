"""The effect of attachments on documents: visibility through a record, and deletion.

Documents and attachments both use this module, which keeps the two features independent.
"""

from collections.abc import Callable, Iterable

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.dynamodb.lists import ReadBudget, take
from crm.platform.dynamodb.parallel import ahead
from crm.platform.dynamodb.queries import read_many, record_ids_of, record_list
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import StaleReadError, Transaction, retry_on_conflict
from crm.records.owned_record import OwnedRecord
from crm.records.registry import OWNED_KINDS
from crm.related.documents.attachment_schemas import Attachment, document_list
from crm.related.documents.schemas import Document, related_list
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

MAX_ATTACHMENTS = 100
"""Attachments per document: all of them are read to find out whether a caller may see it."""

SWEEP_BATCH = 15
"""Attachments per transaction: each takes five of its hundred operations."""


def save(transaction: Transaction, new: Attachment, old: Attachment | None, creator: str) -> None:
    """Write an attachment, and the index item of its document in the list of its record.

    Args:
        transaction: takes the write.
        new: the new version of the attachment.
        old: the attachment as it was read; None if it must not exist yet.
        creator: the user who created the document.
    """
    transaction.save(new, old)
    if old is None or _entry(old) != _entry(new):
        transaction.put(_entry(new), {"created_by": creator})
        if old is not None:
            transaction.delete(_entry(old))


def delete(transaction: Transaction, old: Attachment) -> None:
    """Delete an attachment as it was read, and the index item of its document."""
    transaction.delete_record(old)
    transaction.delete(_entry(old))


def group(document_id: str) -> str:
    """Return the name of the counter of a document's attachments."""
    return f"document#{document_id}"


def count_key(organization_id: str, document_id: str) -> Key:
    return keys.count(organization_id, Attachment.KIND, group(document_id))


def count_ahead(organization_id: str, document_id: str) -> Callable[[], int]:
    """Start reading the number of a document's attachments, in parallel to the next reads."""
    reading = ahead(lambda: RECORDS.get(count_key(organization_id, document_id)))
    return lambda: int((reading() or {"count": 0})["count"])


def require_none(transaction: Transaction, organization_id: str, document_id: str) -> None:
    """Delete a document's counter on the condition that it has no attachments at the commit.

    The commit raises:
        StaleReadError: The document has been attached since it was read.
    """
    none = Path("pk").does_not_exist() | (Path("count") == 0)
    transaction.delete(count_key(organization_id, document_id), none)


def may_see_through(caller: Caller, document_id: str) -> bool:
    """Return whether a document is attached to a record that the caller may see.

    A record may itself be visible through another one (an activity through its record), so
    the records are read in rounds, each with all records that the previous one names.
    """
    entries = record_list(
        Attachment, caller.organization_id, document_list(document_id), ReadBudget()
    )
    seen: set[RecordRef] = set()
    wanted = {
        RecordRef(str(entry["related_to_type"]), str(entry["related_to_id"]))
        for entry in take(entries, MAX_ATTACHMENTS).entries
    }
    while wanted:
        records = _records(caller.organization_id, wanted)
        if any(permissions.may_see(caller, record) for record in records):
            return True
        seen |= wanted
        wanted = {record.parent for record in records if record.parent is not None} - seen
    return False


def delete_of_document(organization_id: str, document_id: str) -> None:
    """Delete the attachments of a deleted document; safe to repeat, also concurrently.

    None are added: each attachment is written on the condition that its document exists.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted.
    """

    def step() -> bool:
        found = listed(organization_id, document_list(document_id), SWEEP_BATCH)
        transaction = Transaction()
        for one in found:
            delete(transaction, one)
        transaction.commit()
        return bool(found)

    retry_on_conflict(step)
    # The count is final: it changes only together with the writing of an attachment.
    RECORDS.delete(count_key(organization_id, document_id))


def listed(organization_id: str, name: str, limit: int) -> list[Attachment]:
    """Return the first attachments of a list.

    Raises:
        StaleReadError: An attachment is deleted concurrently.
    """
    wanted = record_ids_of(entries(organization_id, name, limit))
    found = read_many(Attachment, organization_id, wanted)
    if len(found) < len(wanted):
        raise StaleReadError
    return list(found.values())


def entries(organization_id: str, name: str, limit: int) -> list[Item]:
    """Return the first index items of a list of attachments."""
    return take(record_list(Attachment, organization_id, name, ReadBudget()), limit).entries


def _records(organization_id: str, wanted: Iterable[RecordRef]) -> list[OwnedRecord]:
    kinds = {
        keys.record(organization_id, kind, record_id): OWNED_KINDS[kind]
        for kind, record_id in wanted
        if kind in OWNED_KINDS
    }
    return [kinds[key].from_item(item) for key, item in RECORDS.batch_get(kinds).items()]


def _entry(one: Attachment) -> Key:
    """Return the key of the document's index item in the list of the record's documents."""
    name = related_list(one.related_to_type, one.related_to_id)
    return keys.index_item(one.organization_id, Document.KIND, name, one.document_id)
