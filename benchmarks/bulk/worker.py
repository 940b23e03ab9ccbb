"""A job, done twice: by a worker in a fresh process, timed; and in this one, counted."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks import bare, jobs
from benchmarks.functions import Event
from benchmarks.measuring import target
from benchmarks.recording import Call
from benchmarks.world import World

ATTEMPTS = 10
CHILD = Path(__file__).with_name("child.py")


@dataclass(frozen=True)
class Effort:
    """What a job took.

    Attributes:
        seconds: the worker's, all its invocations together.
        processor: of them, those in which it computed.
        peak_mib: the largest resident memory of its process.
        errors: of invocations that had to be repeated.
        job: as it ended.
    """

    seconds: float
    processor: float
    peak_mib: float
    errors: Sequence[str]
    job: Any


@dataclass(frozen=True)
class Counted:
    """What a job calls.

    Attributes:
        calls: the calls, in their order.
        messages: how many the queue had to hand on for it.
        job: as it ended.
    """

    calls: list[Call]
    messages: int
    job: Any


def timed(world: World, worker: str, job: str) -> Effort:
    """Do a job in a process that has just begun, and stays until the job is done."""
    with running(world, worker) as process:
        spent = [
            figures
            for event in jobs.messages(world, worker, job)
            for figures in _deliver(process, event)
        ]
    return Effort(
        sum(one["seconds"] for one in spent),
        sum(one["processor"] for one in spent),
        max(one["peak_mib"] for one in spent),
        sorted({one["error"] for one in spent if one["error"]}),
        jobs.read(world, worker, job),
    )


def counted(world: World, worker: str, job: str) -> Counted:
    """Do a job in this process, and write down what it calls."""
    function = target(world.deployment, f"{worker}:")
    counts = [function.count(event) for event in jobs.messages(world, worker, job)]
    calls = [call for one in counts for call in one.calls]
    return Counted(calls, len(counts), jobs.read(world, worker, job))


@contextmanager
def running(world: World, worker: str) -> "Iterator[subprocess.Popen[str]]":
    """A function in a process that has just begun, for `invoke`."""
    function, _ = world.deployment.answering(f"{worker}:")
    variables = world.deployment.variables(function)
    process = subprocess.Popen(
        [bare.python(), str(CHILD)],
        cwd=function.folder,
        env=bare.environment(world.stack, function.folder, variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _deliver(process: "subprocess.Popen[str]", event: Event) -> Iterator[dict[str, Any]]:
    """Hand a message on, again if the worker fails: the engine may have been too slow for it.

    Raises:
        RuntimeError: it always fails.
    """
    for _ in range(ATTEMPTS):
        figures = invoke(process, event)
        yield figures
        if not figures["error"]:
            return
    raise RuntimeError(f"the worker has failed: {figures['error']}")


def invoke(process: "subprocess.Popen[str]", event: Event) -> dict[str, Any]:
    """Hand an event on: `error`, `seconds`, `processor`, and `peak_mib`."""
    print(json.dumps(event), file=_pipe(process.stdin), flush=True)
    answer = _pipe(process.stdout).readline()
    if not answer:
        raise RuntimeError("the worker has died")
    figures: dict[str, Any] = json.loads(answer)
    return figures


def _pipe(pipe: "IO[str] | None") -> "IO[str]":
    assert pipe is not None, "the process was started with pipes"
    return pipe
