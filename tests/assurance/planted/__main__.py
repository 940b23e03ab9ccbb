"""Plants each fault in a copy of the tree, and tells which test catches it.

    python -m tests.assurance.planted [--only NAME ...] [--whole] [--workers N]

A fault is caught when a test fails that is green on the same copy without it. The tests that a
fault names go first, which only saves time; then all that need no stack, the quick ones and the
thorough ones. What came of each fault is printed; of all of them it is kept.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.assurance import figures
from tests.assurance.planted import suite
from tests.assurance.planted.faults import FAULTS, Fault
from tests.assurance.planted.suite import Stage
from tests.assurance.planted.tree import Tree

FOUND = Path(__file__).with_name("found.json")


@dataclass(frozen=True)
class Found:
    """The outcome of a fault.

    Attributes:
        fault: its name.
        caught_by: the test; None if all stayed green.
        stage: of the tests that caught it.
        seconds: until then.
    """

    fault: str
    caught_by: str | None
    stage: str | None
    seconds: float


class Machine:
    """Tries faults.

    Args:
        tree: a copy.
        workers: how many tests run at a time.
        whole: leave aside what a fault says of the tests to be tried first.
    """

    def __init__(self, tree: Tree, workers: int, *, whole: bool) -> None:
        self._tree = tree
        self._workers = workers
        self._whole = whole
        self._sound: set[str] = set()
        self.unstable: set[str] = set()

    def settle(self, faults: Sequence[Fault]) -> None:
        """Run what is tried first without a fault; what fails there counts nowhere."""
        tests = {test for fault in faults for test in fault.first}
        stage = suite.named(sorted(tests))
        stage = Stage("clean", stage.arguments, 3600, is_long=True)
        while (outcome := self._run(stage)).failed is not None:
            if outcome.failed == suite.TIMED_OUT:
                raise RuntimeError("the tests do not come to an end without a fault")
            self._leave_out(outcome.failed)
        self._sound = tests
        _say(f"clean: green in {outcome.seconds:.0f} s")

    def try_one(self, fault: Fault) -> Found:
        """Plant a fault, and run tests until one fails."""
        started = time.monotonic()
        hinted = [] if self._whole else [suite.named(fault.first)]
        for stage in [*hinted, suite.QUICK, suite.THOROUGH]:
            caught_by = self._caught(fault, stage)
            if caught_by is not None:
                seconds = round(time.monotonic() - started, 1)
                return Found(fault.name, caught_by, stage.name, seconds)
        return Found(fault.name, None, None, round(time.monotonic() - started, 1))

    def _caught(self, fault: Fault, stage: Stage) -> str | None:
        """The test that catches a fault, None if no test of the stage does."""
        while True:
            with self._tree.planted(fault):
                failed = self._run(stage).failed
            if failed is None or failed == suite.TIMED_OUT:
                self._require_an_end(stage, failed)
                return failed
            if self._is_sound(failed):
                return failed
            self._leave_out(failed)

    def _require_an_end(self, stage: Stage, failed: str | None) -> None:
        """Raises: RuntimeError: tests that came to no end do not without a fault either."""
        if failed == suite.TIMED_OUT and self._run(stage).failed == suite.TIMED_OUT:
            raise RuntimeError(f"the {stage.name} tests do not come to an end without a fault")

    def _is_sound(self, test: str) -> bool:
        """Whether a test is green without a fault."""
        if any(test == one or test.startswith(f"{one}::") for one in self._sound - self.unstable):
            return True
        return self._run(Stage("control", [test, "-m", ""], 600)).failed is None

    def _leave_out(self, test: str) -> None:
        _say(f"fails without a fault, counts nowhere: {test}")
        self.unstable.add(test)

    def _run(self, stage: Stage) -> suite.Outcome:
        workers = self._workers if stage.is_long else 0
        return suite.run(self._tree, stage, workers, self.unstable)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.assurance.planted")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="faults; all of them otherwise")
    parser.add_argument("--whole", action="store_true", help="begin with the whole quick suite")
    parser.add_argument("--workers", type=int, default=2, help="tests at a time")
    options = parser.parse_args()
    known = {fault.name: fault for fault in FAULTS}
    if unknown := set(options.only or ()) - known.keys():
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    faults = [known[name] for name in options.only] if options.only else list(FAULTS)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="planted-") as directory:
        machine = Machine(Tree(Path(directory)), options.workers, whole=options.whole)
        machine.settle(faults)
        found = []
        for fault in faults:
            found.append(machine.try_one(fault))
            _say(_line(found[-1]))
    _say(f"{sum(one.caught_by is not None for one in found)} of {len(found)} caught")
    if not options.only:
        _keep(found, len(machine.unstable), time.monotonic() - started)
    sys.exit(any(one.caught_by is None for one in found))


def _line(found: Found) -> str:
    by = f"{found.caught_by} ({found.stage})" if found.caught_by else "NOT CAUGHT"
    return f"{found.fault}: {by}, {found.seconds:.0f} s"


def _keep(found: Sequence[Found], unstable: int, seconds: float) -> None:
    stages = Counter(one.stage for one in found if one.stage)
    counts = {
        "faults": len(found),
        "caught": sum(stages.values()),
        "caught_before": sum(not fault.was_missed for fault in FAULTS),
        **{f"caught_by_{name}_tests": stages[name] for name in ("first", "quick", "thorough")},
        "tests_left_out": unstable,
    }
    figures.keep("planted", None, counts, seconds)
    FOUND.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
