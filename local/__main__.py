"""`python -m local run | token EMAIL [SCOPE] | recount ORGANIZATION | redrive QUEUE |
rescue ORGANIZATION RECORDS BOOKKEEPING FILE`.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from local.clients import clients
from local.errors import LocalStackError
from local.letters import KINDS
from local.operating import Operated
from local.outputs import Outputs
from local.recount import recount
from local.redrive import Redrive
from local.rescue import rescue
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
        elif arguments.command == "token":
            print(token(settings, arguments.email, arguments.scope))
        elif arguments.command == "recount":
            stack = Operated.of(settings, arguments.stack)
            print(json.dumps(recount(stack, arguments.organization)))
        elif arguments.command == "redrive":
            return redrive(settings, arguments.stack, arguments.queue)
        else:
            stack = Operated.of(settings, arguments.stack)
            tables = (arguments.records, arguments.bookkeeping)
            print(json.dumps(rescue(stack, arguments.organization, *tables, arguments.file)))
    except EndpointConnectionError:
        print(
            f"error: no stack answers on {settings.engine_url}: start it with `make run`",
            file=sys.stderr,
        )
        return 1
    except (LocalStackError, BotoCoreError, ClientError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def redrive(settings: Settings, stack: str, queue: str) -> int:
    """Say what became of dead letters; one that stays is a failure."""
    report = Redrive(Operated.of(settings, stack), queue).run()
    print(json.dumps(asdict(report)))
    return 0 if report.is_clear else 1


def token(settings: Settings, email: str, scope: str) -> str:
    outputs = Outputs(settings.outputs).all()
    if not outputs:
        raise LocalStackError("there is no stack yet: start it with `make run`")
    return Users(clients(settings), outputs).token(email, scope)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run_command = commands.add_parser("run", help="start the stack and stay in the foreground")
    run_command.add_argument("--without-demo", action="store_true", help="seed nothing")
    run_command.add_argument("--engine-only", action="store_true", help="deploy nothing")
    token_command = commands.add_parser("token", help="print an access token")
    token_command.add_argument("email")
    token_command.add_argument("scope", nargs="?", default="")
    recount_command = commands.add_parser("recount", help="count an organization's sums anew")
    recount_command.add_argument("organization")
    redrive_command = commands.add_parser("redrive", help="do what dead letters ask for")
    redrive_command.add_argument("queue", help=", ".join(KINDS))
    rescue_command = commands.add_parser("rescue", help="an archive out of restored tables")
    rescue_command.add_argument("organization")
    rescue_command.add_argument("records", help="name of the restored table of records")
    rescue_command.add_argument("bookkeeping", help="name of the restored table of bookkeeping")
    rescue_command.add_argument("file", type=Path, help="where the archive is written")
    for command in (recount_command, redrive_command, rescue_command):
        command.add_argument("--stack", default="", help="a stack on AWS; else the local one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
