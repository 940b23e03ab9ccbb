"""The lists and unique values of attachments."""

from crm.related.documents.attachment_schemas import Attachment, AttachmentAnswer
from crm.related.documents.schemas import related_list

ID, DOCUMENT, ENTITY = (f"01a1ffdb-0000-7000-8000-00000000001{n}" for n in range(3))


def attachment(**fields: str) -> Attachment:
    whole = {
        "id": ID,
        "related_to_type": "entity",
        "related_to_id": ENTITY,
        "document_id": DOCUMENT,
        "uploaded_by": "carl",
        **fields,
    }
    return Attachment.create("org", "carl", **whole)


def test_it_is_found_by_its_record_and_by_its_document() -> None:
    assert attachment().index_entries() == {
        f"related#entity#{ENTITY}": ID,
        f"document#{DOCUMENT}": ID,
    }


def test_its_entries_say_what_it_is_on() -> None:
    """Visibility of a document through its records is decided without reading the attachments."""
    assert Attachment.entry_attributes == ("related_to_type", "related_to_id", "document_id")
    assert attachment().target == ("entity", ENTITY)


def test_a_document_hangs_on_a_record_once() -> None:
    same, *others = (
        attachment(),
        attachment(document_id=ID),
        attachment(related_to_type="deal"),
        attachment(related_to_id=ID),
    )
    assert same.unique_constraints() == attachment(id=ENTITY).unique_constraints()
    assert all(one.unique_constraints() != same.unique_constraints() for one in others)


def test_the_documents_of_a_record_have_a_list_of_their_own() -> None:
    assert related_list("entity", ENTITY) == f"related#entity#{ENTITY}"


def test_an_answer_shows_no_organization() -> None:
    answer = AttachmentAnswer(**attachment().model_dump(), document=None).answer()
    assert "organization_id" not in answer
    assert answer["document"] is None
