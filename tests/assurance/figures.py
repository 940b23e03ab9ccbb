"""Results of the long runs: `figures.json`, the newest run of each."""

import json
import os
import platform
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

PATH = Path(__file__).with_name("figures.json")


class Run(BaseModel):
    """One long run.

    Attributes:
        command: that repeats it, seed included.
        seed: what its random choices came from; None for a machine that makes none.
        counts: what was counted, by a name that says what it is: `histories`, `steps`, ...
        seconds: it took.
        on: the day, YYYY-MM-DD.
        machine: what it ran on.
    """

    model_config = ConfigDict(extra="forbid")

    command: str
    seed: int | None
    counts: dict[str, int]
    seconds: float
    on: str
    machine: str


def load() -> dict[str, Run]:
    """The newest run of each machine, by its name."""
    if not PATH.exists():
        return {}
    return {name: Run(**run) for name, run in json.loads(PATH.read_text()).items()}


def keep(
    name: str,
    seed: int | None,
    counts: Mapping[str, int],
    seconds: float,
    arguments: Sequence[str] | None = None,
) -> None:
    """Keep the figures of a run that has just ended, in the place of the machine's last one.

    Args:
        name: the machine's.
        seed: of its random choices, if it makes any.
        counts: what was counted.
        seconds: it took.
        arguments: of the command that repeats it, if not those that were given.
    """
    module = sys.modules["__main__"].__spec__
    assert module is not None, "started with -m"
    given = sys.argv[1:] if arguments is None else arguments
    run = Run(
        command=shlex.join(["python", "-m", module.name.removesuffix(".__main__"), *given]),
        seed=seed,
        counts=dict(counts),
        seconds=round(seconds, 1),
        on=time.strftime("%Y-%m-%d", time.gmtime()),
        machine=f"{os.cpu_count()} cores, Python {platform.python_version()}",
    )
    runs = {**load(), name: run}
    ordered = {key: runs[key].model_dump() for key in sorted(runs)}
    PATH.write_text(json.dumps(ordered, indent=1) + "\n")
