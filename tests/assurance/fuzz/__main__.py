"""The long run: `python -m tests.assurance.fuzz --cases 50000 --seed 1`."""

import argparse
import logging
import sys
import time

from tests.assurance import figures
from tests.assurance.fuzz.campaign import Campaign
from tests.assurance.fuzz.running import own_stack, running_stack
from tests.assurance.fuzz.tally import Tally
from tests.functions.generated.document import operations
from tests.support.integration.client import Brook

CASES = 50_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.assurance.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="how many requests are made up")
    parser.add_argument("--seed", type=int, default=1, help="what they are made up from")
    parser.add_argument(
        "--running",
        action="store_true",
        help="on the stack that LOCAL_DIRECTORY, PORT and ENGINE_PORT name; keeps no figures",
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    start = time.monotonic()
    with running_stack() if options.running else own_stack() as stack, Brook(stack) as brook:
        tally = Campaign(brook, options.seed).run(options.cases, _say)
    seconds = time.monotonic() - start
    _report(tally)
    if not options.running:
        figures.keep("fuzz", options.seed, tally.figures(operations()), seconds)
    return bool(tally.findings)


def _report(tally: Tally) -> None:
    for one in operations():
        counts = " ".join(f"{status}:{n}" for status, n in sorted(tally.of(str(one)).items()))
        _say(f"{one}  {counts}")
    undone = sorted({str(one) for one in operations()} - tally.done())
    _say(f"never done: {', '.join(undone) or 'none'}")
    for key, finding in tally.findings.items():
        _say(f"\n{finding.check} × {tally.repeated[key]}: {finding.label} {finding.status}")
        _say(f"  {finding.said}\n  {finding.sample}")
    for name, count in tally.figures(operations()).items():
        _say(f"{name}: {count}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
