"""`python -m local run` starts the local stack."""

import argparse
import sys

from local.errors import LocalStackError
from local.run import Extent, run
from local.settings import Settings


def main() -> int:
    arguments = _parser().parse_args()
    try:
        extent = Extent(deploy=not arguments.engine_only, demo=not arguments.without_demo)
        run(Settings.from_environment(), extent)
    except LocalStackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run_command = commands.add_parser("run", help="start the stack and stay in the foreground")
    run_command.add_argument("--without-demo", action="store_true", help="seed nothing")
    run_command.add_argument("--engine-only", action="store_true", help="deploy nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
