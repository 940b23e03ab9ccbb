"""Documents, the files that arrive for them, and the records that they are attached to."""

import hashlib
from typing import Any

from tests.assurance.model.acts import Act, Json
from tests.assurance.model.state import (
    FORBIDDEN,
    INVALID,
    MISSING,
    Attachment,
    Document,
    Fields,
    Place,
    Record,
    Refusals,
    State,
)
from tests.assurance.model.witness import Witness

PATH, ATTACHMENTS = "/api/documents", "/api/attachments"

CONTENTS, OTHER_CONTENT = (b"text", b"second", b"third"), b"?"
"""Declared file types, and an undeclared one."""

STALE = (412, "version_conflict")
ATTACHED = (409, "duplicate")


def create(state: State, witness: Witness, who: str, body: Fields) -> Act:
    """Make a document that waits for its file."""
    content = CONTENTS[0]
    fields: Fields = {
        "status": "active",
        "shared_with": [],
        "upload_status": "pending",
        "rejection_reason": None,
        **_shown(content),
        **body,
    }

    def effect(answer: Json) -> None:
        document = Document(answer["id"], fields, [who], kind="document")
        fields["document_file"] = f"{document.path}/file"
        state.documents[document.id] = document
        _await(state, document, who, content, answer)
        document.check(answer)

    return Act(
        who,
        "POST",
        PATH,
        {**body, "file": _declared(content)},
        201,
        _of_teams(state, fields, []),
        effect,
        lambda: witness.newest(PATH, {*state.documents, *state.gone}),
        is_keyed=True,
    )


def change(
    state: State,
    witness: Witness,
    who: str,
    document: Document,
    body: Fields,
    *,
    whole: bool,
    if_match: int | None,
) -> Act:
    """Change a document in part, or as a whole."""
    own = {name: document.fields[name] for name in ("title", "status", "shared_with")}
    fields, version = {**own, **body}, document.version

    def effect(answer: Json) -> None:
        document.write(who, **fields)
        document.check(answer)

    return Act(
        who,
        "PUT" if whole else "PATCH",
        document.path,
        fields if whole else body,
        200,
        _access(state, who, document, if_match)
        or _of_teams(state, fields, document.fields["shared_with"]),
        effect,
        lambda: _changed(witness, document, version),
        if_match=if_match,
    )


def delete(
    state: State, witness: Witness, who: str, document: Document, if_match: int | None
) -> Act:
    """Delete a document, which takes it off all records."""

    def effect(_: Json) -> None:
        del state.documents[document.id]
        state.gone.add(document.id)
        for one in state.attached(document=document):
            state.detach(one)

    return Act(
        who,
        "DELETE",
        document.path,
        None,
        204,
        _access(state, who, document, if_match),
        effect,
        lambda: witness.gone(document.path),
        if_match=if_match,
        follows=True,
    )


def renew(state: State, witness: Witness, who: str, document: Document, content: bytes) -> Act:
    """Expect another file for a document, which shows the present one until that is there."""
    version = document.version

    def effect(answer: Json) -> None:
        document.write(who, rejection_reason=None)
        if not document.files:
            document.fields["upload_status"] = "pending"
        _await(state, document, who, content, answer)
        document.check(answer)

    return Act(
        who,
        "POST",
        f"{document.path}/file",
        _declared(content),
        201,
        _access(state, who, document, None),
        effect,
        lambda: _changed(witness, document, version),
        is_keyed=True,
    )


def arrived(state: State, place: Place, *, is_right: bool) -> None:
    """The file of a document has been looked at; it counts once."""
    document = state.documents.get(place.document_id)
    if document is None:
        return
    if is_right:
        document.files.append(place.content)
        shown = {**_shown(place.content), "upload_status": "available"}
        document.write(place.by, rejection_reason=None, **shown)
        return
    sizes = f"{len(OTHER_CONTENT)} bytes, not the declared {len(place.content)}"
    document.write(place.by, rejection_reason=f"The file has {sizes}.")
    if not document.files:
        document.fields["upload_status"] = "rejected"


