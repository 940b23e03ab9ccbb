"""The template's routes, the handlers' and the document's are the same ones."""

import json
import re
from collections.abc import Iterator

import pytest

from crm.http.app import Route
from tests.contract import template
from tests.contract.template import TemplateRoute
from tools.openapi import parameters
from tools.openapi.__main__ import DOCUMENT
from tools.openapi.resources import resources


def handler_routes() -> Iterator[tuple[str, Route]]:
    for resource in resources():
        for route in resource.routes:
            yield resource.name, route


HANDLER_ROUTES = list(handler_routes())
TEMPLATE_ROUTES = [route for route in template.routes() if route.method != "OPTIONS"]
PREFLIGHTS = {route.path: route for route in template.routes() if route.method == "OPTIONS"}


def concrete(path: str) -> str:
    return re.sub(r"<\w+>", "some-id", path)


def name(value: object) -> str | None:
    if isinstance(value, Route):
        return f"{value.method} {value.path}"
    return f"{value.method} {value.path}" if isinstance(value, TemplateRoute) else None


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("function", "route"), HANDLER_ROUTES, ids=name)
def test_the_template_leads_each_handler_route_to_its_function(
    function: str, route: Route, slash: str
) -> None:
    served_by = template.serving(route.method, concrete(route.path) + slash)
    assert served_by is not None
    assert served_by.function == function


@pytest.mark.parametrize("template_route", TEMPLATE_ROUTES, ids=name)
def test_a_handler_route_stands_behind_each_route_of_the_template(
    template_route: TemplateRoute,
) -> None:
    behind = [
        route
        for function, route in HANDLER_ROUTES
        if function == template_route.function
        and any(
            template_route.takes(route.method, concrete(route.path) + slash) for slash in ("", "/")
        )
    ]
    assert behind


@pytest.mark.parametrize(("function", "route"), HANDLER_ROUTES, ids=name)
def test_a_route_is_public_in_its_handler_and_in_the_template_alike(
    function: str, route: Route
) -> None:
    served_by = template.serving(route.method, concrete(route.path))
    assert served_by is not None
    assert served_by.public == route.public


@pytest.mark.parametrize("route", TEMPLATE_ROUTES, ids=name)
def test_a_preflight_meets_no_authorizer(route: TemplateRoute) -> None:
    """A browser sends no token with OPTIONS, and `ANY` takes OPTIONS too."""
    preflight = PREFLIGHTS.get(route.path, route)
    assert preflight.public
    assert preflight.function == route.function


def test_a_route_of_the_template_asks_for_a_token_unless_it_says_otherwise() -> None:
    assert template.default_authorizer() == "AccessToken"


def test_no_two_routes_of_the_template_are_the_same() -> None:
    keys = [(route.method, route.path) for route in TEMPLATE_ROUTES]
    assert len(keys) == len(set(keys))


def test_the_document_has_the_handlers_routes_and_no_others() -> None:
    documented = {
        (method.upper(), path)
        for path, operations in json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"].items()
        for method in operations
    }
    handled = [(route.method, parameters.template(route)) for _, route in HANDLER_ROUTES]
    assert sorted(handled) == sorted(documented)


def test_the_document_asks_for_a_token_where_the_handlers_do() -> None:
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    assert document["security"] == [{"accessToken": []}]
    for _, route in HANDLER_ROUTES:
        operation = document["paths"][parameters.template(route)][route.method.lower()]
        assert (operation.get("security") == []) == route.public
