import argparse
import sys
import tempfile
import time
from pathlib import Path

from local.process import StackProcess
from tests.assurance import figures
from tests.assurance.access import sweep
from tests.assurance.access.trial import Outcome, Trial


def main() -> int:
    """Try everything in every role, on a stack of its own; keep the figures."""
    argparse.ArgumentParser(prog="python -m tests.assurance.access").parse_args()
    with tempfile.TemporaryDirectory() as directory:
        stack = StackProcess(Path(directory))
        stack.start()
        try:
            return _try(stack)
        finally:
            stack.stop()


def _try(stack: StackProcess) -> int:
    started = time.monotonic()
    trial = Trial(stack)
    roles = sorted(trial.roles)
    with trial.places.another_bucket():
        granted, never = trial.policies(roles), trial.forbidden(roles)
        all_of_it, nobody = trial.everything(roles), trial.strangers()
        unjudged = trial.unjudged()
    outcomes = {"policies": granted, "forbidden": never, "everything": all_of_it, "witness": nobody}
    wrong = [line for outcome in outcomes.values() for line in outcome.wrong]
    wrong += [f"{name}: judged or not, otherwise than said" for name in unjudged ^ sweep.UNJUDGED]
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    if wrong:
        return 1
    figures.keep("access", None, _counts(roles, outcomes), time.monotonic() - started)
    return 0


def _counts(roles: list[str], outcomes: dict[str, Outcome]) -> dict[str, int]:
    return {
        "roles": len(roles),
        "calls allowed": sum(one.allowed for one in outcomes.values()),
        "calls refused": sum(one.refused for one in outcomes.values()),
        "operations not judged by the engine": len(sweep.UNJUDGED),
    }


if __name__ == "__main__":
    sys.exit(main())
