"""Attach documents to records, and detach them."""

from collections.abc import Sequence
from typing import Any

from pynamodb.expressions.operand import Path

from crm.platform import ids
from crm.platform.dynamodb import keys, quotas
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.dynamodb.lists import LOWEST, EntryList, ReadBudget
from crm.platform.dynamodb.parallel import guarded, together
from crm.platform.dynamodb.queries import read, read_many, record_id_of, record_ids_of, record_list
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import (
    MAX_OPERATIONS,
    StaleReadError,
    Transaction,
    retry_on_conflict,
)
from crm.platform.errors import (
    ConflictError,
    DuplicateError,
    NotFoundError,
    PermissionDeniedError,
    ValidationFailedError,
)
from crm.platform.s3.upload_schemas import Upload
from crm.records import repository as owned
from crm.records.owned_record import OwnedRecord
from crm.related.documents import attachment_links
from crm.related.documents import service as documents
from crm.related.documents.attachment_schemas import (
    AttachedDocument,
    Attachment,
    AttachmentAnswer,
    AttachmentCreate,
    AttachmentQuery,
    AttachmentWrite,
    related_list,
)
from crm.related.documents.lists import may_see_on_record
from crm.related.documents.schemas import Document
from crm.tenancy.permissions import Caller

BATCH = 16
OPERATIONS_PER_ATTACHMENT = 6
"""The attachment, two index items, its unique constraint item, its document's index item and the
count."""


def create(
    transaction: Transaction, caller: Caller, attachment_id: str, body: AttachmentCreate
) -> tuple[Attachment, dict[str, Any]]:
    """Attach an existing or a new document; return the attachment and its response.

    Raises:
        ValidationFailedError: The caller may not see the record or the document, or the body
            does not hold exactly one of document and file.
        PermissionDeniedError: The caller may not change the record.
        UnsupportedMediaTypeError, TooLargeError: The declared file is not accepted.
    The commit raises:
        DuplicateError: The document is already attached to the record.
        LimitExceededError: The document has reached its limit of attachments.
        ValidationFailedError: The record is deleted, or is being merged into another one.
    """
    record, (document, upload) = guarded(
        lambda: _target(caller, body), lambda: _document(transaction, caller, body)
    )
    attachment = Attachment.create(
        caller.organization_id,
        caller.user_id,
        id=attachment_id,
        document_id=document.id,
        uploaded_by=caller.user_id,
        **body.model_dump(include={"related_to_type", "related_to_id", "description"}),
    )
    attachment_links.save(transaction, attachment, None, document.created_by)
    quotas.consume(
        transaction,
        caller.organization_id,
        Attachment.KIND,
        attachment_links.group(document.id),
        attachment_links.MAX_ATTACHMENTS,
    )
    owned.require_standing(transaction, record.key, _no_such_record)
    answered = _row(caller, attachment, document)
    return attachment, {**answered, **({"upload": upload.model_dump()} if upload else {})}


def require_listable(caller: Caller, query: AttachmentQuery) -> None:
    """Check that the caller may see the record whose attachments are listed.

    Raises:
        NotFoundError: The organization has no such record.
        PermissionDeniedError: The caller may not see the record.
    """
    record = owned.read_owned(caller.organization_id, query.related_to_type, query.related_to_id)
    owned.require_visible(caller, record)


def list_all(caller: Caller, query: AttachmentQuery) -> EntryList:
    """List the attachments of a record, newest first; call `require_listable` before."""
    name = related_list(query.related_to_type, query.related_to_id)
    return record_list(Attachment, caller.organization_id, name, ReadBudget())


