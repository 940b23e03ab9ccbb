"""`python -m tools.ops token EMAIL [SCOPE] | recount ORGANIZATION | redrive QUEUE |
rescue ORGANIZATION RECORDS BOOKKEEPING FILE | stack-name [NAME]`.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from local.clients import clients
from local.errors import LocalStackError
from local.outputs import Outputs
from local.settings import ROOT, Settings
from tools.ops import stack_name
from tools.ops.dead_letters import KINDS
from tools.ops.recount import recount
from tools.ops.redrive import Redrive
from tools.ops.rescue import rescue
from tools.ops.stack_access import Operated
from tools.ops.users import Users


def main() -> int:
    arguments = _parser().parse_args()
    try:
        settings = Settings.from_environment()
        return _run(arguments, settings)
    except EndpointConnectionError:
        return _failed(f"no stack answers on {settings.engine_url}: start it with `make run`")
    except (LocalStackError, BotoCoreError, ClientError) as error:
        return _failed(str(error))


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.command == "stack-name":
        print(stack_name.checked(arguments.name, ROOT / "samconfig.toml"))
        return 0
    if arguments.command == "token":
        print(token(settings, arguments.email, arguments.scope))
        return 0
    stack = Operated.of(settings, arguments.stack)
    if arguments.command == "redrive":
        report = Redrive(stack, arguments.queue).run()
        print(json.dumps(asdict(report)))
        return 0 if report.is_clear else 1
    if arguments.command == "recount":
        print(json.dumps(recount(stack, arguments.organization)))
    else:
        tables = (arguments.records, arguments.bookkeeping)
        print(json.dumps(rescue(stack, arguments.organization, *tables, arguments.file)))
    return 0


def _failed(reason: str) -> int:
    print(f"error: {reason}", file=sys.stderr)
    return 1


def token(settings: Settings, email: str, scope: str) -> str:
    """Return an access token of a user of the local stack.

    Raises:
        LocalStackError: there is no stack, or the scope or the email address is invalid.
    """
    outputs = Outputs(settings.outputs).all()
    if not outputs:
        raise LocalStackError("there is no stack yet: start it with `make run`")
    return Users(clients(settings), outputs).token(email, scope)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.ops", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    token_command = commands.add_parser("token", help="print an access token")
    token_command.add_argument("email")
    token_command.add_argument("scope", nargs="?", default="")
    name_command = commands.add_parser(
        "stack-name", help="print the name to deploy, if it is valid"
    )
    name_command.add_argument("name", nargs="?", default="")
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
