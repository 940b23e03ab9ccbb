"""Ids that are there, and words that fit, where made-up ones stood; what has a wrong form stays."""

import copy
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from schemathesis import Case

from tests.assurance.fuzz.recipes import word
from tests.assurance.fuzz.world import Record, World
from tests.functions.generated import places
from tests.functions.generated.document import Operation
from tests.support.integration.client import TEXT
from tests.support.integration.files import PNG

REAL, FITTING, SPARING = 0.85, 0.6, 0.3
"""Shares of real ids, valid words and invalid values."""

LAST = 1_000_000
"""The place behind all others; no two stages of a pipeline have the same."""

LONG = 100
"""Letters of a name that may be what is wrong with it."""

SAME = {"creator": "user", "other_entity": "entity", "other_stage": "stage"}
"""Kinds that are told apart elsewhere."""

MORE_IDS = {
    "/api/members": {"id": "user"},
    "/api/pipelines": {"id": "stage"},
    "/api/workflow-rules": {"record_id": "case", "to": "user"},
}
"""Kinds of ids with ambiguous names, in the bodies of some paths."""

_CONTACTS = {"email": "ada@example.com", "website": "https://example.com", "social": "@ada"}

WORDS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "amount": lambda _: "12.50",
    "contact_point": lambda _: "ada@example.com",
    "content_type": lambda _: TEXT.content_type,
    "country": lambda _: "DE",
    "currency": lambda _: "EUR",
    "default_currency": lambda _: "JPY",
    "document_file": lambda _: PNG,
    "email": lambda _: f"{word('grace').replace(' ', '.')}@example.com",
    "expected_close_date": lambda _: "2026-12-01",
    "field": lambda _: "name",
    "fields": lambda _: "name",
    "from_address": lambda _: "ada@example.com",
    "phone": lambda _: "+442071838750",
    "phone_number": lambda _: "+442071838750",
    "start_date": lambda _: "2026-01-01",
    "to_addresses": lambda _: "grace@example.com",
    "cc_addresses": lambda _: "grace@example.com",
    "url": lambda _: "http://127.0.0.1:9/hook",
    "value": lambda beside: _CONTACTS.get(str(beside.get("channel")), "+442071838750"),
}
"""Good words by name, given what stands beside them; names of files are those of TEXT."""

_USER = re.compile(places.USER_ID)


class Filler:
    """Fills the cases of one operation."""

    def __init__(self, world: World, operation: Operation) -> None:
        self._world = world
        self._operation = operation
        self._random = world.random
        self._fitting = FITTING

    def fill(self, case: Case[Any]) -> None:
        """Put in what there is; what was asked to be wrong stays wrong."""
        wrong = case.meta is not None and case.meta.generation.mode.is_negative
        self._fitting = SPARING if wrong else FITTING
        case.path_parameters = self._path(dict(case.path_parameters))
        case.query = self._query(dict(case.query))
        if isinstance(case.body, dict | list):
            case.body = self._inside("", copy.deepcopy(case.body), {})

    def _path(self, given: dict[str, Any]) -> dict[str, Any]:
        """The ids of one thing, so that a part is asked for where it is."""
        chosen = self._addressed()
        if chosen is None or not self._chance(REAL + 0.1):
            return given
        own = {name: one for name, one in chosen.parameters.items() if _is_id(given.get(name))}
        numbers = {name: 1 for name, one in given.items() if isinstance(one, int) and one > 0}
        return {**given, **own, **numbers}

    def _addressed(self) -> Record | None:
        """Something that the path may be about: of its innermost kind."""
        names = [str(one["name"]) for one in self._operation.among("path")]
        if not names:
            return None
        if names[-1] == "n":
            names = names[:-1]
        return self._world.choose(places.path_kind(self._operation, names[-1]))

    def _query(self, given: dict[str, Any]) -> dict[str, Any]:
        filled = {name: self._inside(name, one, given) for name, one in given.items()}
        following = self._world.pages.get(self._operation.id)
        if isinstance(filled.get("cursor"), str) and self._chance(REAL):
            filled.pop("cursor")
            if following and self._chance(FITTING):
                return following
        return filled

    def _inside(self, name: str, value: Any, beside: Mapping[str, Any]) -> Any:
        if isinstance(value, dict):
            return {key: self._inside(key, one, value) for key, one in value.items()}
        if isinstance(value, list):
            return [self._inside(name, one, beside) for one in value]
        kind = self._kind(name, beside)
        if kind and _is_id(value) and self._chance(REAL):
            return self._id(kind, value)
        if isinstance(value, str | bytes) and name in WORDS and self._chance(self._fitting):
            return WORDS[name](beside)
        if name == "order" and type(value) is int and 0 <= value <= LAST:
            return self._random.randint(0, LAST)
        if name == "name" and isinstance(value, str) and 0 < len(value.strip()) < LONG:
            return self._name(value, beside)
        return value

    def _name(self, value: str, beside: Mapping[str, Any]) -> str:
        """One that nothing has yet, so that it is not refused because of it."""
        if not self._chance(FITTING):
            return value
        return TEXT.name if {"content_type", "size"} <= set(beside) else word("Name")

    def _id(self, kind: str, value: str) -> str:
        if kind == "stage" and self._operation.path.startswith("/api/deals"):
            return self._random.choice(self._world.stages)
        if kind == "user" or self._world.records[kind]:
            return self._world.id_of(kind)
        return value

    def _kind(self, name: str, beside: Mapping[str, Any]) -> str | None:
        """Return the kind of an id with this name."""
        told = beside.get(places.KIND_NAMED_BY.get(name, ""))
        if isinstance(told, str):
            return told
        for path, more in MORE_IDS.items():
            if self._operation.path.startswith(path) and name in more:
                return more[name]
        found = places.IDS.get(name)
        return SAME.get(found[0], found[0]) if found else None

    def _chance(self, share: float) -> bool:
        return self._random.random() < share


def _is_id(value: object) -> bool:
    """Whether it has the form of an id, so that one may stand there."""
    if not isinstance(value, str):
        return False
    try:
        uuid.UUID(value)
    except ValueError:
        return _USER.fullmatch(value) is not None
    return True
