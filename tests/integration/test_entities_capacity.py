"""Costs of entities: the number of calls, by the page instead of the total.

The handler runs in the test's own process, on tables of its own in the stack's engine.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.table import RECORDS, SYSTEM, connection
from crm.sales.entities.schemas import ContactPoint, Entity
from local import handlers
from local.process import StackProcess
from tests.integration.test_capacity import ADMIN, MEMBER, Cost, Scale, member, same
from tests.support.integration.client import Json, new_id
from tests.support.integration.layer import id_of, items, layer, own_tables, postings, write_items

PATH = "/api/entities"
SIZES = (100, 3_000, 10_000)
START = datetime(2025, 1, 1, tzinfo=UTC)
TYPES = ("contact", "organization", "account")


@pytest.fixture(scope="module")
def scale(stack: StackProcess) -> Iterator[Scale]:
    with own_tables(stack) as tables, layer(stack, **tables):
        organizations = {size: new_id() for size in SIZES}
        for size, organization_id in organizations.items():
            people = [member(organization_id, role) for role in (ADMIN, MEMBER)]
            book = [entity(organization_id, size, n) for n in range(size)]
            points = [contact_point(one, n) for n, one in enumerate(book)]
            records = [item for one in (*people, *book) for item in items(one)]
            write_items(RECORDS, records + [item for one in points for item in part_items(one)])
            rare = [one for one in book if one.name.startswith("Blueprint")]
            write_items(SYSTEM, postings(rare))
        yield Scale(handlers.load("entities").handler, organizations)


def entity(organization_id: str, size: int, n: int) -> Entity:
    """Every second one is the member's; five of all have a rare name."""
    name = f"Blueprint {n:05}" if n % (size // 5) == 3 else f"Company {n:05}"
    owner = MEMBER if n % 2 else ADMIN
    return Entity.create(
        organization_id,
        owner,
        id=id_of(START + timedelta(seconds=n)),
        type=TYPES[n % 3],
        name=name,
        assigned_to=owner,
    )


def contact_point(one: Entity, n: int) -> ContactPoint:
    return ContactPoint.create(
        one.organization_id,
        one.created_by,
        entity_id=one.id,
        channel="email",
        value=f"office{n}@example.com",
        is_primary=True,
    )


def part_items(part: ContactPoint) -> list[Item]:
    """Writes of a contact point: itself, its constraint, its entity's index item."""
    guards = [
        keys.unique_constraint(part.organization_id, part.KIND, one)
        for one in part.unique_constraints().values()
    ]
    entries = part.entity_lists().items()
    return [
        {**part.key._asdict(), **part.item()},
        *({**key._asdict(), **part.constraint_item()} for key in guards),
        *(keys.index_item(part.organization_id, Entity.KIND, *one)._asdict() for one in entries),
    ]


@contextmanager
def noting() -> Iterator[list[tuple[str, Json]]]:
    """Each call that the layer makes meanwhile: its operation and parameters."""
    calls: list[tuple[str, Json]] = []
    events = connection().client.meta.events

    def note(params: Json, model: Any, **_: Any) -> None:
        calls.append((model.name, params))

    events.register("provide-client-params.dynamodb", note)
    yield calls
    events.unregister("provide-client-params.dynamodb", note)


@dataclass(frozen=True)
class Asked:
    """One answered request, and what the layer asked DynamoDB for because of it."""

    body: Json
    calls: list[tuple[str, Json]]

    def of(self, operation: str, text: str = "") -> list[Json]:
        """The parameters of the calls of an operation that name something."""
        return [params for name, params in self.calls if name == operation and text in str(params)]

    @property
    def written(self) -> set[str]:
        return {name for name, _ in self.calls} - {"GetItem", "Query", "BatchGetItem"}


def send(scale: Scale, method: str, path: str, body: Json | None = None) -> Asked:
    """One request by the admin of the small organization."""
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "organization-id": scale.organizations[SIZES[0]],
            "content-type": "application/json",
        },
        "requestContext": {
            "http": {"method": method, "path": path},
            "requestId": "test",
            "stage": "$default",
            "authorizer": {"jwt": {"claims": {"sub": ADMIN, "token_use": "access"}}},
        },
        "body": json.dumps(body) if body is not None else "",
        "isBase64Encoded": False,
    }
    with noting() as calls:
        answer = scale.app(event, None)
    assert answer["statusCode"] < 300, answer
    return Asked(json.loads(answer["body"]), calls)


