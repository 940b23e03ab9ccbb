"""Writes down every call to AWS that some work makes, and which of them had to wait for which."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from benchmarks import capacity

DYNAMODB = "dynamodb"
CALL = "_make_api_call"
"""Where every call of every client passes; the types do not know it, because it is private."""


@dataclass(frozen=True)
class Call:
    """One call to AWS.

    Attributes:
        service: `dynamodb`, `s3`, ...
        operation: its name, with the number of items where it takes several.
        step: how many calls, this one included, had to be made one after the other to get here.
        read_units: capacity read; `write_units` written.
        started: seconds of the performance counter; `ended` too.
    """

    service: str
    operation: str
    step: int
    read_units: float
    write_units: float
    started: float
    ended: float


class _Clock(threading.local):
    """How many calls a thread has waited for, one after the other."""

    step = 0


class Recorder:
    """Records while its `recording` is entered.

    What could overlap in time is told by who waited for whom (Lamport's clock), not by the moments
    at which calls happened to begin: on a busy machine those differ from run to run. A thread
    of a pool begins at the step of whoever gave it the work, and whoever takes the result goes on
    from the later of the two. Threads that are started by hand are not followed.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._clock = _Clock()

    @contextmanager
    def recording(self) -> Iterator["Recorder"]:
        self._clock.step = 0
        with (
            patch.object(BaseClient, CALL, self._watched(getattr(BaseClient, CALL))),
            patch.object(ThreadPoolExecutor, "submit", self._handed_on(ThreadPoolExecutor.submit)),
            patch.object(Future, "result", self._joined(Future.result)),
        ):
            yield self

    def _watched(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(client: Any, operation: str, request: dict[str, Any]) -> Any:
            service = client.meta.service_model.service_name
            asked = {**request, **_accounting(service)}
            self._clock.step += 1
            step, started = self._clock.step, time.perf_counter()
            units = (0.0, 0.0)
            try:
                answer = call(client, operation, asked)
            except ClientError:
                units = _refused(service, request)
                raise
            else:
                units = _units(service, operation, request, answer)
            finally:
                ended = time.perf_counter()
                name = _name(operation, request)
                self.calls.append(Call(service, name, step, *units, started, ended))
            return answer

        return watched

    def _handed_on(self, submit: Callable[..., Any]) -> Callable[..., Any]:
        def handed_on(pool: Any, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            before, after = self._clock.step, [0]

            def follow() -> Any:
                self._clock.step = before
                try:
                    return work(*args, **kwargs)
                finally:
                    after[0] = self._clock.step

            future = submit(pool, follow)
            future.benchmarks_step = after
            return future

        return handed_on

    def _joined(self, result: Callable[..., Any]) -> Callable[..., Any]:
        def joined(future: Any, timeout: float | None = None) -> Any:
            try:
                return result(future, timeout)
            finally:
                [after] = getattr(future, "benchmarks_step", [0])
                self._clock.step = max(self._clock.step, after)

        return joined


def _accounting(service: str) -> dict[str, str]:
    return {"ReturnConsumedCapacity": "TOTAL"} if service == DYNAMODB else {}


def _units(service: str, operation: str, request: Any, answer: Any) -> tuple[float, float]:
    if service != DYNAMODB:
        return 0.0, 0.0
    if operation in capacity.READS:
        return capacity.read_units(operation, request, answer), 0.0
    return 0.0, capacity.write_units(answer)


def _refused(service: str, request: Any) -> tuple[float, float]:
    return 0.0, capacity.refused_units(request) if service == DYNAMODB else 0.0


def _name(operation: str, request: Any) -> str:
    if "TransactItems" in request:
        return f"{operation}[{len(request['TransactItems'])}]"
    batches = request.get("RequestItems")
    if batches is None:
        return operation
    return (
        f"{operation}[{sum(len(one.get('Keys', one)) for one in map(_as_batch, batches.values()))}]"
    )


def _as_batch(asked: Any) -> Any:
    return asked if isinstance(asked, dict) else {"Keys": asked}
