"""Evaluates the policies of a role, independently of the engine."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Grant:
    """One action on one resource, which may end in a star."""

    action: str
    resource: str

    def covers(self, action: str, resource: str) -> bool:
        if action != self.action:
            return False
        if self.resource.endswith("*"):
            return resource.startswith(self.resource[:-1])
        return resource == self.resource


@dataclass(frozen=True)
class Grants:
    """All that a role is allowed."""

    all: tuple[Grant, ...]

    @property
    def actions(self) -> frozenset[str]:
        return frozenset(grant.action for grant in self.all)

    def allow(self, action: str, resource: str) -> bool:
        return any(grant.covers(action, resource) for grant in self.all)


def of(documents: Iterable[Mapping[str, Any]]) -> Grants:
    """The grants of a role's policy documents, which only ever allow and have no condition."""
    return Grants(tuple(grant for one in documents for grant in _of_document(one)))


def _of_document(document: Mapping[str, Any]) -> Iterator[Grant]:
    for statement in document["Statement"]:
        assert statement.keys() == {"Effect", "Action", "Resource"}, statement
        assert statement["Effect"] == "Allow", statement
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                yield Grant(action, resource)


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