def rows(caller: Caller, query: AttachmentQuery, entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of `list_all`, without attachments removed since it was read."""
    return [
        row
        for row in read_answers(caller, entries)
        if row["related_to_type"] == query.related_to_type
        and row["related_to_id"] == query.related_to_id
    ]


def related_pk(organization_id: str, record_type: str, record_id: str) -> str:
    """Return the partition that lists the attachments of a record, by id."""
    name = related_list(record_type, record_id)
    return keys.index_item(organization_id, Attachment.KIND, name, LOWEST).pk


def read_answers(caller: Caller, entries: Sequence[Item]) -> list[Answer]:
    """Return the responses of attachments whose records the caller may see.

    Attachments that are deleted, or whose document is deleted, are left out.

    Args:
        caller: the caller of the request.
        entries: index items of the attachment lists of records.
    """
    organization_id = caller.organization_id
    found, there = together(
        lambda: read_many(Attachment, organization_id, record_ids_of(entries)),
        lambda: documents.of_attachments(
            organization_id, {str(entry["document_id"]) for entry in entries}
        ),
    )
    return [
        _row(caller, one, there[one.document_id])
        for one in found.values()
        if one.document_id in there
    ]


def find(caller: Caller, attachment_id: str) -> tuple[Attachment, Document | None]:
    """Return an attachment whose record the caller may see, and its document if that exists.

    Raises:
        NotFoundError: The organization has no such attachment.
        PermissionDeniedError: The caller may not see the record.
    """
    attachment = _read(caller, attachment_id)
    _, document = guarded(lambda: _record(caller, attachment), lambda: _document_of(attachment))
    return attachment, document


def find_to_change(caller: Caller, attachment_id: str) -> tuple[Attachment, Document | None]:
    """Return an attachment whose record the caller may change, and its document if that exists.

    Raises:
        NotFoundError: The organization has no such attachment.
        PermissionDeniedError: The caller may not change the record.
    """
    attachment = _read(caller, attachment_id)
    record, document = guarded(
        lambda: _record(caller, attachment), lambda: _document_of(attachment)
    )
    owned.require_changeable(caller, record)
    return attachment, document


def find_to_delete(caller: Caller, attachment_id: str) -> Attachment:
    """Return an attachment whose record the caller may change; errors as in `find_to_change`."""
    attachment = _read(caller, attachment_id)
    owned.require_changeable(caller, _record(caller, attachment))
    return attachment


def answer(caller: Caller, attachment: Attachment, document: Document | None) -> Answer:
    """Return the response of an attachment whose record the caller may see.

    Raises:
        NotFoundError: The document has just been deleted, and the attachment is deleted with it.
    """
    if document is None:
        raise NotFoundError
    return _row(caller, attachment, document)


def update(
    transaction: Transaction, caller: Caller, old: Attachment, body: AttachmentWrite
) -> Attachment:
    """Change the description of an attachment."""
    new = old.changed(caller.user_id, **body.model_dump())
    transaction.save(new, old)
    return new


def delete(transaction: Transaction, old: Attachment) -> None:
    """Detach a document from a record. The document itself is kept."""
    attachment_links.delete(transaction, old)
    _count_out(transaction, old)


def is_on(organization_id: str, record_type: str, record_id: str) -> bool:
    """Return whether a record has attachments."""
    return bool(attachment_links.entries(organization_id, related_list(record_type, record_id), 1))


def delete_of_record(organization_id: str, record_type: str, record_id: str) -> None:
    """Delete the attachments of a deleted record; safe to repeat, also concurrently.

    A document that was created for an attachment is deleted with its last attachment.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted.
    """
    name = related_list(record_type, record_id)

    def step() -> bool:
        entries = attachment_links.entries(organization_id, name, BATCH)
        transaction = Transaction()
        swept = _sweep(transaction, organization_id, entries)
        transaction.commit()
        return not swept or len(entries) == BATCH

    retry_on_conflict(step)


def retarget(caller: Caller, old: RecordRef, new: RecordRef) -> None:
    """Move the attachments of one record to another; safe to repeat after an interruption.

    A document that is already attached to the new record is only detached from the old one.

    Args:
        caller: may change both records.
        old: kind and id of the record, which gets no new attachments.
        new: kind and id of the record to move them to.

    Raises:
        NotFoundError: The new record does not exist.
        ConflictError: The new record is being merged into another one.
        UnavailableError: Optimistic-lock retries are exhausted.
    """
    if old == new:
        return
    organization_id, name = caller.organization_id, related_list(*old)

    def step() -> bool:
        found = attachment_links.listed(organization_id, name, BATCH)
        there = documents.of_attachments(organization_id, [one.document_id for one in found])
        for one in found:
            _move(caller, one, there.get(one.document_id), new)
        return len(found) == BATCH

    retry_on_conflict(step)


def _target(caller: Caller, body: AttachmentCreate) -> OwnedRecord:
    """Return the record to attach to."""
    record = owned.seen(caller, body.related_to_type, body.related_to_id)
    if record is None:
        raise _no_such_record()
    return owned.require_changeable(caller, record)


def _document(
    transaction: Transaction, caller: Caller, body: AttachmentCreate
) -> tuple[Document, Upload | None]:
    """Return the document to attach: a new one, or one that must not change until the commit."""
    if body.file is not None and body.document_id is None:
        return documents.create_for_attachment(transaction, caller, ids.new_id(), body.file)
    if body.file is not None or body.document_id is None:
        raise ValidationFailedError.of("document_id", "is required if there is no file, only then")
    try:
        document = documents.find(caller, body.document_id)
    except (NotFoundError, PermissionDeniedError) as error:
        raise ValidationFailedError.of("document_id", "is no document that you can see") from error
    transaction.check(document.key, Path("version") == document.version)
    return document, None


def _read(caller: Caller, attachment_id: str) -> Attachment:
    attachment = read(Attachment, caller.organization_id, attachment_id)
    if attachment is None:
        raise NotFoundError
    return attachment


def _record(caller: Caller, attachment: Attachment) -> OwnedRecord:
    """Return the record of an attachment, if the caller may see it."""
    record = owned.read_owned(caller.organization_id, *attachment.target)
    return owned.require_visible(caller, record)


def _document_of(attachment: Attachment) -> Document | None:
    return read(Document, attachment.organization_id, attachment.document_id)


def _row(caller: Caller, attachment: Attachment, document: Document) -> Answer:
    shown = may_see_on_record(caller, document)
    fields = {**document.model_dump(), "document_file": document.document_file}
    return AttachmentAnswer(
        **attachment.model_dump(), document=AttachedDocument(**fields) if shown else None
    ).answer()


def _sweep(transaction: Transaction, organization_id: str, entries: Sequence[Item]) -> bool:
    """Delete as many attachments of a record as fit the transaction; return whether all fit.

    Raises:
        StaleReadError: An attachment is deleted concurrently.
    """
    keyed = [_keys(organization_id, entry) for entry in entries]
    items = RECORDS.batch_get(key for of_one in keyed for key in of_one)
    for key, document_key, count_key in keyed:
        if key not in items:
            raise StaleReadError
        one = Attachment.from_item(items[key])
        document = _made_for_attachment(items.get(document_key))
        operations = OPERATIONS_PER_ATTACHMENT + (
            1 + len(document.index_entries()) if document else 0
        )
        if len(transaction) + operations > MAX_OPERATIONS:
            return False
        attachment_links.delete(transaction, one)
        if document is None:
            _count_out(transaction, one)
            continue
        if count_key not in items:
            raise StaleReadError
        # Of two concurrent deletions, the later one finds that its attachment is the last.
        if items[count_key]["count"] == 1:
            transaction.delete(count_key, Path("count") == 1)
            transaction.delete_record(document)
        else:
            transaction.update(count_key, [Path("count").add({"N": "-1"})], Path("count") > 1)
    return True


def _keys(organization_id: str, entry: Item) -> tuple[Key, Key, Key]:
    """Return the keys of an attachment, of its document, and of that document's counter."""
    document_id = str(entry["document_id"])
    return (
        keys.record(organization_id, Attachment.KIND, record_id_of(entry)),
        keys.record(organization_id, Document.KIND, document_id),
        attachment_links.count_key(organization_id, document_id),
    )


def _made_for_attachment(item: Item | None) -> Document | None:
    document = Document.from_item(item) if item else None
    return document if document and document.made_for_attachment else None


def _move(caller: Caller, old: Attachment, document: Document | None, target: RecordRef) -> None:
    """Move an attachment; delete it if its document is deleted or on the new record already."""
    transaction = Transaction()
    if document is None:
        attachment_links.delete(transaction, old)
        transaction.commit()
        return
    related_to_type, related_to_id = target
    new = old.changed(caller.user_id, related_to_type=related_to_type, related_to_id=related_to_id)
    attachment_links.save(transaction, new, old, document.created_by)
    key = keys.record(caller.organization_id, *target)
    owned.require_standing(transaction, key, lambda: _not_standing(key))
    try:
        transaction.commit()
    except DuplicateError:
        transaction = Transaction()
        delete(transaction, old)
        transaction.commit()


def _count_out(transaction: Transaction, one: Attachment) -> None:
    group = attachment_links.group(one.document_id)
    quotas.release(transaction, one.organization_id, Attachment.KIND, group)


def _no_such_record() -> ValidationFailedError:
    return ValidationFailedError.of("related_to_id", "is no record that something can be added to")


def _not_standing(record: Key) -> Exception:
    if RECORDS.get(record) is None:
        return NotFoundError()
    return ConflictError("The record is being merged into another one.")
