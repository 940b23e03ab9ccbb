"""The gateway before the engine: the API on one port, the engine on the other, loopback only."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from local.outputs import Outputs
from local.settings import Settings

Header = tuple[bytes, bytes]
SAVE = "/_local/save"
LATE_READS = "/_local/late-reads"
"""Takes the share of reads of tables that shall be late, as `share`."""

LATEST = 0.03
"""Seconds that a read is late at most."""

_READS = ("GetItem", "BatchGetItem", "Query")
UNAVAILABLE = {
    "type": "about:blank",
    "title": "Service Unavailable",
    "status": 503,
    "code": "unavailable",
    "detail": "The local stack is still being deployed.",
    "errors": [],
}


class Gateway:
    """One ASGI application for both ports."""

    def __init__(self, engine: Any, settings: Settings) -> None:
        # Set by the saving code; a deployment in another process requests it by SAVE.
        self.save: Callable[[], Awaitable[None]] | None = None
        self._engine = engine
        self._settings = settings
        self._outputs = Outputs(settings.outputs)
        # Number of calls that may have written, by the service that they were signed for.
        self.writes: Counter[str] = Counter()
        self._late_reads = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _acknowledge(receive, send)
        elif scope["type"] != "http":
            return
        elif scope["server"][1] == self._settings.port:
            await self._api(scope, receive, send)
        else:
            await self._aws(scope, receive, send)

    async def _api(self, scope: Any, receive: Any, send: Any) -> None:
        """Forward a request to the deployed API by its host name, as clients of AWS address it."""
        api = self._outputs.get("ApiId")
        if api is None:
            await _answer(send, 503, UNAVAILABLE, [(b"retry-after", b"5")])
            return
        host = f"{api}.execute-api.localhost:{self._settings.engine_port}".encode()
        await self._engine(_with_headers(scope, [(b"host", host)]), receive, send)

    async def _aws(self, scope: Any, receive: Any, send: Any) -> None:
        if not _is_local(_header(scope, b"host")) or scope["path"] == "/_ministack/reset":
            # A web page in the user's browser can post here, and could delete all data.
            await _answer(send, 403, {"message": "Forbidden"}, [])
            return
        if scope["path"] == SAVE and self.save is not None:
            await self.save()
            await _answer(send, 200, {"message": "Saved"}, [])
            return
        if scope["path"] == LATE_READS:
            self._late_reads = float(scope["query_string"].decode().removeprefix("share="))
            await _answer(send, 200, {"message": "Late"}, [])
            return
        if _action(scope) in _READS and random.random() < self._late_reads:  # noqa: S311
            await asyncio.sleep(random.uniform(0, LATEST))  # noqa: S311
        if _may_write(scope):
            self.writes[_service(scope)] += 1
        # The bucket rejects requests without TLS. Loopback replaces TLS here.
        await self._engine(_with_headers(scope, [(b"x-forwarded-proto", b"https")]), receive, send)


def _action(scope: Any) -> str:
    """What is asked of a service that is told by a header, such as DynamoDB."""
    return _header(scope, b"x-amz-target").partition(".")[2]


def _may_write(scope: Any) -> bool:
    action = _action(scope)
    if action:
        return not action.startswith(("Get", "Query", "Scan", "BatchGet", "Describe", "List"))
    return scope["method"] not in {"GET", "HEAD", "OPTIONS"}


def _service(scope: Any) -> str:
    """Return the service in a signature's scope; empty for calls without a signature header."""
    parts = _header(scope, b"authorization").split("/", 4)
    return parts[3] if len(parts) > 4 else ""


def _is_local(host: str) -> bool:
    name = host.rpartition(":")[0] or host
    return name in {"127.0.0.1", "localhost"} or name.endswith(".localhost")


def _header(scope: Any, name: bytes) -> str:
    return next((v.decode("latin-1") for n, v in scope["headers"] if n == name), "")


def _with_headers(scope: Any, headers: list[Header]) -> dict[str, Any]:
    replaced = {name for name, _ in headers}
    kept = [(name, value) for name, value in scope["headers"] if name not in replaced]
    return {**scope, "headers": [*kept, *headers]}


async def _answer(send: Any, status: int, body: dict[str, Any], headers: Iterable[Header]) -> None:
    media = b"application/problem+json" if "code" in body else b"application/json"
    start = [(b"content-type", media), *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


async def _acknowledge(receive: Any, send: Any) -> None:
    """Acknowledge the server's lifespan; the engine's runs apart, where errors are visible."""
    for stage in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{stage}.complete"})
