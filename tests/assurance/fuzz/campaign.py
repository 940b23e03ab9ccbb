"""Goes through all operations, round by round, and tallies what is answered."""

import json
import logging
import random
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import schemathesis
from schemathesis import Case, Response

from tests.assurance.fuzz import callers, judging
from tests.assurance.fuzz.callers import Callers
from tests.assurance.fuzz.cases import Planned, Target, made_up, plan, probes, targets
from tests.assurance.fuzz.tally import Finding, Tally
from tests.assurance.fuzz.world import World
from tests.functions.generated.document import operations
from tests.support.integration.client import ORGANIZATION, Brook

log = logging.getLogger(__name__)

EACH_ROUND = 12
"""Cases of each operation in a round."""

PROBES = 3
"""One case of so many is a probe."""

AFRESH = 3000
"""Cases after which the organization is a new one."""

SHAKING = ("/api/members", "/api/organizations")
"""Paths at which the callers can lose permissions."""

FEW, OFTEN = 5, 200
"""Organizations that may be founded, and cases after which it may be one more."""

TOLD_EVERY = 60
"""Seconds."""

LONGEST = 60
"""Seconds for an answer."""


@dataclass
class Campaign:
    """Some thousands of cases at one stack.

    Attributes:
        brook: what they are sent to.
        seed: what they are made up from.
        probed: how many probes of an operation are made to choose from; None for all.
    """

    brook: Brook
    seed: int
    probed: int | None = None
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        schema = schemathesis.openapi.from_url(f"{self.brook.stack.api_url}/api/openapi.json")
        self._targets = list(targets(schema, operations()))
        self._callers: Callers | None = None
        self._session = requests.Session()
        self._probes: dict[str, list[Case[Any]]] = {}
        self._world: World | None = None
        self._random = random.Random(self.seed)
        self._fresh_at, self._shaken = 0, False

    def run(self, cases: int, progress: Callable[[str], None] = lambda _: None) -> Tally:
        """Send so many cases, and tell now and then how far it is."""
        number, started, told = 0, time.monotonic(), 0.0
        while self.tally.cases < cases:
            left = cases - self.tally.cases
            share = min(EACH_ROUND, max(1, left // len(self._targets)))
            order = self._random.sample(self._targets, len(self._targets))
            for target in order[: min(left, len(order))]:
                self._round(target, share, number)
                now = time.monotonic()
                if now - told > TOLD_EVERY:
                    progress(self._progress(now - started))
                    told = now
            number += 1
        return self.tally

    def _round(self, target: Target, share: int, number: int) -> None:
        self._stand()
        self._shaken = target.operation.path.startswith(SHAKING)
        seed = zlib.crc32(f"{self.seed}/{number}/{target.label}".encode())
        before = self.tally.cases
        for case in self._probe(target, share, number):
            self._fire(target, case)
        left = share - (self.tally.cases - before)
        if left:
            made_up(target, left, seed, lambda case: self._fire(target, case))

    def _probe(self, target: Target, share: int, number: int) -> Iterator[Case[Any]]:
        """Some of the probes that have not been sent."""
        if target.label not in self._probes:
            self._probes[target.label] = probes(target, self.probed, self.seed)
        found = self._probes[target.label]
        wanted = share // PROBES or int((number + zlib.crc32(target.label.encode())) % PROBES == 0)
        for _ in range(min(wanted, len(found))):
            yield found.pop()

    def _stand(self) -> None:
        """An organization that has everything, and in which the callers are what they should be."""
        fresh = self.tally.cases - self._fresh_at < AFRESH
        if self._world is not None and fresh and self._is_whole(self._world):
            return
        allowed = FEW + self.tally.cases // OFTEN
        assert self.tally.worlds < allowed, "organizations do not last"
        self._world = World.found(self.brook, self._random.getrandbits(64))
        self._callers = Callers.of(self._world)
        self._fresh_at = self.tally.cases
        self.tally.worlds += 1

    def _is_whole(self, world: World) -> bool:
        """Whether it is, after what has become rare in it was made again."""
        if self._shaken and not world.stands():
            return False
        try:
            world.refill()
        except AssertionError as error:
            log.info("a new organization, because of %s", error)
            return False
        return True

    def _fire(self, target: Target, case: Case[Any]) -> None:
        assert self._world is not None
        assert self._callers is not None
        planned = plan(target, self._world, case)
        authorization = self._callers.authorization(planned.caller)
        if authorization is not None:
            case.headers["Authorization"] = authorization
        _settle(case)
        answer = self._send(case)
        self.tally.note(target.label, answer.status_code, *_sorts(target, planned, answer))
        for fault in judging.judge(target.operation, planned, answer):
            self._find(target, fault, planned, answer)
        self._learn(target, planned, answer)

    def _send(self, case: Case[Any]) -> Response:
        return case.call(session=self._session, timeout=LONGEST, allow_redirects=False)

    def _find(
        self, target: Target, fault: judging.Fault, planned: Planned, answer: Response
    ) -> None:
        sample = f"{planned.caller}: {_told(planned.case, answer)}"
        finding = Finding(fault.check, target.label, answer.status_code, fault.said, sample)
        if self.tally.find(finding):
            log.warning("%s: %s %s: %s\n  %s", *finding)

    # ── What a case leaves behind ──

    def _learn(self, target: Target, planned: Planned, answer: Response) -> None:
        assert self._world is not None
        path = urlsplit(str(answer.request.url)).path
        if answer.status_code == 404 and planned.caller == callers.ADMIN:
            self._world.forget_if_known(path)
        if answer.status_code >= 300 or planned.caller not in callers.KNOWN:
            return
        body: Any = planned.case.body
        if target.operation.id == "merge_entities":
            self._world.forget(f"/api/entities/{body['from']}")
        if answer.status_code == 204:
            self._world.forget(path)
            self._gone(target, planned, answer)
        elif answer.status_code == 201 and "location" in answer.headers:
            self._there(target, planned, answer)
        elif "json" in answer.headers.get("content-type", [""])[0]:
            self._read(target, path, answer.json())

    def _read(self, target: Target, path: str, body: Any) -> None:
        assert self._world is not None
        if not isinstance(body, dict):
            return
        if isinstance(body.get("next"), str):
            self._world.pages[target.operation.id] = dict(parse_qsl(urlsplit(body["next"]).query))
        if "id" in body and path.rstrip("/").endswith(f"/{body['id']}"):
            self._world.note(path.rstrip("/"), body)

    def _there(self, target: Target, planned: Planned, answer: Response) -> None:
        """Check that a created record exists for its creator."""
        if "idempotent-replayed" in answer.headers:
            return  # It may have gone meanwhile.
        location = answer.headers["location"][0]
        found = self._look(target, "GET", location, answer)
        waiting = target.operation.id == "replace_file" and found.status_code in {302, 409}
        if found.status_code != 200 and not waiting:
            said = f"GET {location} after it was made: {found.status_code} {found.text[:300]}"
            self._find(target, judging.Fault("Availability", said), planned, answer)
        elif target.operation.in_organization:
            assert self._world is not None
            self._world.note(urlsplit(location).path.rstrip("/"), answer.json())

    def _gone(self, target: Target, planned: Planned, answer: Response) -> None:
        """Check that a deleted record can be neither read nor deleted.

        A deleted organization is one that its former members are not in, as any other.
        """
        path = urlsplit(str(answer.request.url)).path
        gone = {403, 404} if path.startswith("/api/organizations/") else {404}
        for method in ("GET", "DELETE"):
            found = self._look(target, method, path, answer)
            if found.status_code not in gone:
                said = f"{method} after it was deleted: {found.status_code} {found.text[:300]}"
                self._find(target, judging.Fault("UseAfterFree", said), planned, answer)

    def _look(self, target: Target, method: str, where: str, answer: Response) -> requests.Response:
        """A request of the same person in the same organization."""
        sent = requests.structures.CaseInsensitiveDict(answer.request.headers)
        kept = ["Authorization", ORGANIZATION][: 2 if target.operation.in_organization else 1]
        headers = {name: sent[name] for name in kept if name in sent}
        self.tally.further += 1
        url = where if where.startswith("http") else f"{self.brook.stack.api_url}{where}"
        return self._session.request(method, url, headers=headers, timeout=LONGEST)

    def _progress(self, seconds: float) -> str:
        done = len(self.tally.done())
        return (
            f"{self.tally.cases} cases in {seconds:.0f} s, {done} of {len(self._targets)} "
            f"operations done, {len(self.tally.findings)} sorts of findings"
        )


def _sorts(target: Target, planned: Planned, answer: Response) -> Iterator[str]:
    """The description of a case."""
    meta = planned.case.meta
    if planned.caller in callers.WITHOUT_TOKEN:
        yield "without a token"
    elif planned.caller == callers.STRANGER:
        yield "of strangers"
    if answer.request.method != target.operation.method:
        yield "with a method that the path lacks"
    elif meta is not None:
        yield "that fit the document" if meta.generation.mode.is_positive else "that do not fit it"


def _settle(case: Case[Any]) -> None:
    """Have schemathesis look again whether the case, as it is now, fits the document."""
    assert case.meta is not None


def _told(case: Case[Any], answer: Response) -> str:
    """The request and the answer, without the token."""
    headers = {
        name: value
        for name, value in answer.request.headers.items()
        if name.lower() not in {"authorization", "user-agent", "x-schemathesis-testcaseid"}
    }
    body = answer.request.body
    said = {"headers": headers, "body": str(body)[:2000] if body else None}
    where = f"{answer.request.method} {answer.request.url}"
    mode = case.meta.generation.mode.value if case.meta else ""
    return f"{mode} {where} {json.dumps(said)} → {answer.status_code} {answer.text[:1000]}"
