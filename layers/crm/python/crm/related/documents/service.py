"""Create, find, change and share documents."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from crm.platform.dynamodb import queries
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList
from crm.platform.dynamodb.parallel import guarded, together
from crm.platform.dynamodb.queries import read_many, record_ids_of
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import (
    PermissionDeniedError,
    UnavailableError,
    ValidationFailedError,
)
from crm.platform.merge_patch import Patch
from crm.platform.s3.upload_schemas import FileDeclaration, Upload
from crm.records import repository as owned
from crm.records.record_service import Fields, RecordService
from crm.records.search.text import fold, matches
from crm.related.documents import attachment_links, files
from crm.related.documents.lists import may_see_on_record, search
from crm.related.documents.schemas import (
    Document,
    DocumentCreate,
    DocumentDetail,
    DocumentForm,
    DocumentObject,
    DocumentQuery,
    DocumentReplace,
    DocumentRow,
)
from crm.tenancy import permissions
from crm.tenancy.members import service as members
from crm.tenancy.permissions import Caller
from crm.tenancy.profiles import Profile
from crm.tenancy.teams import service as teams

if TYPE_CHECKING:
    from crm.records.custom_fields.definitions import Definitions


def create(
    transaction: Transaction, caller: Caller, document_id: str, body: DocumentCreate
) -> tuple[Document, Upload]:
    """Create a document whose file is uploaded later.

    Raises:
        UnsupportedMediaTypeError, TooLargeError: The declared file is not accepted.
        ValidationFailedError: A team is unknown.
    """
    return _create(transaction, caller, document_id, body)


def create_for_attachment(
    transaction: Transaction, caller: Caller, document_id: str, file: FileDeclaration
) -> tuple[Document, Upload]:
    """Create a document for an attachment, whose file is uploaded later.

    Raises:
        UnsupportedMediaTypeError, TooLargeError: The declared file is not accepted.
    """
    body = DocumentCreate(title=file.name, file=file)
    return _create(transaction, caller, document_id, body, made_for_attachment=True)


def create_with_file(
    transaction: Transaction, caller: Caller, document_id: str, body: DocumentForm
) -> Document:
    """Create a document together with its file, of up to 4 MiB.

    Raises:
        UnsupportedMediaTypeError: The type is not allowed, or the bytes are of another type.
        ValidationFailedError: A team is unknown, or the file is empty.
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
    """Return a document that the caller may see, by itself or through a record.

    Raises:
        NotFoundError: The organization has no such document.
        PermissionDeniedError: The caller may not see the document.
    """
    document = queries.find(Document, caller.organization_id, document_id)
    if not permissions.may_see(caller, document) and not (
        document.visibility == "visible" and attachment_links.may_see_through(caller, document_id)
    ):
        raise PermissionDeniedError
    return document


def link_of_version(caller: Caller, document_id: str, n: int) -> str:
    """Return a short-lived presigned URL of a version of a document that the caller may see.

    Raises:
        NotFoundError: The organization has no such document, or the document no such version.
        PermissionDeniedError: The caller may not see the document.
    """
    _, link = guarded(
        lambda: find(caller, document_id), lambda: files.link_of_version(caller, document_id, n)
    )
    return link


def find_to_change(caller: Caller, document_id: str) -> Document:
    """Return a document that the caller may change, as its creator or as an admin.

    Raises:
        NotFoundError: The organization has no such document.
        PermissionDeniedError: The caller may not change the document.
    """
    document = queries.find(Document, caller.organization_id, document_id)
    if not permissions.may_change(caller, document):
        raise PermissionDeniedError("Only its creator and admins change a document.")
    return document


def times_attached(caller: Caller, document_id: str) -> Callable[[], int]:
    """Start reading the number of a document's attachments, in parallel to the next reads."""
    return attachment_links.count_ahead(caller.organization_id, document_id)


def of_attachments(organization_id: str, document_ids: Iterable[str]) -> dict[str, Document]:
    """Return the documents that exist among the ids, by id; the calling code checks visibility."""
    return read_many(Document, organization_id, document_ids)


def update(
    transaction: Transaction, caller: Caller, old: Document, body: DocumentReplace
) -> Document:
    """Change a document's title, status or sharing.

    Raises:
        ValidationFailedError: An added team is unknown.
    """
    new = old.changed(caller.user_id, **body.model_dump())
    _save(transaction, new, old)
    return new


