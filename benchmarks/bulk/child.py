"""A function in a process of its own: an event on each line of standard input, figures on each of
standard output, also when it fails. It runs in the bare interpreter, so it knows nothing of the
benchmark.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main() -> None:
    handler = importlib.import_module("handler").handler
    for line in sys.stdin:
        started, spent = time.perf_counter(), time.process_time()
        error = _error(handler, json.loads(line))
        figures = {
            "error": error,
            "seconds": time.perf_counter() - started,
            "processor": time.process_time() - spent,
            "peak_mib": _peak_mib(),
        }
        print(json.dumps(figures), flush=True)


def _error(handler: Callable[[Any, Any], object], event: Any) -> str:
    """What the function raises; empty if it does not."""
    try:
        handler(event, None)
    except Exception as error:
        return f"{type(error).__name__}: {error.__cause__ or error}"
    return ""


def _peak_mib() -> float:
    """The largest resident memory that this process ever had, as Linux tells it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError("the system does not tell the peak of the memory")


if __name__ == "__main__":
    main()
