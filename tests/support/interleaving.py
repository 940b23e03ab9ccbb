"""Two requests in one thread, the second in the midst of the first: each order of reads on demand.

Brook reads in threads. Here each piece of work is done when it is given, but for one that is held
until somebody waits for it. So a read is late by choice and not by chance, without a clock.
"""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from unittest.mock import patch

from crm.platform.dynamodb import parallel, table

Kind = Literal["call", "held", "commit"]


@dataclass(frozen=True)
class Point:
    """The point of the first request at which the second one runs.

    Attributes:
        kind: at a call of the store, at a held read, or at a transaction.
        at: how many of them there are before it. A held read is one that was begun beside others:
            it is done after the second request, the others before it.
    """

    kind: Kind
    at: int = 0


class Interleaving:
    """Does what Brook would do in threads, and the second request where it is planned.

    Attributes:
        reached: the second request has been done.
        passed: how many calls, pieces of work and transactions there were since it was planned.
    """

    def __init__(self) -> None:
        self.reached = False
        self.passed: dict[Kind, int] = {}
        self._point: Point | None = None
        self._meanwhile: Callable[[], object] = lambda: None

    def plan(self, point: Point | None, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Have something else done at a point from now on; at none, nothing."""
        self.reached = False
        self.passed = {"call": 0, "held": 0, "commit": 0}
        self._point, self._meanwhile = point, meanwhile

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Count nothing of what is done inside, and interrupt nothing."""
        reached, passed = self.reached, dict(self.passed)
        self.reached = True
        yield
        self.reached, self.passed = reached, passed

    def call(self, operation: str) -> None:
        """Told before each call of the store, by its name."""
        if self._passes("call"):
            self._interrupt()
        if operation == "TransactWriteItems" and self._passes("commit"):
            self._interrupt()

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Submit work, as an executor does."""
        done = _Work(lambda: work(*arguments), self._interrupt)
        if not self._passes("held"):
            done.finish()
        return done

    def map(self, work: Callable[..., Any], *arguments: Any) -> Iterator[Any]:
        """Map work, as an executor does."""
        begun = [self.submit(work, *some) for some in zip(*arguments, strict=True)]
        return iter([one.result() for one in begun])

    def _passes(self, kind: Kind) -> bool:
        """Count; whether it is here that the second request is planned."""
        at = self.passed.get(kind, 0)
        self.passed[kind] = at + 1
        return not self.reached and self._point == Point(kind, at)

    def _interrupt(self) -> None:
        self.reached = True
        with self.paused():
            self._meanwhile()


class _Work(Future[Any]):
    """A piece of work that is done once somebody asks for it, or before."""

    def __init__(self, work: Callable[[], Any], late: Callable[[], object]) -> None:
        super().__init__()
        self._work = work
        self._late = late

    def finish(self) -> None:
        try:
            self.set_result(self._work())
        except BaseException as error:
            self.set_exception(error)

    def result(self, timeout: float | None = None) -> Any:
        if not self.done():
            self._late()
            self.finish()
        return super().result(timeout)


def _wait(works: Collection[Future[Any]]) -> None:
    for work in works:
        work.exception() if work.done() else _quietly(work)


def _quietly(work: Future[Any]) -> None:
    try:
        work.result()
    except BaseException:  # it stays with the work
        return


@contextmanager
def in_turn(interleaving: Interleaving) -> Iterator[None]:
    """Have all reads of Brook's store done in turn."""
    with (
        patch.object(parallel, "_ahead", lambda: interleaving),
        patch.object(parallel, "_readers", lambda: interleaving),
        patch.object(parallel, "wait", _wait),
    ):
        yield


@contextmanager
def watched(interleaving: Interleaving) -> Iterator[None]:
    """Tell of the calls that go to the store, whoever answers them."""

    def told(request: Any, **_event: Any) -> None:
        target = request.headers["X-Amz-Target"]
        text = target.decode() if isinstance(target, bytes) else str(target)
        interleaving.call(text.rpartition(".")[2])

    events: Any = table.connection().client.meta.events
    events.register_first("before-send.dynamodb", told)
    try:
        yield
    finally:
        events.unregister("before-send.dynamodb", told)


def points(interleaving: Interleaving) -> Iterator[Point]:
    """All points of a request: after each, it has to have been made with the point planned."""
    for kind in ("call", "held"):
        at, left = 0, True
        while left:
            yield Point(kind, at)
            at += 1
            left = interleaving.passed[kind] >= at
