"""A function from nothing to its first answer: a fresh process under Lambda's runtime client.

The interpreter is the bare one, and it can import what is there on Lambda: the function's folder,
its two layers as they were deployed, and the runtime client.

Beside the functions stand references, started in the same rounds, from the same layers:

- `nothing`: what interpreter and runtime client take by themselves.
- `one_read`, the floor: one DynamoDB call by bare botocore. The layer's botocore has been slimmed,
  which the floor gains as much from as Brook does.
- `usual`: powertools' resolver with validation and boto3's resource, for the same one call. It is
  given the compiled layer, although the usual build leaves none.
- `usual, uncompiled`: the same with the layer as `sam build` makes it of a requirements.txt: it
  unpacks the wheels, which hold no bytecode, and where functions run nothing can be kept.

`python -m benchmarks.cold_start [--rounds 9] [function ...]` measures nothing else.
"""

import argparse
import importlib.metadata
import io
import json
import os
import shutil
import subprocess
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

from benchmarks import bare, routes
from benchmarks import stack as stacks
from benchmarks.functions import Event, Function, load
from benchmarks.runtime_api import RuntimeApi
from benchmarks.scenarios import SCENARIOS, Scenario
from benchmarks.tables import table
from benchmarks.world import World, found
from local.process import StackProcess

ROUNDS = 5
TIMEOUT = 60
REFERENCES = Path(__file__).parent / "references"
FLOOR = "(reference: one_read)"
USUAL = "(reference: usual)"
UNCOMPILED = "(reference: usual, uncompiled)"
CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")
HEAD = ("function", "first request", "ready", "answered", "least", "processor")
COUNT_MODULES = (
    "import sys, handler; "
    "print(sum(name.partition('.')[0] not in sys.stdlib_module_names for name in sys.modules))"
)
REQUEST = {
    "version": "2.0",
    "rawPath": "/api/records/nothing",
    "rawQueryString": "",
    "headers": {},
    "requestContext": {
        "http": {"method": "GET", "path": "/api/records/nothing"},
        "stage": "$default",
    },
    "isBase64Encoded": False,
}


@dataclass(frozen=True)
class Times:
    """Milliseconds of one fresh process.

    Attributes:
        ready: until it asks for work.
        answered: until its first answer.
        processor: what it computed until then, in its own code and for it in the kernel. Other
            programs on the machine disturb it least.
    """

    ready: float
    answered: float
    processor: float


@dataclass(frozen=True)
class ColdStart:
    """How a function starts.

    Attributes:
        name: the function's.
        request: what it is asked first.
        modules: how many it has loaded when it can be asked that are not Python's own.
        times: of each of its processes; none if no times were wanted.
    """

    name: str
    request: str
    modules: int
    times: Sequence[Times] = ()

    @property
    def processor(self) -> float:
        """The least that any process computed."""
        return min(one.processor for one in self.times)


@dataclass(frozen=True)
class _Subject:
    name: str
    title: str
    folder: Path
    environment: Mapping[str, str]
    events: Sequence[Event]


