"""Files on records as one story, over HTTP: uploaded, seen through the record, taken off again."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local.process import StackProcess
from tests.support.integration.client import (
    PDF,
    Brook,
    File,
    Json,
    Person,
    good,
    made,
    refused,
    wait_until,
)

OFFER = File("offer.pdf", "application/pdf", PDF)


@dataclass(frozen=True)
class Deal:
    """A deal of Ada's that Bea's team sees, and Cleo does not."""

    ada: Person
    bea: Person
    cleo: Person
    id: str

    @property
    def about(self) -> dict[str, str]:
        return {"related_to_type": "deal", "related_to_id": self.id}

    def attach(self, person: Person | None = None) -> Json:
        """A new file, uploaded and found to be what it was declared as."""
        by = person or self.ada
        attached = made(by.post("/api/attachments", {**self.about, "file": OFFER.said()}))
        assert by.upload(attached["upload"], OFFER.content).status_code in {200, 201, 204}
        assert by.settled(attached["document_id"])["upload_status"] == "available"
        return attached


@pytest.fixture
def deal(stack: StackProcess) -> Iterator[Deal]:
    with Brook(stack) as brook:
        organization = brook.found("Acme")
        ada = organization.join(name="Ada")
        bea, cleo = (organization.join(name=name) for name in ("Bea", "Cleo"))
        team = organization.team("Sales", bea)
        entity = made(ada.post("/api/entities", {"type": "account", "name": "Mills"}))["id"]
        body = {"name": "Mill", "entity_id": entity, "shared_with": [team]}
        yield Deal(ada, bea, cleo, made(ada.post("/api/deals", body))["id"])


def test_whoever_sees_the_record_sees_the_file(deal: Deal) -> None:
    attached = deal.attach()
    document = f"/api/documents/{attached['document_id']}"
    assert deal.bea.download(f"{document}/file").content == OFFER.content
    assert good(deal.bea.get(document))["document_obj"]["title"] == "offer.pdf"
    [row] = good(deal.bea.get("/api/attachments", **deal.about))["results"]
    assert (row["id"], row["document"]["upload_status"]) == (attached["id"], "available")
    assert deal.bea.ids(**deal.about) == [attached["document_id"]]
    assert deal.bea.ids() == []
    [item] = good(deal.bea.get("/api/timeline", **deal.about, type="attachment"))["results"]
    assert (item["title"], item["by"]) == ("offer.pdf", deal.ada.id)
    for path in (document, f"{document}/file", f"{document}/versions"):
        refused(deal.cleo.get(path), 403, "permission_denied")
    assert deal.cleo.ids(**deal.about) == []
    refused(deal.cleo.get("/api/attachments", **deal.about), 403, "permission_denied")

    good(deal.ada.patch(document, {"status": "inactive"}))
    refused(deal.bea.get(document), 403, "permission_denied")
    assert deal.bea.ids(**deal.about) == []
    assert good(deal.bea.get("/api/attachments", **deal.about))["results"][0]["document"] is None
    good(deal.ada.patch(document, {"status": "active"}))
    assert deal.bea.download(f"{document}/file").content == OFFER.content

    assert deal.bea.delete(f"/api/attachments/{attached['id']}").status_code == 204
    refused(deal.bea.get(document), 403, "permission_denied")
    assert deal.ada.download(f"{document}/file").content == OFFER.content


def test_through_an_activity_on_the_record(deal: Deal) -> None:
    task = made(deal.ada.post("/api/activities", {"type": "task", "subject": "x", **deal.about}))
    about = {"related_to_type": "activity", "related_to_id": task["id"]}
    attached = made(deal.ada.post("/api/attachments", {**about, "file": OFFER.said()}))
    deal.ada.upload(attached["upload"], OFFER.content)
    deal.ada.settled(attached["document_id"])
    path = f"/api/documents/{attached['document_id']}"
    assert deal.bea.download(f"{path}/file").content == OFFER.content
    refused(deal.cleo.get(path), 403, "permission_denied")
    assert deal.ada.delete(f"/api/activities/{task['id']}").status_code == 204
    refused(deal.ada.get(path), 404, "not_found")


def test_with_the_record_goes_what_was_made_for_it(stack: StackProcess, deal: Deal) -> None:
    attached = deal.attach()
    shared = deal.ada.share("Price list")
    made(deal.ada.post("/api/attachments", {**deal.about, "document_id": shared["id"]}))
    assert deal.ada.delete(f"/api/deals/{deal.id}").status_code == 204
    refused(deal.ada.get(f"/api/documents/{attached['document_id']}"), 404, "not_found")
    refused(deal.ada.get(f"/api/attachments/{attached['id']}"), 404, "not_found")
    assert deal.ada.ids() == [shared["id"]]
    bucket = stack.client("s3")

    def stored() -> int:
        found = bucket.list_objects_v2(Bucket=stack.outputs["Bucket"])
        return sum(attached["document_id"] in one["Key"] for one in found.get("Contents", []))

    wait_until(stored, lambda count: count == 0)
