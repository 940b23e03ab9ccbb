"""An organization with one of everything, and one word in each text that it has."""

from typing import Any

from tests.support.integration.client import (
    Brook,
    File,
    Json,
    Organization,
    Person,
    good,
    made,
    new_id,
    wait_until,
)
from tests.support.integration.imports import begin, ended, let_catch_up, table

SECONDS = 120.0


class Marked:
    """Makes the organization, as its founder.

    Args:
        brook: the API.
        word: stands in every text.
        hook: where its webhooks go; the word is added.
        guest: a member who is in another organization already.
    """

    def __init__(self, brook: Brook, word: str, hook: str, guest: Person | None = None) -> None:
        self.word = word
        self._hook = f"{hook}?{word}"
        self.organization: Organization = brook.found(f"Organization {word}")
        self.founder = self.organization.founder
        self.member = self.organization.join(name=word)
        self.guest = self._guest(brook, guest)
        self.left = self.organization.join(name=f"Left{word}")
        self.made: dict[str, Json] = {}
        self.team = self.organization.team(f"Team {word}", self.member, self.guest)
        self._settings()
        self._entities()
        self._records()
        self._files()
        self._automation()
        self._jobs()
        self._what_goes()
        let_catch_up(self.founder)

    @property
    def id(self) -> str:
        return self.organization.id

    def id_of(self, kind: str) -> str:
        return str(self.made[kind]["id"])

    def _guest(self, brook: Brook, guest: Person | None) -> Person:
        if guest is None:
            return self.organization.join(name="Guest")
        names = {"first_name": "Guest", "last_name": "Brook"}
        made(self.founder.post("/api/members", {"email": guest.email, **names}))
        return brook.person(email=guest.email, organization_id=self.id)

    def _make(self, kind: str, path: str, /, **body: Any) -> None:
        answer = self.founder.post(f"/api/{path}", body, idempotency_key=f"{self.word} {new_id()}")
        self.made[kind] = made(answer)

    def _settings(self) -> None:
        word = self.word
        for record_type in ("entity", "relationship", "deal", "activity", "lead", "case"):
            self._make(
                "custom_field",
                "custom-fields",
                record_type=record_type,
                field_name="told",
                field_label=f"Label {word}",
                field_type="text",
                help_text=f"Help {word}",
            )
        stages = [
            {"name": f"{name} {word}", "probability": chance, "status": status}
            for name, chance, status in (
                ("In", 10, "open"),
                ("On", 50, "open"),
                ("Won", 100, "closed_won"),
            )
        ]
        self._make("pipeline", "pipelines", name=f"Sales {word}", stages=stages)
        self._make("webhook_endpoint", "webhook-endpoints", url=self._hook)

    @property
    def _owned(self) -> Json:
        told = {"told": f"Custom {self.word}"}
        return {
            "assigned_to": self.member.id,
            "shared_with": [self.team],
            "custom_fields": told,
        }

    def _entities(self) -> None:
        word = self.word
        texts = {"legal_name": f"Legal {word}", "note": f"Note {word}"}
        for kind, name in (("entity", "Mills"), ("other", "Works"), ("twin", "Twin")):
            names = {"name": f"{name} {word}", **texts}
            self._make(kind, "entities", type="account", **names, **self._owned)
        for kind in ("entity", "twin"):
            self._parts(kind)
        under = f"entities/{self.id_of('entity')}"
        self._make(
            "relationship",
            f"{under}/relationships",
            to_entity=self.id_of("other"),
            relationship_type=f"owns {word}",
            inverse_type=f"is owned by {word}",
            custom_fields={"told": word},
        )
        merged = {"from": self.id_of("twin")}
        good(self.founder.post(f"/api/{under}/merge", merged))

    def _parts(self, kind: str) -> None:
        word, under = f"{self.word}{kind}", f"entities/{self.id_of(kind)}"
        self._make("identifier", f"{under}/identifiers", type="other", value=f"{word}-1")
        reached = {"channel": "email", "value": f"point@{word}.example.com", "label": word}
        self._make("contact_point", f"{under}/contact-points", **reached, is_primary=True)
        street = {name: f"{name} {word}" for name in ("line1", "line2", "city", "region")}
        self._make("address", f"{under}/addresses", kind="billing", country="DE", **street)

    def _records(self) -> None:
        word, entity = self.word, {"entity_id": self.id_of("entity")}
        stages = [one["id"] for one in self.made["pipeline"]["stages"]]
        deal = {"name": f"Deal {word}", "amount": "10", "expected_close_date": "2027-01-31"}
        self._make("deal", "deals", **deal, **entity, stage_id=stages[0], **self._owned)
        moved = {"stage_id": stages[1], "note": f"Moved {word}"}
        good(self.founder.post(f"/api/deals/{self.id_of('deal')}/move", moved))
        task = {"subject": f"Task {word}", "description": f"Do {word}", "due_date": "2027-01-31"}
        for kind in ("deal", "entity"):
            about = {"related_to_type": kind, "related_to_id": self.id_of(kind)}
            self._make("activity", "activities", type="task", **task, **about)
        for kind in ("lead", "converted"):
            texts = {name: f"{name} {word}" for name in ("first_name", "last_name", "source")}
            texts["email"] = f"{kind}@{word}.example.com"
            self._make(kind, "leads", **texts, organization_name=f"Firm {word}", **self._owned)
        good(self.founder.post(f"/api/leads/{self.id_of('converted')}/convert", {}))
        said = {"name": f"Case {word}", "description": f"About {word}"}
        self._make("case", "cases", **said, **entity, **self._owned)

    def _files(self) -> None:
        word = self.word
        file = File(f"{word}.txt", "text/plain", f"Text of {word}".encode())
        document = self.founder.share(f"Document {word}", self.team, file=file)
        self.made["document"] = document
        again = File(f"{word}-2.txt", "text/plain", f"More of {word}".encode())
        path = f"/api/documents/{document['id']}"
        upload = self.founder.post(f"{path}/file", again.said()).json()["upload"]
        assert self.founder.upload(upload, again.content).status_code == 204
        wait_until(
            lambda: good(self.founder.get(f"{path}/versions")), lambda found: found["count"] == 2
        )
        self.founder.declare(f"Waiting {word}", file)
        for kind in ("entity", "deal", "activity", "lead", "case"):
            self._make(
                "attachment",
                "attachments",
                related_to_type=kind,
                related_to_id=self.id_of(kind),
                document_id=document["id"],
                description=f"Attached {word}",
            )

    def _automation(self) -> None:
        """A rule that tells, calls and puts off; one for deletions; one that waits for a date."""
        word = self.word
        texts = {"subject": f"Subject {word}", "body": f"Body {word}"}
        tell = {"type": "send_notification", "to": "owner", "channel": "in_app", **texts}
        call = {"type": "call_webhook", "url": self._hook}
        note = {"type": "create_activity", "activity_type": "note", "subject": f"Note {word}"}
        later = {**note, "delay": {"days": 2}}
        only = {"field": "last_name", "operator": "contains", "value": "Ruled"}
        rules: list[tuple[str, Json, list[Json]]] = [
            ("lead", {"event": "created"}, [tell, call, later]),
            ("lead", {"event": "deleted"}, [{**tell, "to": self.guest.id}]),
            ("deal", {"event": "date_reached", "field": "expected_close_date"}, [tell]),
        ]
        for number, (record_type, trigger, actions) in enumerate(rules):
            self._make(
                f"rule {number}",
                "workflow-rules",
                name=f"Rule {word}",
                description=f"Rule of {word}",
                record_type=record_type,
                trigger=trigger,
                actions=actions,
                conditions=only if trigger["event"] == "created" else None,
            )
        self._make("ruled", "leads", last_name=f"Ruled {word}", assigned_to=self.guest.id)
        about = {"record_type": "lead", "record_id": self.id_of("ruled")}
        wait_until(
            lambda: good(self.founder.get("/api/workflow-executions", **about))["results"],
            lambda found: any(
                [action["status"] for action in one["actions"]][-1] == "scheduled" for one in found
            ),
            SECONDS,
        )

    def _jobs(self) -> None:
        """An export with its file, and an import whose rows are there, or failed."""
        export = made(
            self.founder.post("/api/exports", {"record_type": "entity", "format": "jsonl"})
        )
        wait_until(
            lambda: good(self.founder.get(f"/api/exports/{export['id']}")),
            lambda one: one["status"] == "succeeded",
            SECONDS,
        )
        rows = [("type", "name"), ("contact", f"Row {self.word}"), ("nothing", self.word)]
        job = ended(self.founder, begin(self.founder, table(rows), on_duplicate="skip"))
        assert (job["created"], job["failed_rows"]) == (1, 1)

    def _what_goes(self) -> None:
        """A member who has left, and records that were deleted while the organization stood."""
        founder = self.founder
        assert founder.delete(f"/api/members/{self.left.id}").status_code == 204
        self._make("gone", "leads", last_name=f"Gone {self.word}", assigned_to=self.member.id)
        let_catch_up(founder)
        assert founder.delete(f"/api/leads/{self.id_of('gone')}").status_code == 204
        executions = f"/api/workflow-rules/{self.id_of('rule 1')}/executions"
        wait_until(
            lambda: good(founder.get(executions))["results"],
            lambda found: [one["status"] for one in found] == ["succeeded"],
            SECONDS,
        )
