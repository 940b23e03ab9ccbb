"""What can be made up from the OpenAPI document is answered as the document says.

`test_fuzz.py` sends what no document foresees: bytes, headers and paths of any kind. The long run
of this one is `python -m tests.assurance.fuzz`.
"""

from local.process import StackProcess
from tests.assurance.fuzz.campaign import Campaign
from tests.functions.generated.document import operations
from tests.support.integration.client import Brook

SEED, EACH, PROBED = 8, 3, 24
"""Cases of each operation, and the probes among which they are chosen."""

REACHED = 0.4
"""Of the operations, that do what they are asked at least once: nothing is shown by refusals."""


def test_what_is_made_up_is_answered_as_described(stack: StackProcess) -> None:
    cases = EACH * len(operations())
    with Brook(stack) as brook:
        tally = Campaign(brook, SEED, PROBED).run(cases)
    found = [f"{one.label} {one.status}: {one.said}" for one in tally.findings.values()]
    assert not found, "\n".join(found)
    assert tally.cases == cases
    assert len(tally.done()) > REACHED * len(operations())
