"""The functions of the template, loaded into this process and invoked as Lambda invokes them."""

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from crm.http.app import App, Route
from local import handlers

Event = dict[str, Any]
Handler = Callable[[Event, Any], Any]


@dataclass(frozen=True)
class Function:
    """A function.

    Attributes:
        name: its folder's.
        handler: what Lambda calls.
        routes: what it answers over HTTP; none for one that other services invoke.
    """

    name: str
    handler: Handler
    routes: Sequence[Route]

    @property
    def folder(self) -> Path:
        return handlers.paths()[self.name].parent


class Context:
    """What Lambda tells a function of an invocation, as far as one asks."""

    def get_remaining_time_in_millis(self) -> int:
        """As at the beginning of the longest invocation that there is."""
        return 900_000


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def load() -> list[Function]:
    """Every function under `functions/`, in the order of their names."""
    functions = [_load(name) for name in sorted(handlers.paths())]
    _discard_logs()
    return functions


def _load(name: str) -> Function:
    handler = handlers.load(name).handler
    return Function(name, handler, handler.routes if isinstance(handler, App) else [])


def _discard_logs() -> None:
    """Functions log as ever, which takes its time, but to where it does not disturb the tables."""
    discarded = Path(os.devnull).open("w")  # noqa: SIM115
    for logger in logging.Logger.manager.loggerDict.values():
        for handler in getattr(logger, "handlers", []):
            if getattr(handler, "stream", None) is sys.stderr:
                handler.setStream(discarded)


class Deployment:
    """The functions, each with the environment that it has on the deployed stack.

    Args:
        functions: all of them.
        variables: the environment variables of each, by its name.
    """

    def __init__(
        self, functions: Sequence[Function], variables: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.functions = functions
        self._variables = variables

    def variables(self, function: Function) -> Mapping[str, str]:
        return self._variables[function.name]

    @contextlib.contextmanager
    def environment_of(self, function: Function) -> Iterator[None]:
        with patch.dict(os.environ, self._variables[function.name]):
            yield

    def answering(self, name: str) -> tuple[Function, Route | None]:
        """Whose route this is; for `<function>: <case>`, the function that it names."""
        for function in self.functions:
            if name.partition(":")[0] == function.name:
                return function, None
            for route in function.routes:
                if name_of(route) == name:
                    return function, route
        raise LookupError(f"nothing answers {name}")

    def call(self, event: Event) -> dict[str, Any]:
        """Send an event to the function whose route it is, and expect that it succeeds."""
        method, path = event["requestContext"]["http"]["method"], event["rawPath"]
        [function] = [
            one
            for one in self.functions
            for route in one.routes
            if route.method == method and route.ids_in(path) is not None
        ]
        with self.environment_of(function):
            answer: dict[str, Any] = function.handler(event, Context())
        if answer["statusCode"] >= 400:
            raise RuntimeError(f"{method} {path} gave {answer['statusCode']}: {answer['body']}")
        return answer
