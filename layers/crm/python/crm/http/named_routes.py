"""Functions that answer several routes, under a name for each."""

from typing import Any

from crm.http.app import RouteFunction
from crm.http.request import Request
from crm.http.response import Response

_SENT = ("query", "body")


def named(run: RouteFunction, name: str, summary: str) -> RouteFunction:
    """A route's function under a name of its own, by which the OpenAPI document knows it.

    Args:
        run: takes the ids of the path in their order, whatever the path calls them, and `query`
            or `body` by name.
        name: the operation's.
        summary: what it does; what follows the first sentence describes it further.
    """

    def route(request: Request, **arguments: Any) -> Response:
        sent = {name: arguments.pop(name) for name in _SENT if name in arguments}
        return run(request, *arguments.values(), **sent)

    route.__name__ = name
    route.__doc__ = summary
    return route
