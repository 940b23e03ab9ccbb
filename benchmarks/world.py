"""The organizations in which requests are measured, made by requests."""

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from benchmarks.functions import Deployment, Event
from benchmarks.requests import Client
from crm.platform import clock
from local.process import StackProcess

FILE = ("terms.txt", "text/plain", b"The terms of the offer.\n" * 40)
DECLARATION = {"name": "terms.pdf", "content_type": "application/pdf", "size": 48_000}
PEOPLE = ("Ada", "Ben", "Mia", "Max", "Zoe")


@dataclass(frozen=True)
class World:
    """One organization. Its first person is its admin; its second, a member, is in every team.

    Attributes:
        deployment: answers requests.
        stack: for what no request can do.
        organization_id: the organization.
        people: user ids.
        teams: team ids.
        busy_deal: the deal that all seeded activities are about; none where nothing is seeded.
        busy_entity: the entity that all seeded deals and cases are of.
    """

    deployment: Deployment
    stack: StackProcess
    organization_id: str
    people: Sequence[str]
    teams: Sequence[str]
    busy_deal: str = ""
    busy_entity: str = ""
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _beside: dict[str, "World"] = field(default_factory=dict)

    @property
    def admin(self) -> Client:
        return Client(self.people[0], self.organization_id)

    @property
    def member(self) -> Client:
        return Client(self.people[1], self.organization_id)

    def name(self, what: str) -> str:
        """A name that nothing has yet, always of the same length."""
        return f"{what} {next(self._numbers):06d}"

    def send(self, event: Event) -> dict[str, Any]:
        """The JSON answer to a request that only prepares what is measured."""
        body = self.deployment.call(event).get("body")
        answer: dict[str, Any] = json.loads(body) if body else {}
        return answer

    def document(self, client: Client | None = None, *, teams: int = 2) -> str:
        """A new document with its file, shared with so many teams."""
        shared = [("shared_with", team) for team in self.teams[:teams]]
        title = ("title", self.name("Quarterly report"))
        form = (client or self.admin).form("/api/documents", [title, *shared], FILE)
        return str(self.send(form)["id"])

    def entity(self, name: str = "Northern Mills", *, teams: int = 2) -> str:
        """A new account, shared with so many teams."""
        body = {"type": "account", "name": self.name(name), "shared_with": self.teams[:teams]}
        return str(self.send(self.admin.post("/api/entities", body))["id"])

    def part(self, collection: str, entity: str | None = None, **fields: Any) -> str:
        """The path of a new part of an entity, a new one unless it is given."""
        path = f"/api/entities/{entity or self.entity()}/{collection}"
        body = {**self.part_body(collection), **fields}
        return f"{path}/{self.send(self.admin.post(path, body))['id']}"

    def part_body(self, collection: str) -> dict[str, Any]:
        """What is written of a part; nothing has its value yet."""
        if collection == "identifiers":
            return {"type": "vat", "value": self.name("DE")}
        if collection == "contact-points":
            return {"channel": "email", "value": f"{self.name('a').replace(' ', '-')}@example.com"}
        if collection == "addresses":
            return {"kind": "office", "line1": self.name("Main St"), "city": "X", "country": "DE"}
        return {"to_entity": self.entity("Other end"), "relationship_type": "owns"}

    def custom_field(self, record_type: str = "lead") -> str:
        """A new custom field: of leads, so that entities stay as they are."""
        body = self.custom_field_body(record_type)
        return str(self.send(self.admin.post("/api/custom-fields", body))["id"])

    def custom_field_body(self, record_type: str = "lead") -> dict[str, Any]:
        """What is written of a custom field; the last one made goes for it."""
        self.clear("/api/custom-fields")
        name = self.name("field").replace(" ", "_")
        return {
            "record_type": record_type,
            "field_name": name,
            "field_label": "Budget",
            "field_type": "number",
        }

    @cached_property
    def sales(self) -> dict[str, Any]:
        """The pipeline that the organization began with, as it is answered."""
        pipelines = self.send(self.admin.get("/api/pipelines", limit="100"))["results"]
        oldest: dict[str, Any] = pipelines[-1]
        return oldest

    def stage(self, number: int) -> str:
        """A stage of that pipeline: four are open, then one is won and one is lost."""
        return str(self.sales["stages"][number]["id"])

    def pipeline(self) -> dict[str, Any]:
        """A new pipeline."""
        return self.send(self.admin.post("/api/pipelines", self.pipeline_body()))

    def pipeline_body(self) -> dict[str, Any]:
        """What is written of a pipeline of six stages; the last one made goes for it."""
        self.clear("/api/pipelines", self.sales["id"])
        stages = [
            {"name": f"Stage {number}", "probability": number * 10, "status": status}
            for number, status in enumerate([*["open"] * 4, "closed_won", "closed_lost"])
        ]
        return {"name": self.name("Way"), "stages": stages}

    def deal(self, **fields: Any) -> str:
        """A new deal, shared with two teams."""
        return str(self.send(self.admin.post("/api/deals", self.deal_body(**fields)))["id"])

    def deal_body(self, **fields: Any) -> dict[str, Any]:
        """What is written of a deal of a new entity, unless `entity_id` says of which."""
        return {
            "name": self.name("Spring order"),
            "amount": "1250.50",
            "entity_id": fields.get("entity_id") or self.entity(),
            "expected_close_date": (clock.now().date() + timedelta(days=40)).isoformat(),
            "shared_with": self.teams[:2],
            **fields,
        }

    def lead(self, **fields: Any) -> str:
        """A new lead, shared with two teams."""
        return str(self.send(self.admin.post("/api/leads", self.lead_body(**fields)))["id"])

    def lead_body(self, **fields: Any) -> dict[str, Any]:
        """What is written of a lead of an organization that nobody knows."""
        return {
            "first_name": "Grace",
            "last_name": self.name("Hopper"),
            "organization_name": self.name("Navy"),
            "email": "grace@example.com",
            "phone": "+442071838750",
            "amount": "1250.50",
            "shared_with": self.teams[:2],
            **fields,
        }

    def case(self, **fields: Any) -> str:
        """A new case, shared with two teams."""
        return str(self.send(self.admin.post("/api/cases", self.case_body(**fields)))["id"])

    def case_body(self, **fields: Any) -> dict[str, Any]:
        """What is written of a case of a new entity, unless `entity_id` says of which."""
        return {
            "name": self.name("It smokes"),
            "entity_id": fields.get("entity_id") or self.entity(),
            "shared_with": self.teams[:2],
            **fields,
        }

    def activity(self, **fields: Any) -> str:
        """A new task."""
        return str(self.send(self.admin.post("/api/activities", self.task_body(**fields)))["id"])

    def task_body(self, **fields: Any) -> dict[str, Any]:
        """What is written of a task, about nothing unless it says about what."""
        due = (clock.now().date() + timedelta(days=7)).isoformat()
        return {"type": "task", "subject": self.name("Call back"), "due_date": due, **fields}

    def attachment(self, deal: str | None = None) -> str:
        """A new attachment of a new document to a deal, a new one unless it is given."""
        body = self.attachment_body(deal)
        return str(self.send(self.admin.post("/api/attachments", body))["id"])

    def attachment_body(self, deal: str | None = None) -> dict[str, Any]:
        return {
            "related_to_type": "deal",
            "related_to_id": deal or self.deal(),
            "document_id": self.document(),
        }

    def elsewhere(self) -> "World":
        """A new organization of the same admin, who is alone in it."""
        made = self.send(self.admin.post("/api/organizations", {"name": self.name("Elsewhere")}))
        there = replace(self, organization_id=str(made["id"]), _beside={})
        return replace(there, people=self.people[:1], teams=[])

    def beside(self, name: str, prepare: Callable[["World"], object]) -> "World":
        """An organization like that of `elsewhere`, which is kept under a name of its own."""
        if name not in self._beside:
            there = self.elsewhere()
            prepare(there)
            self._beside[name] = there
        return self._beside[name]

    def team(self) -> str:
        """A new team of two."""
        body = {"name": self.name("Team"), "users": list(self.people[2:4])}
        return str(self.send(self.admin.post("/api/teams", body))["id"])

    def invitation(self) -> dict[str, str]:
        """Somebody whom nobody knows yet."""
        email = self.name("guest").replace(" ", "-") + "@example.com"
        return {"email": email, "first_name": "Noa", "last_name": "Guest", "role": "member"}

    def guest(self) -> str:
        """A new member."""
        return str(self.send(self.admin.post("/api/members", self.invitation()))["id"])

    def clear(self, path: str, *kept: str) -> None:
        """Delete what a list holds: an organization may have only so much of it."""
        for one in self.send(self.admin.get(path, limit="100"))["results"]:
            if one["id"] not in kept:
                self.send(self.admin.delete(f"{path}/{one['id']}"))


def found(deployment: Deployment, stack: StackProcess, name: str, *, teams: int) -> World:
    """Found an organization with five people and some teams.

    Args:
        deployment: answers the requests that make it.
        stack: its user pool knows the people.
        name: the organization's name.
        teams: how many; the member is in each of them, one more person too.
    """
    people = [stack.user_id(_email(person)) for person in PEOPLE]
    founder = Client(people[0])
    made = deployment.call(founder.post("/api/organizations", {"name": name}))
    admin = Client(people[0], json.loads(made["body"])["id"])
    for person in PEOPLE[1:]:
        invitation = {"email": _email(person), "first_name": person, "last_name": "Example"}
        deployment.call(admin.post("/api/members", invitation))
    team_ids = [_team(deployment, admin, f"Team {n}", people[1:3]) for n in range(teams)]
    return World(deployment, stack, str(admin.organization_id), people, team_ids)


def _team(deployment: Deployment, admin: Client, name: str, users: Sequence[str]) -> str:
    made = deployment.call(admin.post("/api/teams", {"name": name, "users": list(users)}))
    return str(json.loads(made["body"])["id"])


def _email(person: str) -> str:
    return f"{person.lower()}@example.com"
