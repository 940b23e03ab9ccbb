"""The functions that answer HTTP, loaded from where they lie. Nothing is called, so no AWS."""

import sys
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from crm.http.app import App, Route
from local.settings import ROOT

FUNCTIONS = ROOT / "functions"


@dataclass(frozen=True)
class Resource:
    """One function's routes.

    Attributes:
        name: the function's directory.
        summary: what its handler says of itself.
        routes: in the handler's order.
    """

    name: str
    summary: str
    routes: tuple[Route, ...]


def resources() -> list[Resource]:
    """The functions that have routes, by name, those that need no token last.

    Functions that are fed by a stream or a queue have no routes.
    """
    loaded = {path.parent.name: _load(path) for path in FUNCTIONS.glob("*/handler.py")}
    found = [
        Resource(name, (module.__doc__ or "").strip(), tuple(module.app.routes))
        for name, module in loaded.items()
        if isinstance(getattr(module, "app", None), App)
    ]
    return sorted(found, key=lambda one: (all(route.public for route in one.routes), one.name))


def _load(path: Path) -> ModuleType:
    """Import a handler under a name of its own: all of them are called `handler`.

    No bytecode is left behind: what lies beside a handler is deployed with it.
    """
    name = f"brook_function_{path.parent.name}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = module_from_spec(spec)
    sys.modules[name] = module
    writes_bytecode, sys.dont_write_bytecode = not sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = not writes_bytecode
    return module
