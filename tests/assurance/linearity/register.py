"""A record as one variable: its fields and its version, as the contract tells it. Pure."""

from dataclasses import dataclass
from typing import Literal

Method = Literal["get", "patch", "move", "put", "delete"]
Fields = tuple[tuple[str, str], ...]
"""Name and value of each field, by name."""

OK, GONE, NOT_FOUND, STALE = 200, 204, 404, 412


@dataclass(frozen=True)
class Record:
    """A record as it stands; None in its place once it is deleted."""

    version: int
    fields: Fields


Maybe = Record | Literal["absent"]
ABSENT: Literal["absent"] = "absent"


@dataclass(frozen=True)
class Asked:
    """One request at a record.

    Attributes:
        method: what is asked; a move is a deal's, to another stage.
        fields: that a patch or a move changes, or all of them for a put.
        if_match: the version that it insists on.
    """

    method: Method
    fields: Fields = ()
    if_match: int | None = None


@dataclass(frozen=True)
class Answered:
    """An answer: its status and, with 200, the record."""

    status: int
    record: Record | None = None


class Register:
    """See `checker.Specification`."""

    def step(self, state: Maybe, asked: Asked, answered: Answered | None) -> Maybe | None:
        after, right = serve(state, asked)
        return after if answered is None or answered == right else None

    def only_reads(self, asked: Asked, answered: Answered) -> bool:
        return asked.method == "get" or answered.status in {NOT_FOUND, STALE}


def serve(state: Maybe, asked: Asked) -> tuple[Maybe, Answered]:
    """Return the next state of a record and the response, without concurrent requests."""
    if state == ABSENT:
        return ABSENT, Answered(NOT_FOUND)
    if asked.method == "get":
        return state, Answered(OK, state)
    if asked.if_match is not None and asked.if_match != state.version:
        return state, Answered(STALE)
    if asked.method == "delete":
        return ABSENT, Answered(GONE)
    return _written(state, asked)


def _written(state: Record, asked: Asked) -> tuple[Record, Answered]:
    fields = tuple(sorted({**dict(state.fields), **dict(asked.fields)}.items()))
    # A deal that is moved to the stage that it is in stays as it is.
    stays = fields == state.fields and asked.method == "move"
    after = state if stays else Record(state.version + 1, fields)
    return after, Answered(OK, after)
