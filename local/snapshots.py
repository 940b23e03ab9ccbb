"""Saves the engine's state while it runs, so that a kill loses seconds and never tears a file."""

import asyncio
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from local import persistence
from local.gateway import Gateway
from local.progress import say

INTERVAL = 3.0
LONGEST_INTERVAL = 20.0
# Reading the state blocks the engine: limit it to a twentieth of the time.
SHARE_OF_TIME = 20
# Logs of functions and calls: they only grow, and are not needed after a restart.
FORGOTTEN = {"cloudtrail", "cloudwatch", "cloudwatch_logs"}
# Read only after calls that can have changed them: their own, and those of a deployment.
LARGE = {"cloudformation", "dynamodb", "lambda"}
DATA = {"", "cognito-idp", "dynamodb", "s3", "scheduler", "ses", "sqs", "sts"}
ATTEMPTS = 10
UNSEEN = Counter({"everything": 1})


class Snapshots:
    def __init__(self, application: Any, gateway: Gateway) -> None:
        self._application = application
        self._gateway = gateway
        self._saved: dict[str, bytes] = {}
        self._seen = UNSEEN
        self._writing = threading.Lock()
        self._interval = INTERVAL
        # From here on saving is done here; the engine's own saving would write everything again.
        application.PERSIST_STATE = False
        gateway.save = self.save

    async def keep(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            try:
                await self.save()
            except Exception as error:
                # A running stack is worth more than a saved copy of its state.
                self._seen = UNSEEN
                say(f"The state could not be saved, trying again: {error!r}")

    async def save(self) -> None:
        start = time.monotonic()
        captured = self._capture()
        self._interval = min(
            LONGEST_INTERVAL, max(INTERVAL, SHARE_OF_TIME * (time.monotonic() - start))
        )
        await asyncio.to_thread(self._write, captured)

    def _capture(self) -> dict[str, bytes]:
        """Capture the whole state at one moment: no call is answered concurrently."""
        now, before = self._gateway.writes.copy(), self._seen
        changed = {service for service in now | before if now[service] != before[service]}
        self._seen = now
        captured = {
            service: _encoded(service, state)
            for service, state in self._application._build_persistence_save_dict().items()
            if _concerns(service, changed)
        }
        captured[persistence.POSITIONS] = persistence.encode(
            persistence.POSITIONS, persistence.stream_positions()
        )
        return captured

    def _write(self, captured: dict[str, bytes]) -> None:
        """Write positions last: one ahead of its stream skips records, one behind only repeats."""
        with self._writing:
            for service, content in captured.items():
                digest = hashlib.sha256(content).digest()
                if self._saved.get(service) != digest:
                    persistence.save_state(service, content)
                    self._saved[service] = digest


def _encoded(service: str, state: Callable[[], Any]) -> bytes:
    """Encode one service's state; retried, as the engine's threads may change it concurrently."""
    for _ in range(ATTEMPTS - 1):
        with suppress(RuntimeError):
            return persistence.encode(service, state())
    return persistence.encode(service, state())


def _concerns(service: str, changed: set[str]) -> bool:
    """Return whether a service is read after calls to the changed ones; small ones always are."""
    if service in LARGE:
        return service in changed or not changed <= DATA
    return service not in FORGOTTEN
