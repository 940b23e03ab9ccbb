"""Responses beyond the size limit of Lambda."""

import json
from typing import Any

import pytest

from tests.support.activities import activity
from tests.support.archives import defined
from tests.support.client import Client, Reply
from tests.support.deals import deal
from tests.support.entities import entity

pytestmark = pytest.mark.thorough

MOST = 6 * 1024 * 1024
TEXTS = {f"f{n:02}": '"' * 10_000 for n in range(7)}
"""As long as custom fields may be, of letters that JSON doubles, and JSON within JSON again."""


def size(reply: Reply) -> int:
    """Bytes of an answer as Lambda passes it on."""
    event = {"statusCode": reply.status, "headers": dict(reply.headers), "body": reply.text}
    return len(json.dumps(event, ensure_ascii=False).encode())


def long(client: Client, record_type: str) -> dict[str, Any]:
    for name in TEXTS:
        defined(client, record_type, name, "text")
    return {"custom_fields": TEXTS}


def test_a_page_is_short_rather_than_too_long(ada: Client) -> None:
    texts = long(ada, "activity")
    made = [activity(ada, "note", **texts)["id"] for _ in range(30)]
    path: str | None = "/api/activities?limit=25"
    seen: list[str] = []
    pages = []
    while path:
        reply = ada.get(path)
        assert (reply.status, reply.json["count"]) == (200, 30)
        assert size(reply) <= MOST
        seen, path = seen + reply.ids, reply.json["next"]
        pages.append(len(reply.ids))
    assert seen == made[::-1]
    assert pages == [12, 18]


def test_duplicates_are_fewer_rather_than_too_long(ada: Client) -> None:
    texts = long(ada, "entity")
    one, *made = [entity(ada, **texts) for _ in range(25)]
    reply = ada.get(f"/api/entities/{one['id']}/duplicates")
    assert (reply.status, reply.json["count"], reply.json["count_exact"]) == (200, 12, False)
    assert size(reply) <= MOST
    found = [row["entity"]["id"] for row in reply.json["results"]]
    assert found == [each["id"] for each in made[:12]]


def test_a_board_that_is_too_long_says_so(ada: Client) -> None:
    texts, acme = long(ada, "deal"), entity(ada)["id"]
    made = [deal(ada, entity_id=acme, **texts) for _ in range(25)]
    path = f"/api/pipelines/{made[0]['pipeline_id']}/board"
    whole = ada.get(path, query={"limit": 25})
    assert (whole.problem, whole.fields) == ((422, "validation_failed"), ["limit"])
    part = ada.get(path, query={"limit": 20})
    assert part.status == 200
    assert size(part) <= MOST
    assert [len(stage["deals"]) for stage in part.json["stages"] if stage["deals"]] == [20]
