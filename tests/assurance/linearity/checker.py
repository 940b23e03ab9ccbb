"""Whether a history is linearisable (Wing and Gong 1993, with Lowe's memory of what was tried).

Pure. The time that it takes grows with how many writes overlap, not with the history's length.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from tests.assurance.linearity.histories import Event

State = TypeVar("State", bound=Hashable)
Asked = TypeVar("Asked", bound=Hashable)
Answered = TypeVar("Answered", bound=Hashable)


Request = TypeVar("Request", bound=Hashable, contravariant=True)
Reply = TypeVar("Reply", bound=Hashable, contravariant=True)


class Specification(Protocol[State, Request, Reply]):
    """The response in a sequential history."""

    def step(self, state: State, asked: Request, answered: Reply | None) -> State | None:
        """The state after a request, or None if in this state it is not answered like this.

        Without an answer any is right.
        """

    def only_reads(self, asked: Request, answered: Reply) -> bool:
        """Whether a request that is answered like this leaves each state as it is."""


def order(
    events: Sequence[Event[Asked, Answered]],
    initial: State,
    specification: Specification[State, Asked, Answered],
) -> list[Event[Asked, Answered]] | None:
    """An order of moments that explains a history, or None if there is none.

    A request without an answer may have its moment at any time after its call, or never.

    Args:
        events: the history, in any order.
        initial: the state before it.
        specification: what is right.
    """
    search = _Search(sorted(events, key=lambda one: one.called_at), specification)
    found = search.path(initial)
    return None if found is None else [search.events[n] for n in found]


@dataclass(frozen=True)
class _Search(Generic[State, Asked, Answered]):
    events: Sequence[Event[Asked, Answered]]
    specification: Specification[State, Asked, Answered]

    def path(self, initial: State) -> list[int] | None:
        """Depth first; which requests are done is a set of bits."""
        answered = sum(1 << n for n, one in enumerate(self.events) if one.answered is not None)
        tried = {(0, initial)}
        path: list[int] = []
        waiting = [(0, initial, self._next(0, initial))]
        while waiting:
            done, _, ways = waiting[-1]
            if done & answered == answered:
                return path
            if not ways:
                waiting.pop()
                path[-1:] = []
                continue
            n, after = ways.pop()
            now = (done | 1 << n, after)
            if now not in tried:
                tried.add(now)
                path.append(n)
                waiting.append((*now, self._next(*now)))
        return None

    def _next(self, done: int, state: State) -> list[tuple[int, State]]:
        """What may come next, and the state after it: called before any other was answered.

        What only reads comes at once: whatever order there is with it later, there is one with
        it now. So reads do not multiply the orders.
        """
        left = [n for n in range(len(self.events)) if not done >> n & 1]
        first_answer = min((self.events[n].answered_at for n in left), default=0.0)
        ways = []
        for n in left:
            one = self.events[n]
            if one.called_at > first_answer:
                continue
            after = self.specification.step(state, one.asked, one.answered)
            if after is None:
                continue
            if one.answered is not None and self.specification.only_reads(one.asked, one.answered):
                return [(n, after)]
            ways.append((n, after))
        return ways
