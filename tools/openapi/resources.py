"""The functions that serve HTTP, with their routes."""

from dataclasses import dataclass

from crm.http.app import App, Route
from local import handlers


@dataclass(frozen=True)
class Resource:
    """One function's routes.

    Attributes:
        name: the function's directory.
        summary: the module docstring of its handler.
        routes: the routes in the handler's order.
    """

    name: str
    summary: str
    routes: tuple[Route, ...]


def resources() -> list[Resource]:
    """Return the functions that have routes, by name; those without tokens come last.

    Functions that are fed by a stream or a queue have no routes.
    """
    loaded = {name: handlers.load(name) for name in handlers.paths()}
    found = [
        Resource(name, (module.__doc__ or "").strip(), tuple(module.app.routes))
        for name, module in loaded.items()
        if isinstance(getattr(module, "app", None), App)
    ]
    return sorted(found, key=lambda one: (all(route.public for route in one.routes), one.name))
