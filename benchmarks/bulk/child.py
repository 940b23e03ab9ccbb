"""A function in a process of its own: an event on each line of standard input, figures on each of
standard output. It runs in the bare interpreter, so it knows nothing of the benchmark.
"""

import importlib
import json
import sys
import time
from pathlib import Path


def main() -> None:
    handler = importlib.import_module("handler").handler
    for line in sys.stdin:
        started, spent = time.perf_counter(), time.process_time()
        handler(json.loads(line), None)
        figures = {
            "seconds": time.perf_counter() - started,
            "processor": time.process_time() - spent,
            "peak_mib": _peak_mib(),
        }
        print(json.dumps(figures), flush=True)


def _peak_mib() -> float:
    """The largest resident memory that this process ever had, as Linux tells it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError("the system does not tell the peak of the memory")


if __name__ == "__main__":
    main()