def delete(old: Document, times_attached: int) -> None:
    """Delete a document and its attachments. The stream deletes its unreachable files and versions.

    Args:
        old: the document as it was read.
        times_attached: the number of its attachments at that time.

    Raises:
        StaleReadError: The document was changed or attached since it was read.
    """
    transaction = Transaction()
    transaction.delete_record(old)
    if not times_attached:
        attachment_links.require_none(transaction, old.organization_id, old.id)
    transaction.commit()
    if times_attached:
        # The document is deleted even if the rest fails: the stream deletes what is left.
        with suppress(UnavailableError):
            attachment_links.delete_of_document(old.organization_id, old.id)


def replace_file(
    transaction: Transaction, caller: Caller, old: Document, body: Any
) -> tuple[Document, Upload]:
    """Prepare the upload of a new file; the document shows the current file until it arrives.

    Raises:
        UnsupportedMediaTypeError, TooLargeError: The declared file is not accepted.
    """
    upload = files.new_upload(body, caller.user_id)
    changes: dict[str, Any] = {"rejection_reason": None}
    if not old.file_version:
        changes["upload_status"] = "pending"
    new = old.changed(caller.user_id, **changes)
    _save(transaction, new, old)
    return new, files.expect(transaction, new, upload)


def sees_related(caller: Caller, query: DocumentQuery) -> bool:
    """Return whether a query names a record that the caller may see.

    Raises:
        ValidationFailedError: Only one of `related_to_type` and `related_to_id` is given.
    """
    if bool(query.related_to_type) != bool(query.related_to_id):
        raise ValidationFailedError.of("related_to_id", "goes together with related_to_type")
    if not query.related_to_type or not query.related_to_id:
        return False
    record = owned.read_owned(caller.organization_id, query.related_to_type, query.related_to_id)
    return record is not None and owned.may_see(caller, record)


def rows(
    caller: Caller, query: DocumentQuery, entries: Sequence[Item], *, through_record: bool
) -> list[Answer]:
    """Return the rows of a page of `search`.

    A document may change between the reads of the list and of its records, and the text index
    trails: documents that no longer match are left out.
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
    """Return the creators in index items; those of the text index name none."""
    return {one["created_by"] for one in entries if "created_by" in one}


def row_of(caller: Caller, document: Document) -> Answer:
    """Return a document as lists and writes return it."""
    people = members.profiles_for(caller, [document.created_by])
    return row(document, people[document.created_by])


def row(document: Document, creator: Profile) -> Answer:
    """Return a document with its creator, as lists and writes return it."""
    return DocumentRow(
        **{**document.model_dump(), "created_by": creator, "document_file": document.document_file}
    ).model_dump()


def detail(caller: Caller, document: Document) -> Answer:
    """Return a document in full, in the shape of Django-CRM."""
    people, shared_with = together(
        lambda: members.profiles_for(caller, [document.created_by]),
        lambda: teams.summaries(document.organization_id, document.shared_with),
    )
    return DocumentDetail(
        document_obj=DocumentObject(**document.model_dump(), document_file=document.document_file),
        shared_with=shared_with,
        created_by=people[document.created_by],
    ).model_dump()


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


class _Documents(RecordService):
    """The service of documents as records: they have no custom fields."""

    model = Document

    def definitions(self, caller: Caller) -> "Definitions":  # noqa: ARG002
        # Rules and exports ask for it; requests to documents do not load the module.
        from crm.records.custom_fields.definitions import Definitions

        return Definitions([])

    def patch_fields(
        self,
        transaction: Transaction,
        caller: Caller,
        old: Document,
        changes: Fields,
        known: "Definitions",  # noqa: ARG002
    ) -> Document:
        whole = Patch(DocumentReplace, dict(changes)).over(old)
        return update(transaction, caller, old, whole)

    def search(self, caller: Caller, query: DocumentQuery) -> EntryList:
        return search(caller, query, through_record=sees_related(caller, query))

    def export_rows(
        self, caller: Caller, query: DocumentQuery, entries: Sequence[Item]
    ) -> list[Answer]:
        return rows(caller, query, entries, through_record=sees_related(caller, query))

    def check_query(self, caller: Caller, query: DocumentQuery) -> None:
        sees_related(caller, query)


DOCUMENTS = _Documents()
