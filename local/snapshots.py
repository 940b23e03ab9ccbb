"""Saves the engine's state while it runs, so that a kill costs seconds and never a torn file."""

import asyncio
import hashlib
import time
from typing import Any

from local import persistence
from local.gateway import Gateway

INTERVAL = 3.0
LONGEST_INTERVAL = 20.0
# Reading the state stops the engine: let it do so for at most a twentieth of the time.
SHARE_OF_TIME = 20
# Logs of functions and calls: they only grow, and nobody misses them after a restart.
FORGOTTEN = {"cloudtrail", "cloudwatch", "cloudwatch_logs"}
TABLES = "dynamodb"


class Snapshots:
    def __init__(self, application: Any, gateway: Gateway) -> None:
        self._application = application
        self._gateway = gateway
        self._saved: dict[str, bytes] = {}
        self._writes = -1
        self._interval = INTERVAL
        # From here on saving is done here; the engine's own would write everything once more.
        application.PERSIST_STATE = False

    async def keep(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            await self.save()

    async def save(self) -> None:
        start = time.monotonic()
        captured = self._capture()
        self._interval = min(
            LONGEST_INTERVAL, max(INTERVAL, SHARE_OF_TIME * (time.monotonic() - start))
        )
        await asyncio.to_thread(self._write, captured)

    def _capture(self) -> dict[str, bytes]:
        """Everything as of one moment: no call is answered meanwhile."""
        captured = {}
        if self._gateway.writes != self._writes:
            self._writes = self._gateway.writes
            for service, state in self._application._build_persistence_save_dict().items():
                if service not in FORGOTTEN:
                    captured[service] = persistence.encode(service, state())
        captured[persistence.POSITIONS] = persistence.encode(
            persistence.POSITIONS, persistence.stream_positions()
        )
        return captured

    def _write(self, captured: dict[str, bytes]) -> None:
        """Positions last: one ahead of its stream would skip records, one behind only repeats."""
        for service, content in captured.items():
            digest = hashlib.sha256(content).digest()
            if self._saved.get(service) != digest:
                persistence.save_state(service, content)
                self._saved[service] = digest
