"""Route functions that serve several routes, each under a name of its own."""

from typing import Any

from crm.http.app import RouteFunction
from crm.http.request import Request
from crm.http.response import Response

_SENT = ("query", "body")


def named(run: RouteFunction, name: str, summary: str) -> RouteFunction:
    """Return a route function with its own name, which identifies it in the OpenAPI document.

    Args:
        run: takes the ids of the path by position, whatever their names, and `query` or `body` by
            name.
        name: the name of the operation.
        summary: what it does; the text after the first sentence becomes its description.
    """

    def route(request: Request, **arguments: Any) -> Response:
        sent = {name: arguments.pop(name) for name in _SENT if name in arguments}
        return run(request, *arguments.values(), **sent)

    route.__name__ = name
    route.__doc__ = summary
    return route
