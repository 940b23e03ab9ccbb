"""The name of a stack on AWS, checked before anything is built."""

import re
import tomllib
from pathlib import Path

from local.errors import LocalStackError

DEFAULT = "brook"
_NAME = re.compile(r"[a-z][a-z0-9-]*")

MAX_LENGTH = 29
"""The bucket is called `<stack>-files-<account>-<region>`: S3 takes 63 characters, of which an
account has 12 and the longest Region 14."""


def checked(given: str, settings: Path) -> str:
    """Return the name of the stack to deploy.

    Args:
        given: the name that the operator gives; empty for the one of the last deployment, or
            `DEFAULT` for the first one.
        settings: the path of SAM's `samconfig.toml`, which need not exist.

    Raises:
        LocalStackError: The bucket of the stack cannot have a name (S3, "Bucket naming rules").
    """
    name = given or _deployed(settings) or DEFAULT
    if not _NAME.fullmatch(name) or name.endswith("-") or len(name) > MAX_LENGTH:
        raise LocalStackError(
            f"a stack cannot be called {name[:100]!r}: its bucket's name takes lower-case letters,"
            f" digits and hyphens, a letter first and no hyphen last, {MAX_LENGTH} characters at"
            " most; choose another one with STACK="
        )
    return name


def _deployed(settings: Path) -> str:
    if not settings.exists():
        return ""
    configured = tomllib.loads(settings.read_text(encoding="utf-8"))
    parameters = configured.get("default", {}).get("deploy", {}).get("parameters", {})
    return str(parameters.get("stack_name", ""))
