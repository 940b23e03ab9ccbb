"""A job, done twice: by a worker in a fresh process, timed; and in this one, counted."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks import bare, jobs
from benchmarks.functions import Event
from benchmarks.measuring import target
from benchmarks.recording import Call
from benchmarks.world import World

CHILD = Path(__file__).with_name("child.py")


@dataclass(frozen=True)
class Effort:
    """What a job took.

    Attributes:
        seconds: the worker's, all its invocations together.
        processor: of them, those in which it computed.
        peak_mib: the largest resident memory of its process.
        job: as it ended.
    """

    seconds: float
    processor: float
    peak_mib: float
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
    with _process(world, worker) as process:
        spent = [_invoke(process, event) for event in jobs.messages(world, worker, job)]
    return Effort(
        sum(one["seconds"] for one in spent),
        sum(one["processor"] for one in spent),
        max(one["peak_mib"] for one in spent),
        jobs.read(world, worker, job),
    )


def counted(world: World, worker: str, job: str) -> Counted:
    """Do a job in this process, and write down what it calls."""
    function = target(world.deployment, f"{worker}:")
    counts = [function.count(event) for event in jobs.messages(world, worker, job)]
    calls = [call for one in counts for call in one.calls]
    return Counted(calls, len(counts), jobs.read(world, worker, job))


@contextmanager
def _process(world: World, worker: str) -> "Iterator[subprocess.Popen[str]]":
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


def _invoke(process: "subprocess.Popen[str]", event: Event) -> dict[str, float]:
    print(json.dumps(event), file=_pipe(process.stdin), flush=True)
    answer = _pipe(process.stdout).readline()
    if not answer:
        raise RuntimeError("the worker has died")
    figures: dict[str, float] = json.loads(answer)
    return figures


def _pipe(pipe: "IO[str] | None") -> "IO[str]":
    assert pipe is not None, "the process was started with pipes"
    return pipe
