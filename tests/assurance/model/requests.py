"""Sends what a history asks for while things go wrong, and finds out what came of it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hypothesis import note

from tests.assurance.model.acts import Act
from tests.assurance.model.injector import Fault, KilledError
from tests.assurance.model.state import MISSING, Refusals, State
from tests.assurance.model.worker import Worker
from tests.support.client import Client, Reply
from tests.support.interleaving import Point

LEASE_SECONDS = 61
"""After so long nobody who has died holds an Idempotency-Key any more."""

_IN_PROGRESS = (409, "idempotency_in_progress")
_REUSED = (422, "idempotency_key_reused")
_STRANGER: Refusals = {(403, "not_a_member")}


@dataclass(frozen=True)
class Kept:
    """A POST that was granted under an Idempotency-Key.

    Attributes:
        who, path, body, key: the request.
        status: of its answer.
        text: of its answer; None if nobody has seen it.
    """

    who: str
    path: str
    body: Any
    key: str
    status: int
    text: str | None


class Requests:
    """The requests of one history.

    Attributes:
        granted: POSTs that must be answered again as they were.
        sent: how many there were.
        settle: has the stream complete what a request was kept from completing.
    """

    def __init__(self, worker: Worker, organization_id: str, settle: Callable[[], None]) -> None:
        self.granted: list[Kept] = []
        self.sent = 0
        self.settle = settle
        self._worker = worker
        self._organization_id = organization_id
        self._free: dict[tuple[str, str], str] = {}
        self._keys = 0

    def client(self, who: str) -> Client:
        return Client(who, self._organization_id)

    def perform(
        self, state: State, act: Act, faults: Sequence[Fault], *, keyed: bool, patient: bool
    ) -> None:
        """Send a request, and hold model and answer against each other.

        Args:
            state: the model.
            act: the request.
            faults: what goes wrong meanwhile.
            keyed: a POST comes with an Idempotency-Key.
            patient: what was not answered is sent again, if that is safe; otherwise it is looked
                at what came of it.
        """
        key = self._key(act) if act.is_keyed and (keyed or act.only_repeating) else None
        refusals = self._deserved(state, act)
        reply, harmed = self._send(act, key, faults)
        if reply is None and (act.only_repeating or (key and patient)):
            reply = self._repeated(act, key)
        self._come_to_terms(act, refusals, reply, key)
        if harmed and act.follows:
            self.settle()

    def overtaken(
        self, state: State, make: Callable[[], Act], by: Callable[[], Act], point: Point
    ) -> bool:
        """Send a request, and another one that is done in the midst of it.

        Args:
            state: the model.
            make: the request, and what it deserves as things stand.
            by: the other one.
            point: where the first is then. Once it has committed, nothing is done there.

        Returns:
            Whether the other one was done.
        """
        act, interleaving = make(), self._worker.injector.interleaving
        refusals, overtaken = self._deserved(state, act), False

        def meanwhile() -> None:
            nonlocal overtaken
            overtaken = interleaving.passed["commit"] <= (point.kind == "commit")
            if overtaken:
                self.perform(state, by(), (), keyed=False, patient=True)

        reply, _ = self._call(
            act.who, act.method, act.path, act.body, _headers(act, None), (), point, meanwhile
        )
        assert reply is not None
        if overtaken and reply.status >= 400 and reply.problem in refusals:
            return True  # as if it had come before the other, of which it had read nothing
        # As if it had come after the other: what it had read is not what it found.
        act = make()
        self._come_to_terms(act, self._deserved(state, act), reply, None)
        return overtaken

    def read(self, who: str, path: str, faults: Sequence[Fault]) -> Reply | None:
        """Read something; None if it could not be answered."""
        return self._call(who, "GET", path, None, {}, faults)[0]

    def page(self, who: str, path: str) -> Any:
        """Read a page, or whatever else there must be, undisturbed."""
        self.sent += 1
        reply = self.client(who).get(path)
        assert reply.status == 200, f"{who} {path}: {reply.text}"
        return reply.json

    def again(self, state: State, kept: Kept, body: Any) -> None:
        """Send a granted POST once more, maybe with another body."""
        reply, _ = self._call(kept.who, "POST", kept.path, body, {"idempotency-key": kept.key}, ())
        assert reply is not None
        if not state.may_enter(kept.who):
            assert {reply.problem} == _STRANGER
        elif body != kept.body:
            assert reply.problem == _REUSED
        else:
            told = (reply.status, reply.headers.get("Idempotent-Replayed"))
            assert told == (kept.status, "true")
            assert reply.text == kept.text or kept.text is None

    def _deserved(self, state: State, act: Act) -> Refusals:
        return act.refusals if state.may_enter(act.who) else _STRANGER

    def _come_to_terms(
        self, act: Act, refusals: Refusals, reply: Reply | None, key: str | None
    ) -> None:
        if reply is None:
            self._find_out(act, refusals, key)
        elif refusals:
            assert reply.status >= 400, f"granted, although it deserves {refusals}"
            assert reply.problem in refusals, f"answered {reply.problem}, expected {refusals}"
            if key:
                self._free[act.who, act.path] = key
        else:
            assert reply.status == act.status, f"answered {reply.status}: {reply.text}"
            act.effect(reply.json if reply.text else {})
            self._keep(act, key, reply.text)

    def _keep(self, act: Act, key: str | None, text: str | None) -> None:
        if key:
            self.granted.append(Kept(act.who, act.path, act.body, key, act.status, text))

    def _find_out(self, act: Act, refusals: Refusals, key: str | None) -> None:
        """Look what came of a request that was not answered: all of it, or nothing."""
        if MISSING in refusals:
            return
        found = act.look()
        note(f"    it has {'not ' if found is None else ''}happened")
        if found is not None:
            assert not refusals, f"applied, although it deserves {refusals}"
            act.effect(found)
            self._keep(act, key, None)

    def _repeated(self, act: Act, key: str | None) -> Reply:
        """Return the response to a request that is repeated until it succeeds."""
        for _ in range(2):
            reply, _ = self._send(act, key, ())
            assert reply is not None
            if reply.status == 409 and reply.problem == _IN_PROGRESS:
                self._worker.clock.wait(LEASE_SECONDS)
                continue
            return reply
        raise AssertionError("the key of a dead worker is never free again")

    def _key(self, act: Act) -> str:
        """A new key, or one that was refused before and is free again."""
        self._keys += 1
        return self._free.pop((act.who, act.path), f"key-{self._keys}")

    def _send(
        self, act: Act, key: str | None, faults: Sequence[Fault]
    ) -> tuple[Reply | None, bool]:
        headers = _headers(act, key)
        return self._call(act.who, act.method, act.path, act.body, headers, faults)

    def _call(
        self,
        who: str,
        method: str,
        path: str,
        body: Any,
        headers: dict[str, str],
        faults: Sequence[Fault],
        point: Point | None = None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> tuple[Reply | None, bool]:
        """An answer, None if there was none that says anything; and whether anything went wrong."""
        self.sent += 1
        self._worker.injector.plan(faults)
        self._worker.injector.interrupt(point, meanwhile)
        reply: Reply | None = None
        with suppress(KilledError):
            reply = self.client(who).call(method, path, json=body, headers=headers)
        harmed = self._worker.injector.has_hit
        self._worker.injector.plan([])
        told = "the worker died" if reply is None else f"{reply.status} {reply.text[:160]}"
        note(f"{who} {method} {path} {body or ''} {headers or ''} {faults or ''} → {told}")
        if reply is not None and reply.status == 503:
            assert harmed, "503, and nothing has gone wrong"
            assert reply.headers["Retry-After"]
            reply = None
        assert reply is None or reply.status < 500, f"{reply.status}: {reply.text}"
        return reply, harmed


def _headers(act: Act, key: str | None) -> dict[str, str]:
    return {
        **({"idempotency-key": key} if key else {}),
        **({"if-match": f'"{act.if_match}"'} if act.if_match is not None else {}),
    }
