"""Requests and responses of clients, with their times."""

import math
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

Asked = TypeVar("Asked", bound=Hashable)
Answered = TypeVar("Answered", bound=Hashable)

NEVER = math.inf


@dataclass(frozen=True)
class Event(Generic[Asked, Answered]):
    """One request.

    Attributes:
        client: who asked.
        asked: what for.
        answered: what came back; None if nobody knows whether it was done, or will yet be.
        called_at: seconds of a monotonic clock, before the request left.
        answered_at: the same, after the answer came; NEVER without one.
    """

    client: int
    asked: Asked
    answered: Answered | None
    called_at: float
    answered_at: float

    def __str__(self) -> str:
        till = "…" if self.answered_at == NEVER else f"{self.answered_at:.4f}"
        return f"{self.called_at:.4f}–{till} client {self.client}: {self.asked} → {self.answered}"


@dataclass
class History(Generic[Asked, Answered]):
    """The events of a few clients, taken down by all of them."""

    events: list[Event[Asked, Answered]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def take_down(
        self, client: int, asked: Asked, ask: Callable[[], Answered | None]
    ) -> Answered | None:
        """Ask, and note when.

        Args:
            client: who asks.
            asked: what for.
            ask: does it; None if what came of it is unknown.
        """
        called_at = time.monotonic()
        answered = ask()
        answered_at = NEVER if answered is None else time.monotonic()
        with self._lock:
            self.events.append(Event(client, asked, answered, called_at, answered_at))
        return answered

    def __str__(self) -> str:
        """For whoever has to understand it: in the order of the calls, from zero."""
        return "\n".join(str(one) for one in sorted(self.events, key=lambda one: one.called_at))
