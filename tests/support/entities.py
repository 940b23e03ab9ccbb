"""Entities and what hangs on them, made by requests."""

from typing import Any

from tests.support.client import Client

PATH = "/api/entities"
NOTHING: Any = {"identifiers": [], "contact_points": [], "addresses": [], "relationships": []}
"""The child items of an entity without any."""

UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"

IDENTIFIER = {"type": "vat", "value": "DE 811 569 869"}
EMAIL = {"channel": "email", "value": "ada@example.com"}
PHONE = {"channel": "phone", "value": "+44 20 7183 8750"}
ADDRESS = {"kind": "billing", "line1": "1 Main Street", "city": "Berlin", "country": "DE"}


def entity(client: Client, name: str = "Acme", **fields: Any) -> Any:
    """A new account, or whatever `type` says."""
    reply = client.post(PATH, {"type": "account", "name": name, **fields})
    assert reply.status == 201, reply.text
    return reply.json


def path_of(one: Any) -> str:
    return f"{PATH}/{one['id']}"


def part(client: Client, one: Any, collection: str, body: Any, /, **fields: Any) -> Any:
    """A new part of an entity.

    Args:
        client: who adds it.
        one: the entity.
        collection: its name in the path.
        body: what it is.
        fields: what is different.
    """
    reply = client.post(f"{path_of(one)}/{collection}", {**body, **fields})
    assert reply.status == 201, reply.text
    return reply.json


def identifier(client: Client, one: Any, **fields: Any) -> Any:
    return part(client, one, "identifiers", IDENTIFIER, **fields)


def contact_point(client: Client, one: Any, **fields: Any) -> Any:
    return part(client, one, "contact-points", EMAIL, **fields)


def address(client: Client, one: Any, **fields: Any) -> Any:
    return part(client, one, "addresses", ADDRESS, **fields)


def related(client: Client, one: Any, other: Any, kind: str = "owns", **fields: Any) -> Any:
    """A new relationship from one entity to another."""
    body = {"to_entity": other["id"], "relationship_type": kind}
    return part(client, one, "relationships", body, **fields)


def detail(client: Client, one: Any) -> Any:
    reply = client.get(path_of(one))
    assert reply.status == 200, reply.text
    return reply.json