class Starter:
    """Starts functions of a deployed stack in processes of their own."""

    def __init__(self, world: World, rounds: int = ROUNDS) -> None:
        self._world = world
        self._rounds = rounds
        self._directory = Path(mkdtemp(prefix="starts-", dir=world.stack.settings.directory))
        self._client = _runtime_client(self._directory / "runtime")

    def all(self, *, timed: bool, only: Sequence[str] = ()) -> list[ColdStart]:
        """The references, then every function, or those that are named.

        All are started once, then all again: what else the machine does meets each alike.
        """
        functions = [
            one for one in self._world.deployment.functions if one.name in only or not only
        ]
        subjects = [*self._references(), *map(self._subject, functions)]
        times: dict[str, list[Times]] = {one.name: [] for one in subjects}
        for number in range(self._rounds if timed else 0):
            for one in subjects:
                times[one.name].append(_start(one.environment, one.folder, one.events[number]))
        return [ColdStart(one.name, one.title, _modules(one), times[one.name]) for one in subjects]

    def _references(self) -> list[_Subject]:
        layers = stacks.layers(self._world.stack)
        return [
            self._reference("(reference: nothing)", "nothing", layers),
            self._reference(FLOOR, "one_read", layers),
            self._reference(USUAL, "usual", layers),
            self._reference(UNCOMPILED, "usual", [_uncompiled(layers[-1], self._directory)]),
        ]

    def _reference(self, name: str, folder: str, layers: Sequence[Path]) -> _Subject:
        environment = self._environment(REFERENCES / folder, {})
        path = [REFERENCES / folder, *layers, self._client]
        environment["PYTHONPATH"] = ":".join(map(str, path))
        return _Subject(name, "-", REFERENCES / folder, environment, [REQUEST] * self._rounds)

    def _subject(self, function: Function) -> _Subject:
        title, events = self._events(function)
        variables = self._world.deployment.variables(function)
        environment = self._environment(function.folder, variables)
        return _Subject(function.name, title, function.folder, environment, events)

    def _events(self, function: Function) -> tuple[str, list[Event]]:
        """A function's first scenario, as many times as it is started.

        Reading one record comes before any other: that is what the references do.
        """
        for scenario in sorted(SCENARIOS, key=lambda one: not _reads_one(one)):
            try:
                answering, _ = self._world.deployment.answering(scenario.name)
            except LookupError:
                continue
            if answering.name == function.name:
                return scenario.title, [scenario.event(self._world) for _ in range(self._rounds)]
        return "anything", [{}] * self._rounds

    def _environment(self, folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
        return {
            **bare.environment(self._world.stack, folder, variables, self._client),
            "_HANDLER": "handler.handler",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "LAMBDA_TASK_ROOT": str(folder),
        }


def layer_bytes(stack: StackProcess) -> dict[str, int]:
    """The bytes of each layer as it was deployed, unpacked."""
    return {
        packages.parent.name: sum(path.stat().st_size for path in _files(packages))
        for packages in stacks.layers(stack)
    }


def zipped_bytes(stack: StackProcess) -> dict[str, int]:
    """The bytes of each layer as it is uploaded."""
    sizes = {}
    for packages in stacks.layers(stack):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            for path in _files(packages):
                zipped.write(path, path.relative_to(packages.parent))
        sizes[packages.parent.name] = len(archive.getvalue())
    return sizes


def _files(packages: Path) -> list[Path]:
    return sorted(path for path in packages.rglob("*") if path.is_file())


def _reads_one(scenario: Scenario) -> bool:
    return scenario.name.startswith("GET ") and scenario.name.endswith(">")


def _start(environment: Mapping[str, str], folder: Path, event: Event) -> Times:
    """Have a fresh process do its first work."""
    with RuntimeApi(json.dumps(event).encode()) as api:
        started = time.perf_counter()
        process = subprocess.Popen(
            bare.command("-m", "awslambdaric", "handler.handler"),
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
            _, process.returncode, usage = os.wait4(process.pid, 0)
    return Times(
        (api.ready_at - started) * 1000,
        (api.answered_at - started) * 1000,
        (usage.ru_utime + usage.ru_stime) * 1000,
    )


def _modules(subject: _Subject) -> int:
    command = bare.command("-c", COUNT_MODULES)
    environment = subject.environment
    counted = subprocess.run(
        command, cwd=subject.folder, env=environment, capture_output=True, text=True, check=True
    )
    return int(counted.stdout)


def _uncompiled(packages: Path, directory: Path) -> Path:
    """A copy of packages without their bytecode."""
    copied = directory / "uncompiled"
    shutil.copytree(packages, copied, ignore=shutil.ignore_patterns("__pycache__"))
    return copied


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
        "How many modules a fresh process has loaded once the handler is imported, without those "
        "of Python itself.",
        ["function", "modules"],
        [[one.name, one.modules] for one in starts],
    )


def sizes_table(unpacked: Mapping[str, int], zipped: Mapping[str, int]) -> str:
    return table(
        "Layers: bytes",
        "As the local stack has them, with bytecode; those for arm64 differ by their binaries.",
        ["layer", "unpacked", "zipped"],
        [[name, unpacked[name], zipped[name]] for name in unpacked],
    )


def times_table(starts: Sequence[ColdStart]) -> str:
    processor = {one.name: one.processor for one in starts}
    return table(
        "Functions: cold start",
        f"Milliseconds of {len(starts[0].times)} fresh processes under awslambdaric, with the "
        "layers as deployed: the median until it asks for work and until its first answer, the "
        "least until its answer, and the least that it computed; that once more, as a multiple of "
        "what the references compute.",
        [*HEAD, "x floor", "x usual", "x uncompiled"],
        [
            [
                one.name,
                one.request,
                median(each.ready for each in one.times),
                median(each.answered for each in one.times),
                min(each.answered for each in one.times),
                one.processor,
                *(_multiple(one, processor[name]) for name in (FLOOR, USUAL, UNCOMPILED)),
            ]
            for one in starts
        ],
    )


def _multiple(start: ColdStart, reference: float) -> str:
    return f"{start.processor / reference:.2f}"


def main() -> None:
    """Measure cold starts, and nothing else."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cold_start")
    parser.add_argument("--rounds", type=int, default=9, help="fresh processes of each function")
    parser.add_argument("functions", nargs="*", help="only these")
    arguments = parser.parse_args()
    functions = load()
    with stacks.stack() as stack:
        world = found(stacks.deployment(stack, functions), stack, "Northwind", teams=2)
        routes.prepare(world)
        starts = Starter(world, arguments.rounds).all(timed=True, only=arguments.functions)
        sizes = sizes_table(layer_bytes(stack), zipped_bytes(stack))
    print(counts_table(starts))
    print(sizes)
    print(times_table(starts))


if __name__ == "__main__":
    main()
