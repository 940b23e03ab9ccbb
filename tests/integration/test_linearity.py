"""Linearizability of the responses to two to four concurrent clients of one record."""

from local.process import StackProcess
from tests.assurance.linearity.run import run
from tests.support.integration.client import Brook

HISTORIES = 44
SEED = 8


def test_every_history_has_an_order(stack: StackProcess) -> None:
    with Brook(stack) as brook:
        *_, figures = run(brook, HISTORIES, SEED)
    assert figures.wrong == [], "\n\n".join(figures.wrong)
    # A machine that runs one client after the other would show nothing.
    assert figures.counts["overlapping requests"] > figures.counts["requests"] / 4
