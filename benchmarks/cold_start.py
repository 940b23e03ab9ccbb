"""A function from nothing to its first answer: a fresh process under Lambda's runtime client.

The interpreter is the bare one, and it can import what is there on Lambda: the function's folder,
its two layers as they were deployed, and the runtime client.
"""

import importlib.metadata
import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import bare
from benchmarks.functions import Event, Function
from benchmarks.runtime_api import RuntimeApi
from benchmarks.scenarios import SCENARIOS
from benchmarks.tables import table
from benchmarks.world import World

REPEAT = 3
TIMEOUT = 30
REFERENCES = Path(__file__).parent / "references"
CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")
COUNT_MODULES = "import sys, handler; print(len(sys.modules))"


@dataclass(frozen=True)
class ColdStart:
    """How a function starts.

    Attributes:
        name: the function's.
        request: what it is asked first.
        modules: how many it has loaded when it can be asked.
        ready: milliseconds until then; None if no times were wanted.
        answered: milliseconds until the first answer.
    """

    name: str
    request: str
    modules: int
    ready: float | None = None
    answered: float | None = None


class Starter:
    """Starts functions of a deployed stack in processes of their own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._client = _runtime_client(world.stack.settings.directory / "runtime")

    def all(self, *, timed: bool) -> list[ColdStart]:
        """The references, then every function."""
        references = [
            self._measure(Function(name, print, []), REFERENCES / name, {}, timed=timed)
            for name in ("nothing", "one_read")
        ]
        return references + [
            self._measure(one, one.folder, self._world.deployment.variables(one), timed=timed)
            for one in self._world.deployment.functions
        ]

    def _measure(
        self, function: Function, folder: Path, variables: Mapping[str, str], *, timed: bool
    ) -> ColdStart:
        environment = self._environment(folder, variables)
        modules = int(_python(["-c", COUNT_MODULES], environment, folder))
        title, events = self._events(function)
        name = function.name if folder.parent != REFERENCES else f"(reference: {function.name})"
        if not timed:
            return ColdStart(name, title, modules)
        starts = [_start(environment, folder, event) for event in events]
        ready, answered = (median(one) * 1000 for one in zip(*starts, strict=True))
        return ColdStart(name, title, modules, ready, answered)

    def _events(self, function: Function) -> tuple[str, list[Event]]:
        """A function's first scenario, as many times as it is started."""
        for scenario in SCENARIOS:
            try:
                answering, _ = self._world.deployment.answering(scenario.name)
            except LookupError:
                continue
            if answering.name == function.name:
                return scenario.title, [scenario.event(self._world) for _ in range(REPEAT)]
        return "anything", [{}] * REPEAT

    def _environment(self, folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
        return {
            **bare.environment(self._world.stack, folder, variables, self._client),
            "_HANDLER": "handler.handler",
            "LAMBDA_TASK_ROOT": str(folder),
        }


def _start(environment: Mapping[str, str], folder: Path, event: Event) -> tuple[float, float]:
    """Seconds until a fresh process asks for work, and until it has done the first."""
    with RuntimeApi(json.dumps(event).encode()) as api:
        started = time.perf_counter()
        process = subprocess.Popen(
            [bare.python(), "-m", "awslambdaric", "handler.handler"],
            cwd=folder,
            env={**environment, "AWS_LAMBDA_RUNTIME_API": api.address},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            api.wait(process, TIMEOUT)
        finally:
            process.kill()
            process.wait()
    return api.ready_at - started, api.answered_at - started


def _python(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> str:
    command = [bare.python(), *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    ).stdout


def _runtime_client(directory: Path) -> Path:
    """A folder that holds Lambda's runtime client, and nothing else of this environment."""
    directory.mkdir()
    for name in CLIENT:
        distribution = importlib.metadata.distribution(name)
        tops = {file.parts[0] for file in distribution.files or [] if file.parts[0] != ".."}
        for top in tops - {"__pycache__"}:
            (directory / top).symlink_to(Path(str(distribution.locate_file(top))))
    return directory


def counts_table(starts: Sequence[ColdStart]) -> str:
    return table(
        "Functions: modules",
        "How many modules a fresh process has loaded once the handler is imported.",
        ["function", "modules"],
        [[one.name, one.modules] for one in starts],
    )


def times_table(starts: Sequence[ColdStart]) -> str:
    return table(
        "Functions: cold start",
        f"Milliseconds, the median of {REPEAT} fresh processes under awslambdaric, with the layers "
        "as deployed: until it asks for work, and until its first answer.",
        ["function", "first request", "ready", "answered"],
        [[one.name, one.request, one.ready, one.answered] for one in starts],
    )
