"""What a request computes, beside the calls it makes: those same calls by bare botocore.

A request is made once for real. From then on a stand-in answers: whatever botocore would send, it
answers with the bytes that the engine gave then. So a write can be repeated as often as a read,
the engine's noise stays out, and what is left on both sides is computing alone: up to the signed
request, and from the bytes of its answer on. What sockets and TLS take is on neither side.
"""

import gc
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from statistics import median
from typing import Any
from unittest.mock import patch

from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.httpsession import URLLib3Session
from botocore.session import get_session

from benchmarks.functions import Event
from benchmarks.measuring import Target
from benchmarks.recording import CALL

REPEAT = 40
ENOUGH = 12
PATIENCE_SECONDS = 0.6

Clients = dict[str, Any]


@dataclass(frozen=True)
class Compared:
    """Milliseconds of processor time, all threads together: medians.

    Attributes:
        calls: how many there are.
        handler: what the whole request takes.
        raw: what its calls take, made by bare botocore one after the other.
        least: how many times the quickest calls the quickest request takes; `ratio` is that of
            the medians. None where nothing is called.
    """

    calls: int
    handler: float
    raw: float
    least: float | None

    @property
    def above(self) -> float:
        """What the request takes besides its calls."""
        return self.handler - self.raw

    @property
    def ratio(self) -> float | None:
        return self.handler / self.raw if self.calls else None


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Any
    content: bytes


class _Body:
    """The body of an answer, as botocore reads it from a connection."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, *_: Any, **__: Any) -> bytes:
        content, self._content = self._content, b""
        return content

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()

    def close(self) -> None:
        """Nothing is held."""


class StandIn:
    """Gives botocore the answers that the engine gave to one request.

    A request that was made before gets its own answer; one that has new ids in it gets that of
    the same operation.
    """

    def __init__(self) -> None:
        self._own: dict[tuple[str, Any], _Answer] = {}
        self._of_operation: dict[str, list[_Answer]] = defaultdict(list)
        self._locks: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Remember what is answered, and let it pass."""
        send = URLLib3Session.send

        def listen(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
            answer = send(session, request)
            kept = _Answer(answer.status_code, answer.headers, answer.content)
            operation, body = _operation(request), _body(request)
            with self._lock:
                self._own[operation, body] = kept
                self._of_operation[operation].append(kept)
            return _response(request, kept)

        with patch.object(URLLib3Session, "send", listen):
            yield

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Answer in the engine's place."""

        def answer(_: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
            operation = _operation(request)
            own = self._own.get((operation, _body(request)))
            return _response(request, own or self._next(operation))

        with patch.object(URLLib3Session, "send", answer):
            yield

    def _next(self, operation: str) -> _Answer:
        answers = self._of_operation[operation]
        with self._lock:
            turn = self._locks[operation]
            self._locks[operation] += 1
        return answers[turn % len(answers)]


def compare(target: Target, event: Event) -> Compared:
    """A request beside its calls, in turns.

    Raises:
        UnexpectedAnswerError: it gets another answer than its route promises.
    """
    stand_in = StandIn()
    with stand_in.listening():
        target.answer(event)
    with stand_in.answering():
        calls = _calls(lambda: target.answer(event))
        clients: Clients = {}
        _replay(clients, calls)
        handler, raw = _in_turns(
            lambda: target.processor(event), lambda: _processor(lambda: _replay(clients, calls))
        )
    least = min(handler) / min(raw) if calls else None
    return Compared(len(calls), median(handler) * 1000, median(raw) * 1000, least)


def _in_turns(
    one: Callable[[], float], other: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """Seconds of both. What this process holds besides is none of the garbage collector's work."""
    taken: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    gc.freeze()
    give_up = time.monotonic() + PATIENCE_SECONDS
    while len(taken[0]) < ENOUGH or (len(taken[0]) < REPEAT and time.monotonic() < give_up):
        taken[0].append(one())
        taken[1].append(other())
    gc.unfreeze()
    return taken


def _processor(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _calls(work: Callable[[], object]) -> list[tuple[str, str, dict[str, Any]]]:
    """Service, operation and parameters of every call that some work makes."""
    calls = []
    call = getattr(BaseClient, CALL)

    def watched(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        calls.append((client.meta.service_model.service_name, operation, dict(parameters)))
        return call(client, operation, parameters)

    with patch.object(BaseClient, CALL, watched):
        work()
    return calls


def _replay(clients: Clients, calls: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
    """The calls by clients as botocore makes them for whoever asks for nothing in particular."""
    for service, operation, parameters in calls:
        client = clients.get(service)
        if client is None:
            client = clients[service] = get_session().create_client(service)
        with suppress(client.exceptions.ClientError):
            getattr(client, xform_name(operation))(**parameters)


def _operation(request: AWSPreparedRequest) -> str:
    """What is asked for; services without such a header say it by the method, since paths vary."""
    target = request.headers.get("X-Amz-Target")
    if target is None:
        return str(request.method)
    return target if isinstance(target, str) else target.decode()


def _body(request: AWSPreparedRequest) -> Any:
    body = request.body
    return body if isinstance(body, (bytes, str)) else None


def _response(request: AWSPreparedRequest, answer: _Answer) -> AWSResponse:
    return AWSResponse(request.url, answer.status, answer.headers, _Body(answer.content))
