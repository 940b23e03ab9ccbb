"""Runs histories in one process."""

import traceback
from collections import Counter
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.assurance.model.machine import Histories
from tests.assurance.model.worker import working


@dataclass(frozen=True)
class Run:
    """The task of a process.

    Attributes:
        histories: how many.
        steps: of each.
        seed: what all choices come from.
        shrinks: a history that fails is made as short as possible, which may take five minutes.
    """

    histories: int
    steps: int
    seed: int
    shrinks: bool


def run(what: Run) -> tuple[Counter[str], str]:
    """So many histories in this process.

    Returns:
        What they came to, and the shortest history that failed, if one did.
    """
    Histories.counts.clear()
    chosen = settings(
        max_examples=what.histories,
        stateful_step_count=what.steps,
        deadline=None,
        database=None,
        phases=[Phase.generate, *([Phase.shrink] if what.shrinks else [])],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    failure = ""
    with working() as worker:
        Histories.worker = worker
        try:
            run_state_machine_as_test(seed(what.seed)(Histories), settings=chosen)
        except Exception as error:
            failure = told(what, error)
        counts = Counter(Histories.counts)
        counts["calls"] = worker.injector.calls
        for kind, hits in worker.injector.hits.items():
            counts[f"faults: {kind}"] = hits
    return counts, failure


def told(what: Run, error: BaseException) -> str:
    """A failure, and the requests before it."""
    notes = [one for one in getattr(error, "__notes__", []) if one != "state.count()"]
    at = traceback.extract_tb(error.__traceback__)[-1]
    last = f"{type(error).__name__}: {error} ({at.name}, {at.filename}:{at.lineno})"
    return "\n".join([*notes, last, at.line or "", str(what), ""])