class TestCalls:
    """Calls for one record: two more read the caller and the definitions."""

    def test_creating_is_one_transaction(self, scale: Scale) -> None:
        asked = send(scale, "POST", PATH, {"type": "account", "name": "Acme"})
        assert asked.written == {"TransactWriteItems"}
        assert len(asked.of("TransactWriteItems")) == 1
        assert [name for name, _ in asked.calls] == ["GetItem", "Query", "TransactWriteItems"]

    @pytest.mark.parametrize("parts", [0, 1, 20])
    def test_the_detail_is_one_query_however_much_hangs_on_it(
        self, scale: Scale, parts: int
    ) -> None:
        one = send(scale, "POST", PATH, {"type": "account", "name": "Acme"}).body["id"]
        path = f"{PATH}/{one}"
        for n in range(parts):
            email = {"channel": "email", "value": f"a{n}@example.com"}
            send(scale, "POST", f"{path}/contact-points", email)
            send(scale, "POST", f"{path}/identifiers", {"type": "duns", "value": f"{parts}-{n}"})
        asked = send(scale, "GET", path)
        assert len(asked.body["contact_points"]) == len(asked.body["identifiers"]) == parts
        [query] = asked.of("Query", one)
        assert query["ConsistentRead"] is True
        assert [name for name, _ in asked.calls] == ["GetItem", "Query", "Query"]
        assert len(asked.of("Query", "CUSTOM_FIELD")) == 1

    def test_and_one_read_for_all_other_ends(self, scale: Scale) -> None:
        ids = [
            send(scale, "POST", PATH, {"type": "contact", "name": f"Contact {n}"}).body["id"]
            for n in range(6)
        ]
        path = f"{PATH}/{ids[0]}"
        for other in ids[1:]:
            body = {"to_entity": other, "relationship_type": "knows"}
            send(scale, "POST", f"{path}/relationships", body)
        asked = send(scale, "GET", path)
        assert len(asked.body["relationships"]) == 5
        assert len(asked.of("Query", ids[0])) == 1
        assert len(asked.of("BatchGetItem")) == 1
        assert len(asked.of("Query", "CUSTOM_FIELD")) == 2, "of entities, of relationships"
        assert len(asked.calls) == 5

    def test_definitions_are_read_once(self, scale: Scale) -> None:
        one, other = (
            send(scale, "POST", PATH, {"type": "contact", "name": name}).body["id"]
            for name in ("One", "Other")
        )
        body = {"to_entity": other, "relationship_type": "knows"}
        path = f"{PATH}/{one}/relationships"
        made = send(scale, "POST", path, body)
        asked = [
            made,
            send(scale, "PUT", f"{path}/{made.body['id']}", body),
            send(scale, "PATCH", f"{path}/{made.body['id']}", {"inverse_type": "x"}),
            send(scale, "GET", path),
            send(scale, "PATCH", f"{PATH}/{one}", {"note": "x"}),
        ]
        assert [len(each.of("Query", "CUSTOM_FIELD")) for each in asked] == [1] * 5

    def test_a_part_is_one_transaction_too(self, scale: Scale) -> None:
        one = send(scale, "POST", PATH, {"type": "account", "name": "Acme"}).body["id"]
        for n in range(3):
            body = {"channel": "email", "value": f"b{n}@example.com", "is_primary": True}
            asked = send(scale, "POST", f"{PATH}/{one}/contact-points", body)
            assert asked.written == {"TransactWriteItems"}
            assert len(asked.of("TransactWriteItems")) == 1


users = pytest.mark.parametrize("user", [ADMIN, MEMBER])


@users
@pytest.mark.parametrize("params", [{}, {"type": "contact"}, {"status": "active"}])
def test_a_page_costs_the_same_among_100_and_among_10_000(
    scale: Scale, user: str, params: Json
) -> None:
    """The second and third page, which `next` leads to: the count is on the first."""
    found = {size: walk(scale, size, user, 3, limit=5, **params)[1:] for size in SIZES}
    assert all(len(one.body["results"]) == 5 for costs in found.values() for one in costs)
    assert_same_among_many({size: max(one.units for one in costs) for size, costs in found.items()})


def assert_same_among_many(units: Mapping[int, float]) -> None:
    """A member's lists are short among 100: reading of them opens wider than they are."""
    assert same(units[3_000], units[10_000]), units
    assert units[100] <= units[10_000] < 45, units


def walk(scale: Scale, size: int, user: str, pages: int, **params: Any) -> list[Cost]:
    costs = [scale.ask(size, user, PATH, **params)]
    while len(costs) < pages:
        costs.append(scale.ask(size, user, costs[-1].body["next"]))
    return costs


@users
def test_a_name_search_costs_by_what_it_finds(scale: Scale, user: str) -> None:
    """A member's lists are short among 100: there is less to look for the five in."""
    found = {size: scale.ask(size, user, PATH, name="blueprint") for size in SIZES}
    assert {cost.body["count"] for cost in found.values()} == {5}
    units = {size: cost.units for size, cost in found.items()}
    assert same(*(units[size] for size in SIZES if size > 100 or user == ADMIN)), units
    assert units[100] <= units[10_000], units


@users
def test_a_contact_point_is_looked_up_at_the_cost_of_its_holders(scale: Scale, user: str) -> None:
    found = {
        size: scale.ask(size, user, PATH, contact_point="Office51@Example.com") for size in SIZES
    }
    assert {cost.body["count"] for cost in found.values()} == {1}
    assert_same_among_many({size: cost.units for size, cost in found.items()})


@users
def test_what_nobody_has_costs_the_same_among_all(scale: Scale, user: str) -> None:
    found = {
        size: scale.ask(size, user, PATH, contact_point="nobody@example.com") for size in SIZES
    }
    assert {cost.body["count"] for cost in found.values()} == {0}
    assert_same_among_many({size: cost.units for size, cost in found.items()})
