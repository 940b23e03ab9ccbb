"""What attachments mean for documents: who sees one through a record, and the end of them.

Documents and attachments both need it, and neither feature knows the other one here.
"""

from collections.abc import Callable, Iterable

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import Allowance, take
from crm.platform.dynamodb.parallel import ahead
from crm.platform.dynamodb.queries import read_many, record_ids_of, record_list
from crm.platform.dynamodb.retries import until_done
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.records.owned_record import OwnedRecord
from crm.records.registry import OWNED_KINDS
from crm.related.documents.attachment_schemas import Attachment, document_list
from crm.related.documents.schemas import Document, related_list
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

MAX_ATTACHMENTS = 100
"""How many times a document is attached: all of them are read to find out who sees it."""

SWEEP_BATCH = 15
"""Each takes five operations of the hundred that a transaction may have."""


def save(transaction: Transaction, new: Attachment, old: Attachment | None, creator: str) -> None:
    """Write an attachment, and the entry of its document in the list of its record.

    Args:
        transaction: the one to write it in.
        new: the attachment as it shall be.
        old: as it was read; None when it shall not exist yet.
        creator: who made the document.
    """
    transaction.save(new, old)
    if old is None or _entry(old) != _entry(new):
        transaction.put(_entry(new), {"created_by": creator})
        if old is not None:
            transaction.delete(_entry(old))


def remove(transaction: Transaction, old: Attachment) -> None:
    """Delete an attachment as it was read, and the entry of its document."""
    transaction.remove(old)
    transaction.delete(_entry(old))


def group(document_id: str) -> str:
    """What counts the attachments of a document."""
    return f"document#{document_id}"


def count_key(organization_id: str, document_id: str) -> Key:
    return keys.count(organization_id, Attachment.KIND, group(document_id))


def count_ahead(organization_id: str, document_id: str) -> Callable[[], int]:
    """How many times a document is attached, read beside whatever is read next."""
    reading = ahead(lambda: RECORDS.get(count_key(organization_id, document_id)))
    return lambda: int((reading() or {"count": 0})["count"])


def require_none(transaction: Transaction, organization_id: str, document_id: str) -> None:
    """Demand that a document is nowhere attached when the transaction commits, which ends it.

    The commit raises:
        StaleReadError: it has been attached meanwhile.
    """
    none = Path("pk").does_not_exist() | (Path("count") == 0)
    transaction.delete(count_key(organization_id, document_id), none)


def may_see_through(caller: Caller, document_id: str) -> bool:
    """Whether a document is attached to a record that the caller may see.

    A record may itself be seen through another one (an activity through what it is about), so
    the records are read in rounds: all that are named at once.
    """
    entries = record_list(
        Attachment, caller.organization_id, document_list(document_id), Allowance()
    )
    seen: set[tuple[str, str]] = set()
    wanted = {
        (str(entry["related_to_type"]), str(entry["related_to_id"]))
        for entry in take(entries, MAX_ATTACHMENTS).entries
    }
    while wanted:
        records = _records(caller.organization_id, wanted)
        if any(permissions.may_see(caller, record) for record in records):
            return True
        seen |= wanted
        wanted = {record.parent for record in records if record.parent is not None} - seen
    return False


def sweep(organization_id: str, document_id: str) -> None:
    """Delete the attachments of a deleted document; safe to repeat, also while others are at it.

    Nothing new can be attached: whoever attaches a document demands that it exists.

    Raises:
        UnavailableError: others were quicker each time.
    """

    def step() -> bool:
        found = listed(organization_id, document_list(document_id), SWEEP_BATCH)
        transaction = Transaction()
        for one in found:
            remove(transaction, one)
        transaction.commit()
        return bool(found)

    until_done(step)
    # Nobody counts any more: that happens together with the writing of an attachment.
    RECORDS.delete(count_key(organization_id, document_id))


def listed(organization_id: str, name: str, limit: int) -> list[Attachment]:
    """The first attachments of a list.

    Raises:
        StaleReadError: one of them has gone meanwhile.
    """
    wanted = record_ids_of(entries(organization_id, name, limit))
    found = read_many(Attachment, organization_id, wanted)
    if len(found) < len(wanted):
        raise StaleReadError
    return list(found.values())


def entries(organization_id: str, name: str, limit: int) -> list[Item]:
    """The first entries of a list of attachments."""
    return take(record_list(Attachment, organization_id, name, Allowance()), limit).entries


def _records(organization_id: str, wanted: Iterable[tuple[str, str]]) -> list[OwnedRecord]:
    kinds = {
        keys.record(organization_id, kind, record_id): OWNED_KINDS[kind]
        for kind, record_id in wanted
        if kind in OWNED_KINDS
    }
    return [kinds[key].from_item(item) for key, item in RECORDS.batch_get(kinds).items()]


def _entry(one: Attachment) -> Key:
    """Where the list of a record's documents says that this one is among them."""
    name = related_list(one.related_to_type, one.related_to_id)
    return keys.entry(one.organization_id, Document.KIND, name, one.document_id)
