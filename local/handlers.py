"""Loads handlers of Lambda functions from their folders. It calls none, so it needs no AWS."""

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
"""Functions deployed under an older name: another FunctionName would replace the function."""


@cache
def paths() -> dict[str, Path]:
    """Return the path of each handler, by the last part of its folder `<trigger>/<name>`."""
    return {path.parent.name: path for path in sorted(FUNCTIONS.glob("*/*/handler.py"))}


def deployed_name(name: str) -> str:
    """Return the FunctionName of a folder's function, without the prefix of the stack."""
    return _DEPLOYED.get(name, name).replace("_", "-")


@cache
def load(name: str) -> ModuleType:
    """Import a handler under a unique module name: all of them are called `handler`.

    No bytecode is written: files beside a handler are deployed with it.

    Args:
        name: the function's folder.

    Raises:
        ImportError: the function does not exist, or its handler cannot be imported.
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
