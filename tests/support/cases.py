"""Cases, made by requests."""

from typing import Any

from tests.support.client import Client

PATH = "/api/cases"


def case(client: Client, name: str = "It smokes", /, **fields: Any) -> Any:
    """A new case."""
    reply = client.post(PATH, {"name": name, **fields})
    assert reply.status == 201, reply.text
    return reply.json


def path_of(one: Any) -> str:
    return f"{PATH}/{one['id']}"