def attach(state: State, witness: Witness, who: str, record: Record, document: Document) -> Act:
    """Attach a document to a record."""
    fields: Fields = {
        "related_to_type": record.kind,
        "related_to_id": record.id,
        "document_id": document.id,
    }

    def effect(answer: Json) -> None:
        one = Attachment(answer["id"], {**fields, "description": None, "uploaded_by": who}, [who])
        state.attachments[one.id] = one
        one.check(answer)

    def look() -> Json | None:
        known = {*state.attachments, *state.gone}
        unknown = [one for one in attachments_of(witness, record) if one["id"] not in known]
        assert len(unknown) <= 1, f"{len(unknown)} came of one request"
        return unknown[0] if unknown else None

    return Act(
        who,
        "POST",
        ATTACHMENTS,
        fields,
        201,
        _of_attachment(state, who, record, document),
        effect,
        look,
        is_keyed=True,
    )


def detach(state: State, witness: Witness, who: str, one: Attachment) -> Act:
    """Take a document off a record."""
    path = f"{ATTACHMENTS}/{one.id}"
    record = state.find(*one.target)
    is_allowed = record is not None and state.changes(who, record)
    return Act(
        who,
        "DELETE",
        path,
        None,
        204,
        set() if is_allowed else {FORBIDDEN if record else MISSING},
        lambda _: state.detach(one),
        lambda: witness.gone(path),
    )


def attachments_of(witness: Witness, record: Record) -> list[Any]:
    """All that is attached to a record, as it is answered."""
    query = f"related_to_type={record.kind}&related_to_id={record.id}&limit=100"
    return witness.rows(f"{ATTACHMENTS}?{query}")


def retarget(state: State, who: str, old: tuple[str, str], new: tuple[str, str]) -> None:
    """Let what is attached to one record be attached to another; each document is once."""
    there = {one.fields["document_id"] for one in state.attachments.values() if one.target == new}
    for one in [each for each in state.attachments.values() if each.target == old]:
        if one.fields["document_id"] in there:
            state.detach(one)
        else:
            one.write(who, related_to_type=new[0], related_to_id=new[1])


def _declared(content: bytes) -> Fields:
    """A file as a client declares it."""
    shown = _shown(content)
    return {"name": shown.pop("file_name"), **shown}


def _shown(content: bytes) -> Fields:
    """A file as its document shows it."""
    return {
        "file_name": f"{content.decode()}.txt",
        "content_type": "text/plain",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _await(state: State, document: Document, who: str, content: bytes, answer: Json) -> None:
    """Remember where a file may be uploaded, if anybody was told."""
    if "upload" in answer:
        key = answer["upload"]["fields"]["key"]
        state.uploads.append(Place(document.id, key, who, content))


def _of_attachment(state: State, who: str, record: Record, document: Document) -> Refusals:
    if not state.sees(who, record):
        return {INVALID}
    if not state.changes(who, record):
        return {FORBIDDEN}
    if not state.sees_document(who, document):
        return {INVALID}
    attached = {one.fields["document_id"] for one in state.attached(record=record)}
    return {ATTACHED} if document.id in attached else set()


def _access(state: State, who: str, document: Document, if_match: int | None) -> Refusals:
    if who != document.creator and not state.is_admin(who):
        return {FORBIDDEN}
    return {STALE} if if_match not in {None, document.version} else set()


def _of_teams(state: State, fields: Fields, before: list[str]) -> Refusals:
    are_known = all(one in before or one in state.teams for one in fields["shared_with"])
    return set() if are_known else {INVALID}


def is_changed(witness: Witness, document: Document) -> bool:
    """Whether a document is at the version after the one that is known."""
    return _changed(witness, document, document.version) is not None


def _changed(witness: Witness, document: Document, version: int) -> Any:
    """A document if it is at the version after this one; None if it is at this one."""
    found = witness.one(document.path)
    assert found is not None, f"{document.path} has gone"
    shown = found["document_obj"]
    assert shown["version"] in {version, version + 1}, "one request, several versions"
    return shown if shown["version"] == version + 1 else None
