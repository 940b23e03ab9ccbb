"""A stack in its own process, for tests and benchmarks."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from local import ports
from local.clients import clients
from local.outputs import Outputs
from local.settings import ROOT, Settings
from local.welcome import READY
from tools.ops.users import Users

START_TIMEOUT = 600
STOP_TIMEOUT = 120

UNLIMITED = ("CrmRequestsPerMinute=0",)
"""No rate limit: tests send many requests, and a measured request must always cost the same."""


class StackProcess:
    """`python -m local run` on free ports, with its state in a directory of the caller."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.settings = Settings(directory, ports.free(), ports.free(), UNLIMITED)
        self.client = clients(self.settings)
        self._options = options or ("--without-demo",)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def api_url(self) -> str:
        return self.settings.api_url

    @property
    def engine_url(self) -> str:
        return self.settings.engine_url

    @property
    def outputs(self) -> dict[str, str]:
        return Outputs(self.settings.outputs).all()

    @property
    def log(self) -> Path:
        return self.settings.directory / "run.log"

    def token(self, email: str, scope: str | None = None) -> str:
        return Users(self.client, self.outputs).token(email, scope)

    def user_id(self, email: str) -> str:
        return Users(self.client, self.outputs).ensure(email)

    def environment(self) -> dict[str, str]:
        """Return the environment of commands that address this stack."""
        return os.environ | {
            "LOCAL_DIRECTORY": str(self.settings.directory),
            "PORT": str(self.settings.port),
            "ENGINE_PORT": str(self.settings.engine_port),
            "PARAMETERS": " ".join(self.settings.parameters),
        }

    def start(self) -> None:
        """Start the stack, and wait until it is ready."""
        start = time.monotonic()
        self.settings.directory.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local", "run", *self._options],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while READY not in self.log.read_text():
            if self._process.poll() is not None or time.monotonic() - start > START_TIMEOUT:
                self.kill()
                raise RuntimeError(f"the stack did not start:\n{self.log.read_text()}")
            time.sleep(0.1)

    @property
    def death(self) -> str | None:
        """The log of a stack that has ended unexpectedly; else None."""
        if self._process is None or self._process.poll() is None:
            return None
        return f"the stack ended with {self._process.returncode}:\n{self.log.read_text()}"

    def stop(self) -> None:
        """Stop the stack like Ctrl-C: the state is saved."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill the stack, as the system does when memory runs out: nothing more is saved."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        self._process = None
