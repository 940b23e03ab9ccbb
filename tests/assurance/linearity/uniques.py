"""Histories of claims: identifiers, names of teams, pipelines and custom fields, addresses."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from threading import Lock
from typing import Any

import httpx

from tests.assurance.linearity import claims, crowd
from tests.assurance.linearity.checker import order
from tests.assurance.linearity.claims import Answered, Asked, Held, Method
from tests.assurance.linearity.histories import History
from tests.support.integration.client import Json, Organization, Person, made

ALL: tuple[Method, ...] = ("claim", "claim", "rename", "release", "get")
KEPT: tuple[Method, ...] = ("claim", "claim", "release", "get")
"""Of records that keep their value as long as they live."""
VALUES = 2
"""So few that all want the same."""


@dataclass(frozen=True)
class Kind:
    """Records of which each has a value that no other may have.

    Attributes:
        paths: of the collections that they are made in.
        listed: path of the list that shows them all, and the name of what it shows them under.
        field: that holds the value.
        body: of a create, apart from the value.
        spellings: of a value: all mean the same.
        values: new ones, that nobody holds yet.
        methods: what clients ask.
        known: the ids of the records by their values, where one that comes back is the same again.
    """

    paths: tuple[str, ...]
    listed: tuple[str, str]
    field: str
    body: Json
    spellings: tuple[Callable[[str], str], ...]
    values: Callable[[], list[str]]
    methods: tuple[Method, ...] = ALL
    known: Callable[[str], str] | None = None

    def value(self, one: Json) -> str:
        return str(one[self.field]).strip().casefold()


_numbers = count(1)


def _words() -> list[str]:
    return [f"word{next(_numbers)}" for _ in range(VALUES)]


def _addresses() -> list[str]:
    return [f"{word}-{random.getrandbits(48):x}@example.com" for word in _words()]


def kinds(organization: Organization, person: Callable[[str], str]) -> dict[str, Kind]:
    """The kinds by their names, with what their records need in an organization.

    Args:
        organization: where they are.
        person: puts somebody with an address into the user pool and tells their id.
    """
    ada = organization.founder
    entities = [
        made(ada.post("/api/entities", {"type": "account", "name": name}))["id"]
        for name in ("Mills", "Works")
    ]
    plain: tuple[Callable[[str], str], ...] = (str,)
    cases = (str, str.upper, str.title)
    parts = tuple(f"/api/entities/{one}/identifiers" for one in entities)
    names = {"first_name": "Somebody", "last_name": "New"}
    members = (("/api/members",), ("/api/members", "results"), "email", names)
    return {
        "identifier": Kind(parts, ("", ""), "value", {"type": "other"}, plain, _words),
        "team": Kind(("/api/teams",), ("/api/teams", "results"), "name", {}, cases, _words),
        "pipeline": Kind(
            ("/api/pipelines",), ("/api/pipelines", "results"), "name", {}, cases, _words
        ),
        "custom field": Kind(
            ("/api/custom-fields",),
            ("/api/custom-fields", "results"),
            "field_name",
            {"record_type": "deal", "field_label": "Label", "field_type": "text"},
            plain,
            _words,
            KEPT,
        ),
        "member": Kind(*members, plain, _addresses, KEPT, person),
        # Whom the user pool does not know yet: who they will be, nobody can say.
        "new member": Kind(*members, (str, str.title), _addresses, ("claim",)),
    }


class Contest:
    """A few values, and a few clients who all want them."""

    def __init__(self, kind: Kind, who: Person, luck: random.Random) -> None:
        self._kind = kind
        self._who = who
        self._luck = luck
        self._values = kind.values()
        self._numbers = count(1)
        ids = [kind.known(value) for value in self._values] if kind.known else []
        self._paths = {one: f"{kind.paths[0]}/{one}" for one in ids}
        self._lock = Lock()

    def history(self) -> History[Asked, Answered]:
        """Return the outcome; the last event is the final content."""
        history = crowd.at_once(self._turn, self._luck)
        asked = Asked(next(self._numbers), "list")
        history.take_down(-1, asked, self._list)
        self._clean_up()
        return history

    def explained(self, history: History[Asked, Answered]) -> bool:
        nobody: Held = frozenset()
        return order(history.events, nobody, claims.Claims()) is not None

    def _turn(self, history: History[Asked, Answered], client: int, luck: random.Random) -> None:
        asked = self._draw(luck)
        history.take_down(client, asked, lambda: self._ask(asked, luck))

    def _draw(self, luck: random.Random) -> Asked:
        method, value = luck.choice(self._kind.methods), luck.choice(self._values)
        with self._lock:
            known = sorted(self._paths)
        if method == "claim" or not known:
            who = self._kind.known(value) if self._kind.known else ""
            return Asked(next(self._numbers), "claim", who, value)
        return Asked(
            next(self._numbers), method, luck.choice(known), value if method == "rename" else ""
        )

    def _ask(self, asked: Asked, luck: random.Random) -> Answered | None:
        spelt = {self._kind.field: luck.choice(self._kind.spellings)(asked.value)}
        if asked.method == "claim":
            path = luck.choice(self._kind.paths)
            body = {**self._kind.body, **spelt}
            answer = crowd.send(self._who, luck, "POST", path, json=body)
            return None if answer is None else self._claimed(path, answer)
        path = self._paths[asked.id]
        method = {"rename": "PATCH", "release": "DELETE", "get": "GET"}[asked.method]
        options: dict[str, Any] = {"json": spelt} if asked.method == "rename" else {}
        answer = crowd.send(self._who, luck, method, path, **options)
        return None if answer is None else self._answered(asked.id, answer)

    def _claimed(self, path: str, answer: httpx.Response) -> Answered:
        if answer.status_code != claims.MADE:
            return self._answered("", answer)
        one = answer.json()
        with self._lock:
            self._paths[one["id"]] = f"{path}/{one['id']}"
        return self._answered(one["id"], answer)

    def _answered(self, who: str, answer: httpx.Response) -> Answered:
        if answer.status_code == claims.TAKEN:
            assert answer.json()["code"] == "duplicate", answer.text
        if answer.status_code not in {claims.OK, claims.MADE}:
            return Answered(answer.status_code)
        return Answered(answer.status_code, who, (self._kind.value(answer.json()),))

    def _list(self) -> Answered:
        values = sorted(self._kind.value(one) for _, one in self._there())
        return Answered(claims.OK, values=tuple(values))

    def _there(self) -> list[tuple[str, Json]]:
        """The path of each record that holds one of the values, and the record."""
        path, name = self._kind.listed
        paths = [path] if path else self._kind.paths
        rows = [
            (f"{one}/{row['id']}", row)
            for one in paths
            for page in self._who.pages(one, limit=100)
            for row in page[name or "results"]
        ]
        return [(one, row) for one, row in rows if self._kind.value(row) in self._values]

    def _clean_up(self) -> None:
        """Leave nothing: organizations hold only so many pipelines and custom fields."""
        for path, _ in self._there():
            assert self._who.delete(path).status_code == claims.GONE
