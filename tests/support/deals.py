"""Deals and the pipeline that they go through, made by requests."""

from typing import Any

from tests.support.client import Client
from tests.support.entities import entity

PATH = "/api/deals"


def deal(client: Client, name: str = "Big one", /, **fields: Any) -> Any:
    """A new deal, of a new account unless `entity_id` says whose."""
    whose = fields.pop("entity_id", None) or entity(client)["id"]
    reply = client.post(PATH, {"name": name, "entity_id": whose, **fields})
    assert reply.status == 201, reply.text
    return reply.json


def path_of(one: Any) -> str:
    return f"{PATH}/{one['id']}"


def sales(client: Client) -> dict[str, str]:
    """The ids of the stages of the pipeline that an organization begins with, by name."""
    [pipeline] = client.get("/api/pipelines").json["results"]
    return {stage["name"]: stage["id"] for stage in pipeline["stages"]}


def pipeline(client: Client, name: str, *stages: dict[str, Any], **fields: Any) -> Any:
    """A new pipeline."""
    body = {"name": name, "stages": [{"probability": 10, **stage} for stage in stages], **fields}
    reply = client.post("/api/pipelines", body)
    assert reply.status == 201, reply.text
    return reply.json


def move(client: Client, one: Any, stage_id: str, **fields: Any) -> Any:
    """The deal as it is after a move."""
    reply = client.post(f"{path_of(one)}/move", {"stage_id": stage_id, **fields})
    assert reply.status == 200, reply.text
    return reply.json


def notes(client: Client, one: Any) -> list[str]:
    """The subjects of a deal's notes, the oldest first."""
    listed = client.get(
        f"/api/activities?type=note&related_to_type=deal&related_to_id={one['id']}&limit=100"
    )
    assert listed.status == 200, listed.text
    return [row["subject"] for row in reversed(listed.json["results"])]


def stays(client: Client, one: Any) -> list[dict[str, Any]]:
    """A deal's stage history."""
    reply = client.get(f"{path_of(one)}/stage-history?limit=100")
    assert reply.status == 200, reply.text
    rows: list[dict[str, Any]] = reply.json["results"]
    return rows
