"""Consumed capacity of lists, as DynamoDB reports it.

The handler runs in the test's own process, on tables of its own in the stack's engine: behind
the stack's own stream, ten thousand documents would keep its projections busy for minutes.
The figures follow from the bytes that are evaluated, so they do not depend on the machine.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from crm.http import rate_limit
from crm.platform.dynamodb.table import SYSTEM, connection
from crm.related.documents.schemas import Document
from crm.tenancy.members.schemas import Member
from local import handlers
from local.process import StackProcess
from tests.support.integration.client import Json, new_id
from tests.support.integration.layer import (
    document,
    layer,
    own_tables,
    postings,
    write,
    write_items,
)

SIZES = (100, 3_000, 10_000)
"""The first below what a count counts; in the others, each single list is longer than that."""

ALIKE = 1_000
TOLERANCE = 0.2
START = datetime(2025, 1, 1, tzinfo=UTC)
TEAMS = [new_id() for _ in range(3)]
ADMIN, MEMBER = "admin", "member"


@contextmanager
def measuring() -> Iterator[list[float]]:
    """The capacity units of every call that the layer makes to DynamoDB meanwhile."""
    figures: list[float] = []
    events = connection().client.meta.events

    def ask(params: Json, **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def note(parsed: Json, **_: Any) -> None:
        if "ConsumedCapacity" in parsed:
            figures.append(parsed["ConsumedCapacity"]["CapacityUnits"])
        else:  # the engine does not say it of a batch: a unit for each of these small records
            figures.append(sum(len(found) for found in parsed["Responses"].values()))

    events.register("before-parameter-build.dynamodb", ask)
    events.register("after-call.dynamodb", note)
    yield figures
    events.unregister("before-parameter-build.dynamodb", ask)
    events.unregister("after-call.dynamodb", note)


@dataclass(frozen=True)
class Cost:
    """One answered request, and what it read."""

    body: Json
    units: float
    calls: int


@dataclass(frozen=True)
class Scale:
    """The same kind of organization in several sizes."""

    app: Any
    organizations: dict[int, str]

    def ask(self, size: int, user: str, path: str = "/api/documents", **params: Any) -> Cost:
        """One request, measured."""
        plain, _, query = path.partition("?")
        event = {
            "version": "2.0",
            "rawPath": plain,
            "rawQueryString": query or urlencode(params),
            "headers": {"organization-id": self.organizations[size]},
            "requestContext": {
                "http": {"method": "GET", "path": plain},
                "requestId": "test",
                "stage": "$default",
                "authorizer": {"jwt": {"claims": {"sub": user, "token_use": "access"}}},
            },
            "isBase64Encoded": False,
        }
        with measuring() as figures:
            answer = self.app(event, None)
        assert answer["statusCode"] == 200, answer
        return Cost(json.loads(answer["body"]), sum(figures), len(figures))

    def walk(self, size: int, user: str, pages: int, **params: Any) -> list[Cost]:
        """The first pages of a list."""
        costs = [self.ask(size, user, **params)]
        while len(costs) < pages:
            costs.append(self.ask(size, user, costs[-1].body["next"]))
        return costs


@pytest.fixture(scope="module")
def scale(stack: StackProcess) -> Iterator[Scale]:
    with own_tables(stack) as tables, layer(stack, **tables):
        organizations = {size: new_id() for size in (*SIZES, ALIKE)}
        for size, organization_id in organizations.items():
            write([member(organization_id, ADMIN), member(organization_id, MEMBER)])
            documents = shelf(organization_id, size)
            write(documents)
            rare = [one for one in documents if one.title.startswith("Blueprint")]
            write_items(SYSTEM, postings(documents if size <= ALIKE else rare))
        yield Scale(handlers.load("documents").handler, organizations)


def member(organization_id: str, role: Any) -> Member:
    person = {"id": role, "email": f"{role}@example.com", "first_name": role, "last_name": role}
    teams = TEAMS if role == MEMBER else []
    return Member.create(organization_id, role, **person, role=role, teams=teams)


def shelf(organization_id: str, size: int) -> list[Document]:
    """Half of them the member's own, half shared with one or two of three teams; five rare ones."""
    return [
        document(
            organization_id,
            MEMBER if n % 2 else ADMIN,
            f"Blueprint {n}" if n % (size // 5) == 3 else f"doc {n:04}",
            START + timedelta(seconds=n),
            shared_with=[TEAMS[n % 3], TEAMS[(n + n // 3) % 3]][: 1 + n % 2],
        )
        for n in range(size)
    ]


def same(*units: float) -> bool:
    return max(units) <= min(units) * (1 + TOLERANCE)


@pytest.mark.parametrize("user", [ADMIN, MEMBER])
@pytest.mark.parametrize("params", [{}, {"status": "active"}, {"shared_with": TEAMS[0]}])
def test_a_page_costs_the_same_among_100_and_among_10_000(
    scale: Scale, user: str, params: Json
) -> None:
    """The second page, which `next` leads to: the count is on the first."""
    found = {size: scale.walk(size, user, 2, limit=10, **params)[1:] for size in SIZES}
    assert all(len(one.body["results"]) == 10 for costs in found.values() for one in costs)
    units = {size: max(cost.units for cost in costs) for size, costs in found.items()}
    assert same(*units.values()), units


@pytest.mark.parametrize("user", [ADMIN, MEMBER])
def test_the_count_is_taken_once_and_stops_growing_at_1000(scale: Scale, user: str) -> None:
    counting = {}
    for size in SIZES:
        first, second = scale.walk(size, user, 2, limit=10)
        for cost in (first, second):
            assert cost.body["count"] == min(size, 1000)
            assert cost.body["count_exact"] == (size <= 1000)
        counting[size] = first.units - second.units
    assert counting[100] < counting[3_000] / 4
    assert same(counting[3_000], counting[10_000]), counting


@pytest.mark.parametrize("user", [ADMIN, MEMBER])
def test_a_search_costs_by_what_it_finds(scale: Scale, user: str) -> None:
    """A member's lists are short among 100: there is less to look for the five in."""
    found = {size: scale.ask(size, user, title="blueprint") for size in SIZES}
    assert {cost.body["count"] for cost in found.values()} == {5}
    units = {size: cost.units for size, cost in found.items()}
    assert same(units[3_000], units[10_000]), units
    assert units[100] <= units[10_000], units


@pytest.mark.parametrize("user", [ADMIN, MEMBER])
def test_a_search_for_one_of_many_alike_does_not_read_them_all(scale: Scale, user: str) -> None:
    """All titles share the beginning of the query; only its end is rare."""
    found = {size: scale.ask(size, user, title="doc 0042") for size in (100, ALIKE)}
    assert {cost.body["count"] for cost in found.values()} == {1}
    units = {size: cost.units for size, cost in found.items()}
    assert units[ALIKE] <= 2 * units[100], units


def test_the_figures_are_those_of_evaluated_bytes(scale: Scale) -> None:
    """Else all of the above would hold of constants."""
    small, large = (scale.ask(ALIKE, ADMIN, limit=limit).units for limit in (1, 100))
    assert large > small + 40


def test_the_same_request_costs_the_same_each_time(scale: Scale) -> None:
    """Else one of those compared above pays now and then for what has nothing to do with it."""
    assert len({scale.ask(100, ADMIN).units for _ in range(rate_limit.STEP + 1)}) == 1
