"""Injects the faults that can occur between Brook and DynamoDB."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ReadTimeoutError

from tests.assurance.model.engine import Engine, response, text
from tests.support.interleaving import Interleaving, Point

Kind = Literal[
    "throttled", "conflict", "unprocessed", "lost before", "lost after", "killed before",
    "killed after",
]  # fmt: skip

KINDS: tuple[Kind, ...] = (
    "throttled",
    "conflict",
    "unprocessed",
    "lost before",
    "lost after",
    "killed before",
    "killed after",
)

_SINGLE = {"PutItem", "UpdateItem", "DeleteItem"}
_BATCHES = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}
_WRITES = {*_SINGLE, "BatchWriteItem", "TransactWriteItems"}


class KilledError(BaseException):
    """The end of the worker: nothing may catch it."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: what.
        at: how many calls that it could befall it lets pass.
        times: how many in a row it befalls, retries of the client included.
        writes: it befalls writes only.
    """

    kind: Kind
    at: int = 0
    times: int = 1
    writes: bool = True


class Injector:
    """Stands between botocore and the engine.

    Attributes:
        hits: how often each kind of fault has befallen a call, ever.
        calls: how many calls there were, ever.
        interleaving: of a request with another one.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.hits: Counter[str] = Counter()
        self.calls = 0
        self.interleaving = Interleaving()
        self._planned: list[_Planned] = []
        self._committed: set[str] = set()
        self._dead = False

    def plan(self, faults: Sequence[Fault]) -> None:
        """Let these faults befall the calls from now on, and no others."""
        self._planned = [_Planned(fault) for fault in faults]
        self._dead = False

    def interrupt(self, point: Point | None, meanwhile: Callable[[], object]) -> None:
        """Let something else be done at a point from now on; at none, nothing."""
        self.interleaving.plan(point, meanwhile)

    @property
    def has_hit(self) -> bool:
        """Whether one of the planned faults has befallen a call."""
        return any(one.hits for one in self._planned)

    def __call__(self, request: AWSPreparedRequest, **_event: Any) -> AWSResponse:
        if self._dead:
            raise KilledError
        self.calls += 1
        operation = text(request.headers["X-Amz-Target"]).rpartition(".")[2]
        body = json.loads(text(request.body))
        self.interleaving.call(operation)
        # A transaction that is known by its token is answered, and can conflict with nothing.
        is_known = body.get("ClientRequestToken") in self._committed
        for one in self._planned:
            if one.befalls(operation, is_known=is_known):
                self.hits[one.fault.kind] += 1
                return _FAULTS[one.fault.kind](self, request, operation, body)
        return self._pass(request, body)

    def of_files(self, request: AWSPreparedRequest, **_event: Any) -> AWSResponse:
        """Return S3's response; the only fault is a dead caller."""
        if self._dead:
            raise KilledError
        return self.engine.answer_of_files(request)

    def _pass(self, request: AWSPreparedRequest, body: Any) -> AWSResponse:
        answer = self.engine.answer(request)
        if answer.status_code == 200 and "ClientRequestToken" in body:
            self._committed.add(body["ClientRequestToken"])
        return answer

    def _throttled(self, request: AWSPreparedRequest, _: str, _body: Any) -> AWSResponse:
        return _refusal(request, "ProvisionedThroughputExceededException")

    def _conflict(self, request: AWSPreparedRequest, operation: str, body: Any) -> AWSResponse:
        if operation in _SINGLE:
            return _refusal(request, "TransactionConflictException")
        codes = ["TransactionConflict", *["None"] * (len(body["TransactItems"]) - 1)]
        reasons = [{"Code": code} for code in codes]
        return _refusal(request, "TransactionCanceledException", CancellationReasons=reasons)

    def _unprocessed(self, request: AWSPreparedRequest, operation: str, body: Any) -> AWSResponse:
        """A batch of which nothing is done; the caller has to come again."""
        answer: dict[str, Any] = {_BATCHES[operation]: body["RequestItems"]}
        if operation == "BatchGetItem":
            answer["Responses"] = {}
        return response(request.url, 200, {}, json.dumps(answer))

    def _lost_before(self, request: AWSPreparedRequest, _: str, _body: Any) -> AWSResponse:
        raise ReadTimeoutError(endpoint_url=request.url)

    def _lost_after(self, request: AWSPreparedRequest, _: str, body: Any) -> AWSResponse:
        self._pass(request, body)
        raise ReadTimeoutError(endpoint_url=request.url)

    def _killed_before(self, _request: AWSPreparedRequest, _: str, _body: Any) -> AWSResponse:
        self._dead = True
        raise KilledError

    def _killed_after(self, request: AWSPreparedRequest, _: str, body: Any) -> AWSResponse:
        self._pass(request, body)
        self._dead = True
        raise KilledError


_FAULTS: dict[Kind, Callable[[Injector, AWSPreparedRequest, str, Any], AWSResponse]] = {
    "throttled": Injector._throttled,
    "conflict": Injector._conflict,
    "unprocessed": Injector._unprocessed,
    "lost before": Injector._lost_before,
    "lost after": Injector._lost_after,
    "killed before": Injector._killed_before,
    "killed after": Injector._killed_after,
}


class _Planned:
    """A fault, and how far it is."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.hits = 0
        self._passed = 0

    def befalls(self, operation: str, *, is_known: bool) -> bool:
        if self.hits == self.fault.times or not self._could(operation, is_known=is_known):
            return False
        if self._passed < self.fault.at:
            self._passed += 1
            return False
        self.hits += 1
        return True

    def _could(self, operation: str, *, is_known: bool) -> bool:
        if self.fault.kind == "unprocessed":
            return operation in _BATCHES
        if self.fault.kind == "conflict":
            return operation in {*_SINGLE, "TransactWriteItems"} and not is_known
        return operation in _WRITES or not self.fault.writes


def _refusal(request: AWSPreparedRequest, code: str, **more: Any) -> AWSResponse:
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, **more}
    return response(request.url, 400, {}, json.dumps(body))
