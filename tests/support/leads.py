"""Leads and what becomes of them, made by requests."""

from typing import Any

from tests.support.client import Client, Reply

PATH = "/api/leads"

FULL: dict[str, Any] = {
    "first_name": "Grace",
    "last_name": "Hopper",
    "organization_name": "Navy",
    "email": "Grace@Example.com",
    "phone": "0044 20 7183 8750",
    "source": "Fair",
    "amount": 1250.5,
}
"""All that somebody says of a lead."""


def lead(client: Client, last_name: str = "Hopper", /, **fields: Any) -> Any:
    """A new lead."""
    reply = client.post(PATH, {"last_name": last_name, **fields})
    assert reply.status == 201, reply.text
    return reply.json


def path_of(one: Any) -> str:
    return f"{PATH}/{one['id']}"


def converted(client: Client, one: Any, **body: Any) -> Any:
    """Convert a lead."""
    reply = convert(client, one, **body)
    assert reply.status == 200, reply.text
    return reply.json


def convert(client: Client, one: Any, **body: Any) -> Reply:
    return client.post(f"{path_of(one)}/convert", body)
