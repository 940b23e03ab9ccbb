"""Documents: making, finding, changing and sharing them."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from crm import access, attached, ids
from crm.access import Caller
from crm.documents import files
from crm.documents.schemas import (
    VISIBLE_LIST,
    DocumentCreate,
    DocumentDetail,
    DocumentForm,
    DocumentObject,
    DocumentRow,
    FileDeclaration,
    Status,
    creator_list,
    related_list,
    status_list,
    team_list,
)
from crm.documents.schemas import Document as Document
from crm.documents.schemas import DocumentQuery as DocumentQuery
from crm.documents.schemas import DocumentReplace as DocumentReplace
from crm.documents.schemas import Upload as Upload
from crm.documents.types import is_really as is_really
from crm.documents.types import kind_of as kind_of
from crm.errors import (
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
    ValidationFailedError,
)
from crm.members import service as members
from crm.owned import service as owned
from crm.people import Profile
from crm.search import index
from crm.search.text import fold, matches
from crm.store.codec import Item
from crm.store.lists import HIGHEST, LOWEST, Allowance, EntryList, Intersection, Union
from crm.store.parallel import together
from crm.store.reading import read, read_many, record_ids_of, record_list
from crm.store.transaction import Transaction
from crm.teams import service as teams

STATUSES: tuple[Status, ...] = ("active", "inactive")


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
    if not access.may_see(caller, document) and not (
        document.visibility == "visible" and attached.may_see_through(caller, document_id)
    ):
        raise PermissionDeniedError
    return document


def find_to_change(caller: Caller, document_id: str) -> Document:
    """A document that the caller may change: its creator and admins.

    Raises:
        NotFoundError: the organization has no such document.
        PermissionDeniedError: it is not the caller's to change.
    """
    document = _read(caller, document_id)
    if not access.may_change(caller, document):
        raise PermissionDeniedError("Only its creator and admins change a document.")
    return document


def of_attachments(organization_id: str, document_ids: Iterable[str]) -> dict[str, Document]:
    """The documents that exist among the ids, by id; who may see them is for the caller to ask."""
    return read_many(Document, organization_id, document_ids)


def may_see_on_record(caller: Caller, document: Document) -> bool:
    """Whether a caller may see a document that is attached to a record which they may see."""
    return document.visibility == "visible" or access.may_see(caller, document)


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


def delete(old: Document) -> None:
    """Delete a document and its attachments. Its files and versions, out of reach, go after it.

    Raises:
        StaleReadError: somebody changed it meanwhile.
    """
    transaction = Transaction()
    transaction.remove(old)
    transaction.commit()
    # The document is gone, whatever becomes of the rest: the stream does what is not done here.
    with suppress(UnavailableError):
        attached.sweep(old.organization_id, old.id)


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


def search(caller: Caller, query: DocumentQuery, *, through_record: bool) -> EntryList:
    """The documents that a caller may see, narrowed by filters.

    A list by status costs nothing more than the whole list, because every list is kept by
    status. Other filters are lists of their own, intersected with what the caller may see.

    Args:
        caller: who asks.
        query: the filters.
        through_record: they see the record whose documents they ask for, and so its documents;
            else only what is theirs by name.
    """
    allowance = Allowance()
    between = _between(query)
    statuses = [query.status] if query.status else STATUSES

    def lists(names: Sequence[str]) -> EntryList:
        return Union(
            [
                record_list(Document, caller.organization_id, name, allowance, between)
                for name in names
            ]
        )

    by_status = query.created_by or query.shared_with or not caller.is_admin
    operands: list[EntryList] = []
    if query.created_by:
        operands.append(lists([creator_list(query.created_by, one) for one in statuses]))
    if query.shared_with:
        operands.append(lists(_shared_lists(query.shared_with, query.status)))
    if query.related_to_type and query.related_to_id:
        operands.append(lists([related_list(query.related_to_type, query.related_to_id)]))
    operands += index.lists_of(
        Document, caller.organization_id, query.title or "", allowance, between
    )
    if not caller.is_admin and query.created_by != caller.user_id:
        operands.append(lists(_visible_lists(caller, statuses, through_record=through_record)))
    # A document that has just been deleted is in the list of its record a moment longer.
    if not operands or ((query.status or query.related_to_id) and not by_status):
        operands.append(lists([status_list(one) for one in statuses]))
    return operands[0] if len(operands) == 1 else Intersection(operands)


def rows(
    caller: Caller, query: DocumentQuery, entries: Sequence[Item], *, through_record: bool
) -> list[dict[str, Any]]:
    """The rows of a page of `search`.

    Between the reading of a list and that of its records, and while the text index trails, a
    document may have changed: what no longer belongs on the page is left out.
    """
    sought = fold(query.title or "")
    may_see = may_see_on_record if through_record else access.may_see
    documents, people = together(
        lambda: read_many(Document, caller.organization_id, record_ids_of(entries)),
        lambda: members.profiles(caller.organization_id, _creators(entries)),
    )
    strangers = {one.created_by for one in documents.values()} - people.keys()
    people |= members.profiles(caller.organization_id, strangers)
    return [
        row(one, people[one.created_by])
        for one in documents.values()
        if may_see(caller, one) and matches(fold(one.title), sought)
    ]


def _creators(entries: Sequence[Item]) -> set[str]:
    """Who made the documents of list entries; entries of the text index do not say it."""
    return {one["created_by"] for one in entries if "created_by" in one}


def row_of(document: Document) -> dict[str, Any]:
    """A document as lists and writes answer it."""
    people = members.profiles(document.organization_id, [document.created_by])
    return row(document, people[document.created_by])


def row(document: Document, creator: Profile) -> dict[str, Any]:
    """A document, with who made it, as lists and writes answer it."""
    return DocumentRow(
        **{**document.model_dump(), "created_by": creator, "document_file": document.document_file}
    ).model_dump()


def detail(document: Document) -> dict[str, Any]:
    """A document in full, in the shape that Django-CRM gave it."""
    people, shared_with = together(
        lambda: members.profiles(document.organization_id, [document.created_by]),
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


def _between(query: DocumentQuery) -> tuple[str, str]:
    """The ids between two moments: ids carry their time, so they are the index of dates."""
    lowest = ids.first_id(query.created_after) if query.created_after else LOWEST
    highest = ids.first_id(query.created_before) if query.created_before else HIGHEST
    return lowest, highest


def _shared_lists(team_id: str, status: Status | None) -> list[str]:
    visibilities = {
        None: ("visible", "unavailable", "inactive"),
        "active": ("visible", "unavailable"),
        "inactive": ("inactive",),
    }[status]
    return [team_list(team_id, one) for one in visibilities]


def _visible_lists(
    caller: Caller, statuses: Sequence[Status], *, through_record: bool
) -> list[str]:
    own = [creator_list(caller.user_id, one) for one in statuses]
    if "active" not in statuses:
        return own
    if through_record:
        return [*own, VISIBLE_LIST]
    return [*own, *(team_list(team, "visible") for team in sorted(caller.teams))]
