"""Processes of the bare interpreter that can import what is there on Lambda, and nothing else."""

import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks import stack as stacks
from local.process import StackProcess


def python() -> str:
    """Not this environment's: what is installed for development shall not be found."""
    return str(getattr(sys, "_base_executable", sys.executable))


def command(*arguments: str) -> list[str]:
    """What runs that interpreter without what is installed beside it, which Lambda's has not."""
    return [python(), "-S", *arguments]


def environment(
    stack: StackProcess, folder: Path, variables: Mapping[str, str], *more: Path
) -> dict[str, str]:
    """The environment of a function.

    Args:
        stack: where it is deployed.
        folder: the function's own.
        variables: those that the template gives it.
        more: where else it can import from.
    """
    return {
        **stacks.environment(stack),
        "RECORDS_TABLE": stack.outputs["RecordsTable"],
        **variables,
        "PYTHONPATH": ":".join(map(str, [folder, *stacks.layers(stack), *more])),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
