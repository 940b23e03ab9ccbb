"""`python -m local run | token EMAIL [SCOPE]`."""

import argparse
import sys

from botocore.exceptions import EndpointConnectionError

from local.clients import clients
from local.errors import LocalStackError
from local.outputs import Outputs
from local.run import Extent, run
from local.settings import Settings
from local.users import Users


def main() -> int:
    arguments = _parser().parse_args()
    try:
        settings = Settings.from_environment()
        if arguments.command == "run":
            extent = Extent(deploy=not arguments.engine_only, demo=not arguments.without_demo)
            run(settings, extent)
        else:
            print(token(settings, arguments.email, arguments.scope))
    except LocalStackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def token(settings: Settings, email: str, scope: str) -> str:
    outputs = Outputs(settings.outputs).all()
    if not outputs:
        raise LocalStackError("there is no stack yet: start it with `make run`")
    try:
        return Users(clients(settings), outputs).token(email, scope)
    except EndpointConnectionError as error:
        raise LocalStackError(
            f"no stack answers on {settings.engine_url}: start it with `make run`"
        ) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run_command = commands.add_parser("run", help="start the stack and stay in the foreground")
    run_command.add_argument("--without-demo", action="store_true", help="seed nothing")
    run_command.add_argument("--engine-only", action="store_true", help="deploy nothing")
    token_command = commands.add_parser("token", help="print an access token")
    token_command.add_argument("email")
    token_command.add_argument("scope", nargs="?", default="")
    return parser


if __name__ == "__main__":
    sys.exit(main())
