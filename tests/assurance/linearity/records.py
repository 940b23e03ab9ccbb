"""Histories of one record: entities, deals, activities, teams and their users, documents."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.assurance.linearity import crowd, register
from tests.assurance.linearity.checker import order
from tests.assurance.linearity.histories import History
from tests.assurance.linearity.register import Answered, Asked, Fields, Maybe, Method, Record
from tests.support.integration.client import TEXT, Json, Organization, Person, good, made, new_id

METHODS: tuple[Method, ...] = ("get", "patch", "patch", "patch", "put", "delete")
WRITES: tuple[Method, ...] = ("patch", "patch", "patch", "put", "delete")
"""A read shows a team's users as they are at its version, or newer: no plain variable does."""

DELETES = 0.3
"""Probability that a drawn delete is executed: a deleted record ends the history."""

INSISTS = 0.4
"""Probability that a write has If-Match."""

MOVES = 0.5
"""Probability that a deal changes its stage by a move instead of a PATCH."""

STATUSES = ("active", "inactive")


@dataclass(frozen=True)
class Kind:
    """Records of one kind.

    Attributes:
        path: of the collection.
        fields: that clients write; each with the values to draw from, or none for any text.
        always: what a create and a put say besides.
        created: what only a create says.
        listed: the field that is a list of ids; here it is a text of them.
        methods: what clients ask.
    """

    path: str
    fields: Mapping[str, tuple[str, ...]]
    always: Json
    created: Json
    listed: str = ""
    methods: tuple[Method, ...] = METHODS

    def draw(self, name: str, luck: random.Random) -> str:
        return luck.choice(self.fields[name] or (f"{name} {new_id()}",))

    def whole(self, luck: random.Random) -> Fields:
        return tuple(sorted((name, self.draw(name, luck)) for name in self.fields))

    def sent(self, fields: Fields) -> Json:
        """Fields as a body has them."""
        return {name: text.split() if name == self.listed else text for name, text in fields}

    def seen(self, body: Json) -> Record:
        one = body.get("document_obj", body)
        fields = {name: one[name] for name in self.fields}
        if self.listed:
            fields[self.listed] = " ".join(sorted(fields[self.listed]))
        return Record(one["version"], tuple(sorted(fields.items())))


def kinds(organization: Organization) -> dict[str, Kind]:
    """The kinds by their names, with what their records need in an organization."""
    ada = organization.founder
    account = made(ada.post("/api/entities", {"type": "account", "name": "Mills"}))["id"]
    [pipeline] = good(ada.get("/api/pipelines"))["results"]
    stages = tuple(one["id"] for one in pipeline["stages"] if one["status"] == "open")[:3]
    text: tuple[str, ...] = ()
    users = sorted(organization.join(name=name).id for name in ("Ben", "Cleo"))
    about = {"related_to_type": "entity", "related_to_id": account}
    return {
        "entity": Kind("/api/entities", {"name": text, "note": text}, {"type": "account"}, {}),
        "deal": Kind("/api/deals", {"name": text, "stage_id": stages}, {"entity_id": account}, {}),
        "activity": Kind(
            "/api/activities",
            {"subject": text, "description": text},
            {"type": "note", **about},
            {},
        ),
        "team": Kind("/api/teams", {"name": text, "description": text}, {"users": []}, {}),
        "team's users": Kind(
            "/api/teams",
            {"name": text, "users": ("", *users, " ".join(users))},
            {},
            {},
            listed="users",
            methods=WRITES,
        ),
        "document": Kind(
            "/api/documents",
            {"title": text, "status": STATUSES},
            {"shared_with": []},
            {"file": TEXT.said()},
        ),
    }


class Contest:
    """One record, and a few clients who read and write it at once."""

    def __init__(self, kind: Kind, who: Person, luck: random.Random) -> None:
        self._kind = kind
        self._who = who
        self._luck = luck
        body = {**kind.sent(kind.whole(luck)), **kind.always, **kind.created}
        answer = made(who.post(kind.path, body))
        self._path = f"{kind.path}/{answer['id']}"
        first = kind.seen(good(who.get(self._path)))
        self.first: Maybe = first
        self._latest = first.version

    def history(self) -> History[Asked, Answered]:
        """Return the outcome; the last event is the final content."""
        history = crowd.at_once(self._turn, self._luck)
        read = Asked("get")
        history.take_down(-1, read, lambda: self._answered(self._who.get(self._path)))
        return history

    def explained(self, history: History[Asked, Answered]) -> bool:
        return order(history.events, self.first, register.Register()) is not None

    def _turn(self, history: History[Asked, Answered], client: int, luck: random.Random) -> None:
        asked = self._draw(luck)
        answered = history.take_down(client, asked, lambda: self._ask(asked, luck))
        if answered is not None and answered.record is not None:
            # Shared by all, and not the newest for sure: some shall insist on what is stale.
            self._latest = answered.record.version

    def _draw(self, luck: random.Random) -> Asked:
        method = luck.choice(self._kind.methods)
        if method == "delete" and luck.random() > DELETES:
            method = "patch"
        if method == "get":
            return Asked(method)
        if_match = self._latest if luck.random() < INSISTS else None
        if method == "delete":
            return Asked(method, if_match=if_match)
        if method == "put":
            return Asked(method, self._kind.whole(luck), if_match)
        name = luck.choice(sorted(self._kind.fields))
        if name == "stage_id" and luck.random() < MOVES:
            # A POST, which insists on no version.
            return Asked("move", ((name, self._kind.draw(name, luck)),))
        return Asked(method, ((name, self._kind.draw(name, luck)),), if_match)

    def _ask(self, asked: Asked, luck: random.Random) -> Answered | None:
        headers = {"if-match": f'"{asked.if_match}"'} if asked.if_match is not None else {}
        options: dict[str, Any] = {"headers": headers}
        method, path, fields = asked.method.upper(), self._path, self._kind.sent(asked.fields)
        if asked.method == "put":
            options["json"] = {**fields, **self._kind.always}
        elif asked.method == "patch":
            options["json"] = fields
        elif asked.method == "move":
            method, path = "POST", f"{path}/move"
            options["json"] = fields
        answer = crowd.send(self._who, luck, method, path, **options)
        return None if answer is None else self._answered(answer)

    def _answered(self, answer: httpx.Response) -> Answered:
        if answer.status_code != register.OK:
            return Answered(answer.status_code)
        record = self._kind.seen(answer.json())
        assert answer.headers["etag"] == f'"{record.version}"', answer.headers
        return Answered(register.OK, record)
