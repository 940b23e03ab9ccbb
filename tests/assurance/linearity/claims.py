"""Values of which each belongs to one record at a time: a set, as the contract tells it. Pure."""

from dataclasses import dataclass
from typing import Literal

Method = Literal["claim", "rename", "release", "get", "list"]
Held = frozenset[tuple[str, str]]
"""Held values: pairs of id and value."""

OK, MADE, GONE, NOT_FOUND, TAKEN = 200, 201, 204, 404, 409


@dataclass(frozen=True)
class Asked:
    """One request.

    Attributes:
        number: its own, so that what came of it can be told apart if nobody was answered.
        method: what is asked.
        id: of the record that it is about; none for a claim.
        value: that is claimed, or taken instead of another.
    """

    number: int
    method: Method
    id: str = ""
    value: str = ""


@dataclass(frozen=True)
class Answered:
    """An answer: its status, whom it made or shows, and the values that it shows."""

    status: int
    id: str = ""
    values: tuple[str, ...] = ()


class Claims:
    """See `checker.Specification`."""

    def step(self, state: Held, asked: Asked, answered: Answered | None) -> Held | None:
        after, right = serve(state, asked, answered)
        return after if answered is None or answered == right else None

    def only_reads(self, asked: Asked, answered: Answered) -> bool:
        return asked.method in {"get", "list"} or answered.status in {NOT_FOUND, TAKEN}


def serve(held: Held, asked: Asked, answered: Answered | None) -> tuple[Held, Answered]:
    """Return the next state and the response, without concurrent requests."""
    if asked.method == "list":
        return held, Answered(OK, values=tuple(sorted(value for _, value in held)))
    if asked.method == "claim":
        return _claim(held, asked, answered)
    mine = next((value for who, value in held if who == asked.id), None)
    if mine is None:
        return held, Answered(NOT_FOUND)
    without = held - {(asked.id, mine)}
    if asked.method == "get":
        return held, Answered(OK, asked.id, (mine,))
    if asked.method == "release":
        return without, Answered(GONE)
    if _is_taken(without, asked.value):
        return held, Answered(TAKEN)
    return without | {(asked.id, asked.value)}, Answered(OK, asked.id, (asked.value,))


def _claim(held: Held, asked: Asked, answered: Answered | None) -> tuple[Held, Answered]:
    if _is_taken(held, asked.value):
        return held, Answered(TAKEN)
    # Ids are given by the server; whoever was made without an answer is never asked for.
    made = answered.id if answered is not None else asked.id or f"made by {asked.number}"
    return held | {(made, asked.value)}, Answered(MADE, made, (asked.value,))


def _is_taken(held: Held, value: str) -> bool:
    return any(value == other for _, other in held)
