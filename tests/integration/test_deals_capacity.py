"""Costs of deals, boards and timelines: by the page instead of the total.

The handlers run in the test's own process, on tables of their own in the stack's engine.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.platform.dynamodb.transaction import Transaction
from crm.related.activities.schemas import Activity
from crm.sales.deals.schemas import Deal
from crm.sales.entities.schemas import Entity
from crm.sales.pipelines import service as pipelines
from crm.sales.pipelines.schemas import Pipeline
from crm.tenancy.organizations.schemas import Organization
from local import handlers
from local.process import StackProcess
from tests.integration.test_capacity import ADMIN, MEMBER, Cost, Scale, member, same
from tests.support.integration.client import Json, new_id
from tests.support.integration.layer import id_of, layer, own_tables, write

SIZES = (100, 3_000, 10_000)
START = datetime(2025, 1, 1, tzinfo=UTC)
EVENTS = 1_000


@pytest.fixture(scope="module")
def world(stack: StackProcess) -> Iterator[dict[str, Any]]:
    """Organizations with so many deals, each in one pipeline; one deal with a thousand notes."""
    with own_tables(stack) as tables, layer(stack, **tables):
        organizations = {size: new_id() for size in SIZES}
        busy = {size: id_of(START) for size in SIZES}
        standing = {}
        for size, organization_id in organizations.items():
            standing[size] = found(organization_id)
            entity = account(organization_id)
            deals = [deal(standing[size], entity, size, n, busy[size]) for n in range(size)]
            write([entity, *deals, *notes(organization_id, busy[size], min(size, EVENTS))])
        apps = {
            name: handlers.load(name).handler
            for name in ("deals", "pipelines", "timeline", "activities")
        }
        yield {
            "scale": Scale(apps["deals"], organizations),
            "apps": apps,
            "pipelines": standing,
            "busy": busy,
        }


def found(organization_id: str) -> Pipeline:
    """An organization with an admin, a member, and the pipeline that it begins with."""
    write([member(organization_id, role) for role in (ADMIN, MEMBER)])
    write(
        [
            Organization.create(
                organization_id, ADMIN, id=organization_id, name="O", default_currency="USD"
            )
        ]
    )
    transaction = Transaction()
    made = pipelines.found_default(transaction, organization_id, ADMIN)
    transaction.commit()
    return made


def account(organization_id: str) -> Entity:
    return Entity.create(
        organization_id, ADMIN, type="account", name="Northern Mills", assigned_to=ADMIN
    )


def deal(pipeline: Pipeline, entity: Entity, size: int, n: int, busy: str) -> Deal:
    """Every second one is the member's; five of all are expected to close in 2030."""
    stage = pipeline.stages[n % 6]
    owner = MEMBER if n % 2 else ADMIN
    year = 2030 if n % (size // 5) == 3 else 2026
    moment = START + timedelta(seconds=n)
    return Deal.create(
        pipeline.organization_id,
        owner,
        id=busy if n == 1 else id_of(moment),
        name=f"Deal {n:05}",
        currency="USD",
        amount="10.00",
        entity_id=entity.id,
        pipeline_id=pipeline.id,
        stage_id=stage.id,
        status=stage.status.removeprefix("closed_"),
        probability=stage.probability,
        weighted_amount="1.00",
        expected_close_date=f"{year}-{n % 12 + 1:02}-01",
        assigned_to=owner,
        stay_id=new_id(),
        stage_entered_on="2025-01-01T00:00:00.000Z",
    )


def notes(organization_id: str, deal_id: str, count: int) -> list[Activity]:
    return [
        Activity.create(
            organization_id,
            MEMBER,
            id=id_of(START + timedelta(seconds=n)),
            type="task" if n % 2 else "note",
            subject=f"Event {n:05}",
            related_to_type="deal",
            related_to_id=deal_id,
            assigned_to=MEMBER,
            due_date=f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}" if n % 2 else None,
        )
        for n in range(count)
    ]


def following(scale: Scale, size: int, user: str, path: str, **params: Any) -> Cost:
    """The second page of a list, which `next` leads to: the count is on the first."""
    first = scale.ask(size, user, path, **params)
    return scale.ask(size, user, first.body["next"])


users = pytest.mark.parametrize("user", [ADMIN, MEMBER])


@users
@pytest.mark.parametrize("params", [{}, {"status": "open"}, {"assigned_to": MEMBER}])
def test_a_page_of_deals(world: dict[str, Any], user: str, params: Json) -> None:
    scale = world["scale"]
    units = {
        size: following(scale, size, user, "/api/deals", limit=5, **params).units for size in SIZES
    }
    assert same(*units.values()), units


@users
def test_a_page_of_a_stage(world: dict[str, Any], user: str) -> None:
    units = {}
    for size in SIZES:
        stage = world["pipelines"][size].stages[1].id
        page = following(world["scale"], size, user, "/api/deals", limit=5, stage_id=stage)
        assert len(page.body["results"]) == 5
        units[size] = page.units
    assert same(*units.values()) or max(units.values()) < 60, units


@users
def test_the_few_of_a_range_of_dates_are_found_at_their_own_cost(
    world: dict[str, Any], user: str
) -> None:
    found = {
        size: world["scale"].ask(size, user, "/api/deals", expected_close_after="2030-01-01")
        for size in SIZES
    }
    assert all(0 < cost.body["count"] <= 5 for cost in found.values())
    units = {size: cost.units for size, cost in found.items()}
    assert same(units[3_000], units[10_000]), units
    assert units[10_000] < 60, units


@users
def test_a_board(world: dict[str, Any], user: str) -> None:
    """Its sums and the newest deals of its stages, however many there are."""
    costs = {}
    for size in SIZES:
        scale = replace(world["scale"], app=world["apps"]["pipelines"])
        path = f"/api/pipelines/{world['pipelines'][size].id}/board"
        costs[size] = scale.ask(size, user, path, limit=3)
        assert max(len(one["deals"]) for one in costs[size].body["stages"]) == 3
    assert same(*(cost.units for cost in costs.values())), costs


@users
def test_the_first_page_of_a_timeline_costs_a_page(world: dict[str, Any], user: str) -> None:
    found = {}
    for size in SIZES:
        scale = replace(world["scale"], app=world["apps"]["timeline"])
        about = {"related_to_type": "deal", "related_to_id": world["busy"][size]}
        first = scale.ask(size, user, "/api/timeline", limit=10, **about)
        assert first.body["count"] == min(size, EVENTS)
        second = scale.ask(size, user, first.body["next"])
        newest = second.body["results"][0]["title"]
        assert newest == f"Event {min(size, EVENTS) - 11:05}"
        found[size] = second.units
    assert same(*found.values()), found
    assert max(found.values()) < 25, found


def test_a_page_of_the_worklist(world: dict[str, Any]) -> None:
    scale = replace(world["scale"], app=world["apps"]["activities"])
    units = {
        size: following(
            scale,
            size,
            MEMBER,
            "/api/activities",
            limit=5,
            order="due_date",
            assigned_to=MEMBER,
            is_completed="false",
        ).units
        for size in SIZES
    }
    assert same(units[3_000], units[10_000]), units
    assert max(units.values()) < 60, units
