"""One request, measured: what it calls and how long it takes."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Any

from benchmarks.functions import Context, Deployment, Event, Function
from benchmarks.recording import DYNAMODB, Call, Recorder
from crm.http.app import Route

PATIENCE_SECONDS = 1.5
"""How long one scenario is repeated, its preparations included."""

STEPS_SHOWN = 16


@dataclass(frozen=True)
class Counts:
    """What a request calls."""

    calls: Sequence[Call]
    answer: Any

    @property
    def round_trips(self) -> int:
        """Calls that wait for one another; those that may overlap count once."""
        return max((call.step for call in self.calls), default=0)

    @property
    def dynamodb(self) -> int:
        return sum(call.service == DYNAMODB for call in self.calls)

    @property
    def others(self) -> int:
        return len(self.calls) - self.dynamodb

    @property
    def read_units(self) -> float:
        return sum((call.read_units for call in self.calls), 0.0)

    @property
    def write_units(self) -> float:
        return sum((call.write_units for call in self.calls), 0.0)

    @property
    def steps(self) -> str:
        """`GetItem → 2 Query + BatchGetItem[10]`: an arrow waits, a plus does not."""
        ordered = sorted(self.calls, key=lambda call: call.step)
        steps = [Counter(map(_label, same)) for _, same in groupby(ordered, lambda c: c.step)]
        shown = [
            " + ".join(f"{n} {label}" if n > 1 else label for label, n in sorted(step.items()))
            for step in steps[:STEPS_SHOWN]
        ]
        left = len(steps) - len(shown)
        return " → ".join([*shown, f"{left} more"] if left else shown)


@dataclass(frozen=True)
class Times:
    """How long a request takes in a warm process, in milliseconds.

    Attributes:
        median: half of them are done by then.
        slow: 19 of 20 are.
        processor: the function's own share: what it computes while it does not wait.
    """

    median: float
    slow: float
    processor: float


@dataclass(frozen=True)
class Target:
    """What answers a scenario.

    Attributes:
        function: the function.
        route: its route; None for a function that other services invoke.
    """

    deployment: Deployment
    function: Function
    route: Route | None

    def count(self, event: Event) -> Counts:
        """The calls of one request."""
        with self.deployment.environment_of(self.function), Recorder().recording() as recorder:
            answer = self.function.handler(event, Context())
        self._check(answer)
        return Counts(recorder.calls, answer)

    def time(self, event: Callable[[], Event], repeat: int) -> Times:
        """The times of many requests, each prepared apart; of fewer where each takes long."""
        taken: list[tuple[float, float]] = []
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not taken or (len(taken) < repeat and time.monotonic() < give_up):
            taken.append(self._time(event()))
        seconds = sorted(wall for wall, _ in taken)
        slow = seconds[min(len(seconds) - 1, int(len(seconds) * 0.95))]
        processor = median(spent for _, spent in taken)
        return Times(median(seconds) * 1000, slow * 1000, processor * 1000)

    def answer(self, event: Event) -> Any:
        """The answer to one request.

        Raises:
            UnexpectedAnswerError: it is not what the route promises.
        """
        with self.deployment.environment_of(self.function):
            answer = self.function.handler(event, Context())
        self._check(answer)
        return answer

    def processor(self, event: Event) -> float:
        """Seconds that one request computes, all threads together."""
        return self._time(event)[1]

    def _time(self, event: Event) -> tuple[float, float]:
        with self.deployment.environment_of(self.function):
            started, spent = time.perf_counter(), time.process_time()
            answer = self.function.handler(event, Context())
            taken = time.perf_counter() - started, time.process_time() - spent
        self._check(answer)
        return taken

    def _check(self, answer: Any) -> None:
        if self.route is not None and answer["statusCode"] != self.route.status:
            raise UnexpectedAnswerError(answer["statusCode"], self.route.status, answer["body"])


class UnexpectedAnswerError(Exception):
    """A scenario does not get what its route promises: its figures would be those of an error."""

    def __init__(self, status: int, expected: int, body: str) -> None:
        super().__init__(f"{status} instead of {expected}: {body[:200]}")


def target(deployment: Deployment, name: str) -> Target:
    """What answers a scenario of this name."""
    return Target(deployment, *deployment.answering(name))


def _label(call: Call) -> str:
    return call.operation if call.service == DYNAMODB else f"{call.service}:{call.operation}"
