"""The organizations in which requests are measured, made by requests."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.functions import Deployment, Event
from benchmarks.requests import Client
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
    """

    deployment: Deployment
    stack: StackProcess
    organization_id: str
    people: Sequence[str]
    teams: Sequence[str]
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

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
