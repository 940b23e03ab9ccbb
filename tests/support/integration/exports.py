"""Exports, and what is in them."""

import io
import zipfile
from dataclasses import dataclass
from typing import Any, Self

from tests.support.integration.client import (
    PDF,
    TEXT,
    Brook,
    File,
    Json,
    Person,
    good,
    made,
    wait_until,
)
from tests.support.integration.imports import SECONDS, begin, ended


@dataclass(frozen=True)
class Whole:
    """An organization that has something to export.

    Attributes:
        admin: its founder.
        user: owns what is in it.
        entity: id of the account, Mills.
        deal: id of the deal, which was Big and is Bigger.
        plan: id of the document that is attached to the deal, a PDF.
        notes: id of the document that is shared, a text.
    """

    admin: Person
    user: Person
    entity: str
    deal: str
    plan: str
    notes: str

    @classmethod
    def made(cls, brook: Brook) -> Self:
        organization = brook.found()
        ada, bea = organization.founder, organization.join(name="Bea")
        team = organization.team("Sales", bea)
        entity = made(bea.post("/api/entities", {"type": "account", "name": "Mills"}))["id"]
        terms = {"name": "Big", "entity_id": entity, "amount": "12.50"}
        deal = made(bea.post("/api/deals", terms))["id"]
        about = {"related_to_type": "deal", "related_to_id": deal}
        made(bea.post("/api/activities", {"type": "note", "subject": "Called", **about}))
        plan = File("plan.pdf", "application/pdf", PDF)
        attached = made(bea.post("/api/attachments", {**about, "file": plan.said()}))
        assert bea.upload(attached["upload"], PDF).status_code == 204
        bea.settled(attached["document_id"])
        notes = bea.share("Notes", team, file=TEXT)["id"]
        good(ada.patch(f"/api/deals/{deal}", {"name": "Bigger"}))
        wait_until(lambda: good(ada.get(f"/api/deals/{deal}/history"))["count"], lambda n: n == 2)
        return cls(ada, bea, entity, deal, attached["document_id"], notes)

    def taken_in(self, content: bytes) -> Person:
        """Its archive is imported into an organization of the same founder's, which is answered."""
        again = made(self.admin.at(None).post("/api/organizations", {"name": "Copy"}))["id"]
        copy, archive = self.admin.at(again), File("all.zip", "application/zip", content)
        job = ended(copy, begin(copy, archive, "organization"))
        assert (job["status"], job["error"]) == ("succeeded", None)
        return copy

    def stands(self, user: Person) -> None:
        """A user sees it as it was made."""
        assert good(user.get(f"/api/deals/{self.deal}"))["name"] == "Bigger"
        assert good(user.get(f"/api/entities/{self.entity}"))["name"] == "Mills"
        assert user.download(f"/api/documents/{self.plan}/file").content == PDF
        assert user.download(f"/api/documents/{self.notes}/file").content == TEXT.content
        wait_until(lambda: user.ids("/api/deals", name="bigg"), lambda ids: ids == [self.deal])


def exported(who: Person, record_type: str, file_format: str, **filters: Any) -> tuple[Json, bytes]:
    """An export that is done, and its file."""
    body = {"record_type": record_type, "format": file_format, "filters": filters}
    path = f"/api/exports/{made(who.post('/api/exports', body))['id']}"
    job = wait_until(
        lambda: good(who.get(path)),
        lambda one: one["status"] not in {"pending", "running"},
        SECONDS,
    )
    assert (job["status"], job["error"]) == ("succeeded", None)
    answer = who.download(job["file"])
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert len(answer.content) == job["size"]
    return job, answer.content


def pieces(content: bytes) -> dict[str, bytes]:
    """Return the comparable content of an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            name: archive.read(name)
            for name in archive.namelist()
            if name not in {"manifest.json", "organization.json"}
        }
