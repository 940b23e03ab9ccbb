"""The handlers of Lambda functions, loaded from their folders. Nothing is called, so no AWS."""

import sys
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from local.settings import ROOT

FUNCTIONS = ROOT / "functions"

_DEPLOYED = {
    "date_rules": "due",
    "delayed_actions": "timers",
    "erasure_worker": "erasing",
    "export_worker": "exporting",
    "import_worker": "importing",
    "webhook_sender": "delivery",
}
"""Functions that are deployed under an older name: another FunctionName replaces the function."""


@cache
def paths() -> dict[str, Path]:
    """Where each function's handler lies, by the name of its folder: `<trigger>/<name>`."""
    return {path.parent.name: path for path in sorted(FUNCTIONS.glob("*/*/handler.py"))}


def deployed_name(name: str) -> str:
    """The FunctionName of a folder's function, without that of the stack before it."""
    return _DEPLOYED.get(name, name).replace("_", "-")


@cache
def load(name: str) -> ModuleType:
    """Import a handler under a name of its own: all of them are called `handler`.

    No bytecode is left behind: what lies beside a handler is deployed with it.

    Args:
        name: the function's folder.

    Raises:
        ImportError: there is no such function, or its handler cannot be imported.
    """
    path = paths().get(name)
    spec = path and spec_from_file_location(f"brook_function_{name}", path)
    if not spec or spec.loader is None:
        raise ImportError(f"there is no function {name}")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = writes_bytecode
    return module
