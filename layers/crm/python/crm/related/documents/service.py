"""Documents: making, finding, changing and sharing them."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.parallel import guarded, together
from crm.platform.dynamodb.queries import read, read_many, record_ids_of
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import (
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
    ValidationFailedError,
)
from crm.records import repository as owned
from crm.records.search.text import fold, matches
from crm.related.documents import attachment_links, files
from crm.related.documents.lists import STATUSES as STATUSES
from crm.related.documents.lists import may_see_on_record as may_see_on_record
from crm.related.documents.lists import search as search
from crm.related.documents.schemas import Document as Document
from crm.related.documents.schemas import (
    DocumentCreate,
    DocumentDetail,
    DocumentForm,
    DocumentObject,
    DocumentRow,
    FileDeclaration,
)
from crm.related.documents.schemas import DocumentQuery as DocumentQuery
from crm.related.documents.schemas import DocumentReplace as DocumentReplace
from crm.related.documents.schemas import Upload as Upload
from crm.related.documents.types import is_really as is_really
from crm.related.documents.types import kind_of as kind_of
from crm.tenancy import permissions
from crm.tenancy.members import service as members
from crm.tenancy.permissions import Caller
from crm.tenancy.profiles import Profile
from crm.tenancy.teams import service as teams


def create(
    transaction: Transaction, caller: Caller, document_id: str, body: DocumentCreate
) -> tuple[Document, Upload]:
    """Make a document that waits for its file.

    Raises:
        UnsupportedMediaTypeError, TooLargeError: the file that is declared.
        ValidationFailedError: an unknown team.
    """
    return _create(transaction, caller, document_id, body)


def create_for_attachment(
    transaction: Transaction, caller: Caller, document_id: str, file: FileDeclaration
) -> tuple[Document, Upload]:
    """Make a document that comes with an attachment, and waits for its file.

    Raises:
        UnsupportedMediaTypeError, TooLargeError: the file that is declared.
    """
    body = DocumentCreate(title=file.name, file=file)
    return _create(transaction, caller, document_id, body, made_for_attachment=True)


def create_with_file(
    transaction: Transaction, caller: Caller, document_id: str, body: DocumentForm
) -> Document:
    """Make a document together with its file, of up to 4 MiB.

    Raises:
        UnsupportedMediaTypeError: the type is not allowed, or the bytes are something else.
        ValidationFailedError: an unknown team, or an empty file.
    """
    stored = files.store(caller, document_id, body.document_file)
    document = _new(
        caller, document_id, body, stored.model_dump(include={"file_name", "content_type", "size"})
    )
    shown = files.show(document, stored)
    _save(transaction, shown, None)
    files.keep_version(transaction, shown, stored)
    return shown


def find(caller: Caller, document_id: str) -> Document:
    """A document that the caller may see, by itself or through a record that it is attached to.

    Raises:
        NotFoundError: the organization has no such document.
        PermissionDeniedError: it is not the caller's to see.
    """
    document = _read(caller, document_id)
    if not permissions.may_see(caller, document) and not (
        document.visibility == "visible" and attachment_links.may_see_through(caller, document_id)
    ):
        raise PermissionDeniedError
    return document


def link_of_version(caller: Caller, document_id: str, n: int) -> str:
    """A short-lived address of an earlier file of a document that the caller may see.

    Raises:
        NotFoundError: the organization has no such document, or it has no such version.
        PermissionDeniedError: it is not the caller's to see.
    """
    _, link = guarded(
        lambda: find(caller, document_id), lambda: files.link_of_version(caller, document_id, n)
    )
    return link


def find_to_change(caller: Caller, document_id: str) -> Document:
    """A document that the caller may change: its creator and admins.

    Raises:
        NotFoundError: the organization has no such document.
        PermissionDeniedError: it is not the caller's to change.
    """
    document = _read(caller, document_id)
    if not permissions.may_change(caller, document):
        raise PermissionDeniedError("Only its creator and admins change a document.")
    return document


def times_attached(caller: Caller, document_id: str) -> Callable[[], int]:
    """How many attachments a document has, read beside whatever is read next."""
    return attachment_links.count_ahead(caller.organization_id, document_id)


def of_attachments(organization_id: str, document_ids: Iterable[str]) -> dict[str, Document]:
    """The documents that exist among the ids, by id; who may see them is for the caller to ask."""
    return read_many(Document, organization_id, document_ids)


def update(
    transaction: Transaction, caller: Caller, old: Document, body: DocumentReplace
) -> Document:
    """Change a document's title, status or sharing.

    Raises:
        ValidationFailedError: a team that is added is unknown.
    """
    new = old.changed(caller.user_id, **body.model_dump())
    _save(transaction, new, old)
    return new


def delete(old: Document, times_attached: int) -> None:
    """Delete a document and its attachments. Its files and versions, out of reach, go after it.

    Args:
        old: the document as it was read.
        times_attached: how many attachments it had then.

    Raises:
        StaleReadError: somebody changed it, or attached it, meanwhile.
    """
    transaction = Transaction()
    transaction.remove(old)
    if not times_attached:
        attachment_links.require_none(transaction, old.organization_id, old.id)
    transaction.commit()
    if times_attached:
        # The document is gone, whatever becomes of the rest: the stream does what is not done here.
        with suppress(UnavailableError):
            attachment_links.sweep(old.organization_id, old.id)


def replace_file(
    transaction: Transaction, caller: Caller, old: Document, body: Any
) -> tuple[Document, Upload]:
    """Expect a new file for a document, which shows the present one until the new one is there.

    Raises:
        UnsupportedMediaTypeError, TooLargeError: the file that is declared.
    """
    upload = files.new_upload(body, caller.user_id)
    changes: dict[str, Any] = {"rejection_reason": None}
    if not old.file_version:
        changes["upload_status"] = "pending"
    new = old.changed(caller.user_id, **changes)
    _save(transaction, new, old)
    return new, files.expect(transaction, new, upload)


def sees_related(caller: Caller, query: DocumentQuery) -> bool:
    """Whether a list asks for the documents of a record that the caller may see.

    Raises:
        ValidationFailedError: half of `related_to_type` and `related_to_id`.
    """
    if bool(query.related_to_type) != bool(query.related_to_id):
        raise ValidationFailedError.of("related_to_id", "goes together with related_to_type")
    if not query.related_to_type or not query.related_to_id:
        return False
    record = owned.read_owned(caller.organization_id, query.related_to_type, query.related_to_id)
    return record is not None and owned.may_see(caller, record)


def rows(
    caller: Caller, query: DocumentQuery, entries: Sequence[Item], *, through_record: bool
) -> list[dict[str, Any]]:
    """The rows of a page of `search`.

    Between the reading of a list and that of its records, and while the text index trails, a
    document may have changed: what no longer belongs on the page is left out.
    """
    sought = fold(query.title or "")
    may_see = may_see_on_record if through_record else permissions.may_see
    documents, people = together(
        lambda: read_many(Document, caller.organization_id, record_ids_of(entries)),
        lambda: members.profiles_for(caller, _creators(entries)),
    )
    strangers = {one.created_by for one in documents.values()} - people.keys()
    people |= members.profiles_for(caller, strangers)
    return [
        row(one, people[one.created_by])
        for one in documents.values()
        if may_see(caller, one) and matches(fold(one.title), sought)
    ]


def _creators(entries: Sequence[Item]) -> set[str]:
    """Who made the documents of list entries; entries of the text index do not say it."""
    return {one["created_by"] for one in entries if "created_by" in one}


def row_of(caller: Caller, document: Document) -> dict[str, Any]:
    """A document as lists and writes answer it."""
    people = members.profiles_for(caller, [document.created_by])
    return row(document, people[document.created_by])


def row(document: Document, creator: Profile) -> dict[str, Any]:
    """A document, with who made it, as lists and writes answer it."""
    return DocumentRow(
        **{**document.model_dump(), "created_by": creator, "document_file": document.document_file}
    ).model_dump()


def detail(caller: Caller, document: Document) -> dict[str, Any]:
    """A document in full, in the shape that Django-CRM gave it."""
    people, shared_with = together(
        lambda: members.profiles_for(caller, [document.created_by]),
        lambda: teams.summaries(document.organization_id, document.shared_with),
    )
    return DocumentDetail(
        document_obj=DocumentObject(**document.model_dump(), document_file=document.document_file),
        shared_with=shared_with,
        created_by=people[document.created_by],
    ).model_dump()


def _read(caller: Caller, document_id: str) -> Document:
    document = read(Document, caller.organization_id, document_id)
    if document is None:
        raise NotFoundError
    return document


def _create(
    transaction: Transaction,
    caller: Caller,
    document_id: str,
    body: DocumentCreate,
    **fields: Any,
) -> tuple[Document, Upload]:
    upload = files.new_upload(body.file, caller.user_id)
    file_fields = upload.model_dump(exclude={"upload_id", "created_by"})
    document = _new(caller, document_id, body, {**file_fields, **fields})
    _save(transaction, document, None)
    return document, files.expect(transaction, document, upload)


def _new(
    caller: Caller,
    document_id: str,
    body: DocumentCreate | DocumentForm,
    fields: dict[str, Any],
) -> Document:
    return Document.create(
        caller.organization_id,
        caller.user_id,
        id=document_id,
        title=body.title,
        status=body.status,
        shared_with=body.shared_with,
        **fields,
    )


def _save(transaction: Transaction, new: Document, old: Document | None) -> None:
    added = [team for team in new.shared_with if old is None or team not in old.shared_with]
    teams.require(transaction, new.organization_id, added)
    transaction.save(new, old)
