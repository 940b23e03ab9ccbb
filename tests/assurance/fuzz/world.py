"""An organization with two of everything, over HTTP, for requests to be about."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.assurance.fuzz import recipes
from tests.functions.generated import places
from tests.functions.generated.document import operations
from tests.support.integration import imports
from tests.support.integration.client import Brook, Json, Person, good, made, wait_until

KEPT = 12
"""Records of a kind that are remembered; the oldest are forgotten first."""

LEAST = 2
"""Records of a kind that there should be before an operation is tried."""

FOLLOWING = 60.0
"""Seconds in which the stream and the jobs have done what follows."""


@dataclass(frozen=True)
class Record:
    """Something that there is.

    Attributes:
        path: where.
        parameters: the ids in its path, by their names in the document.
        body: what was answered of it.
    """

    path: str
    parameters: Mapping[str, str]
    body: Json


@cache
def templates() -> Mapping[str, str]:
    """The path of one thing of each kind, as the document writes it."""
    found = {}
    for operation in operations():
        for one in operation.among("path"):
            before, name, _ = operation.path.partition(f"{{{one['name']}}}")
            found[places.path_kind(operation, one["name"])] = before + name
    return found


def parameters(template: str, path: str) -> dict[str, str] | None:
    """The values in a path; None if the template is not that of the path."""
    asked, given = template.split("/"), path.rstrip("/").split("/")
    pairs = list(zip(asked, given, strict=False))
    fits = len(asked) == len(given) and all(a == g or a[:1] == "{" for a, g in pairs)
    return {a.strip("{}"): g for a, g in pairs if a[:1] == "{"} if fits else None


@dataclass
class World:
    """One organization and its people.

    Attributes:
        brook: the API.
        random: what choices are made by.
        admin: its founder.
        member: a member of its team.
        records: what there is, by kind, the newest last.
        pages: the query of a page that follows another, by operation.
        stages: ids of the stages that deals are in unless they say otherwise.
    """

    brook: Brook
    random: random.Random
    admin: Person
    member: Person
    records: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    pages: dict[str, dict[str, str]] = field(default_factory=dict)
    stages: list[str] = field(default_factory=list)

    @classmethod
    def found(cls, brook: Brook, seed: int) -> "World":
        """A new organization with everything in it."""
        organization = brook.found("Fuzzed")
        member = organization.join("member", "Member")
        chance = random.Random(seed)
        world = cls(brook, chance, organization.founder, member)
        [sales] = good(world.admin.get("/api/pipelines"))["results"]
        world.stages = [str(one["id"]) for one in sales["stages"]]
        for kind in recipes.RECIPES:
            for _ in range(LEAST):
                world.make(kind)
        world._automate()
        world._store()
        world._follow()
        world.note(f"/api/organizations/{organization.id}", {"id": organization.id})
        return world

    @property
    def id(self) -> str:
        return str(self.admin.organization_id)

    def stands(self) -> bool:
        """Whether its admin and its member still are."""
        answers = [one.get("/api/me") for one in (self.admin, self.member)]
        if {one.status_code for one in answers} != {200}:
            return False
        return [one.json()["role"] for one in answers] == ["admin", "member"]

    def choose(self, kind: str) -> Record | None:
        """One of a kind, if there is one."""
        found = self.records[kind]
        return self.random.choice(found) if found else None

    def at(self, kind: str, path: str) -> Record | None:
        """The one of a kind at a path."""
        return next((one for one in self.records[kind] if one.path == path), None)

    def record(self, kind: str) -> Json:
        found = self.choose(kind)
        assert found, f"there is no {kind}"
        return found.body

    def id_of(self, kind: str) -> str:
        """The id of one of a kind; of people, also of those who send."""
        if kind == "user":
            known = [str(one.body["id"]) for one in self.records[kind]]
            return self.random.choice([self.admin.id, self.member.id, *known])
        return str(self.record(kind)["id"])

    def make(self, kind: str) -> str:
        """The id of a new one."""
        collection = templates()[kind].rpartition("/")[0]
        owner = self._owner(collection)
        path = collection.format(**owner.parameters if owner else {})
        one = made(self.admin.post(path, recipes.RECIPES[kind](self)))
        self.note(f"{path}/{one['id']}", one)
        return str(one["id"])

    def note(self, path: str, body: Json) -> None:
        """Remember what there is."""
        for kind, template in templates().items():
            found = parameters(template, path)
            if found is not None:
                kept = [one for one in self.records[kind] if one.path != path]
                self.records[kind] = [*kept, Record(path, found, body)][-KEPT:]

    def forget_if_known(self, path: str) -> None:
        """The expected content at a path."""
        if any(one.path == path.rstrip("/") for found in self.records.values() for one in found):
            self.forget(path)

    def forget(self, path: str) -> None:
        """Delete a record and its child items from the expected content."""
        for kind, found in self.records.items():
            under = f"{path.rstrip('/')}/"
            self.records[kind] = [one for one in found if not f"{one.path}/".startswith(under)]

    def refill(self) -> None:
        """Make what has become rare."""
        for kind in recipes.RECIPES:
            while len(self.records[kind]) < LEAST:
                self.make(kind)

    def _owner(self, collection: str) -> Record | None:
        """Return the parent of a child item; None for other records."""
        owners = [kind for kind, one in templates().items() if collection.startswith(f"{one}/")]
        return self.choose(owners[0]) if owners else None

    def _automate(self) -> None:
        """Rules that have done something, and one that could not."""
        self.note_made("/api/workflow-rules", recipes.failing_rule(self))
        for name in (recipes.TELLING, recipes.FAILING):
            self.note_made("/api/cases", {"name": name})

    def note_made(self, path: str, body: Json) -> None:
        one = made(self.admin.post(path, body))
        self.note(f"{path}/{one['id']}", one)

    def _store(self) -> None:
        """A document with its file, and an import with a row that fails."""
        one = self.admin.share("Stored")
        self.note(f"/api/documents/{one['id']}", one)
        self.note(f"/api/documents/{one['id']}/versions/1", {"id": "1"})
        rows = imports.table([("type", "name"), ("account", "Row"), ("nothing", "Fault")])
        self._failed = imports.begin(self.admin, rows)

    def _follow(self) -> None:
        """Wait for what rules and jobs make."""
        failed = imports.ended(self.admin, self._failed)
        self.note(f"/api/imports/{self._failed}", failed)
        for kind, path, ready in self._awaited():
            collection = templates()[kind].rpartition("/")[0]
            rows = wait_until(
                lambda path=path: good(self.admin.get(path))["results"],
                ready,
                FOLLOWING,
            )
            for row in rows:
                self.note(f"{collection}/{row['id']}", row)

    def _awaited(self) -> Iterator[tuple[str, str, Any]]:
        """The kind, where it is listed, and what must be true of the list."""
        for one in self.records["workflow_rule"]:
            if one.body["conditions"]:
                yield "workflow_execution", f"{one.path}/executions", _have_ended
        yield "notification", "/api/notifications", bool
        yield "export", "/api/exports", lambda rows: any(one["file"] for one in rows)
        for one in self.records["webhook_endpoint"]:
            if one.body["url"] == self._called():
                yield "webhook_delivery", f"{one.path}/deliveries", bool

    def _called(self) -> str:
        """The endpoint that the first rule calls."""
        rule = self.records["workflow_rule"][0].body
        return str(rule["actions"][1]["url"])


def _have_ended(rows: list[Json]) -> bool:
    return bool(rows) and all(one["finished_on"] for one in rows)
