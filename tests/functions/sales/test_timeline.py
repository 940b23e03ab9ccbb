"""/api/timeline"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support import answers
from tests.support.cases import case
from tests.support.client import Client
from tests.support.deals import deal, move, path_of, sales
from tests.support.entities import UNKNOWN, entity
from tests.support.entities import path_of as path_of_entity
from tests.support.leads import lead
from tests.support.related import about, attach

pytestmark = pytest.mark.thorough

ACTIVITIES: list[dict[str, Any]] = [
    {"type": "task", "subject": "A task"},
    {
        "type": "event",
        "subject": "An event",
        "start_time": "2026-12-01T09:00:00Z",
        "end_time": "2026-12-01T10:00:00Z",
    },
    {
        "type": "email",
        "subject": "An email",
        "from_address": "ada@example.com",
        "to_addresses": ["ben@example.com"],
        "body": "Hello",
    },
    {"type": "note", "subject": "A note"},
    {"type": "call", "subject": "A call", "phone_number": "+442071838750"},
]


MAKERS: dict[str, Callable[..., Any]] = {"entity": entity, "deal": deal, "lead": lead, "case": case}


def timeline(client: Client, kind: str, one: Any, **query: Any) -> list[dict[str, Any]]:
    whole = {"related_to_type": kind, "related_to_id": one["id"], **query}
    reply = client.get("/api/timeline", query=whole)
    assert reply.status == 200, reply.text
    assert reply.json["count"] == len(reply.json["results"])
    rows: list[dict[str, Any]] = reply.json["results"]
    return rows


def test_everything_that_happens_on_a_deal(ada: Client) -> None:
    one, stages = deal(ada), sales(ada)
    made = [about(ada, "deal", one, body) for body in ACTIVITIES]
    attachment = attach(ada, "deal", one)
    moved = move(ada, one, stages["Won"], note="Signed")
    rows = timeline(ada, "deal", one)
    assert [row["type"] for row in rows] in (
        ["note", "stage_move", "attachment", "call", "note", "email", "event", "task"],
        ["stage_move", "note", "attachment", "call", "note", "email", "event", "task"],
    )
    assert [row["id"] for row in rows[2:]] == [
        attachment["id"],
        *(activity["id"] for activity in reversed(made)),
    ]
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)
    assert {(row["record"]["type"], row["record"]["id"]) for row in rows} == {("deal", one["id"])}
    assert {row["by"] for row in rows} == {ada.user_id}
    [step] = [row for row in rows if row["type"] == "stage_move"]
    assert step["title"] == "Lead → Won"
    assert step["data"] == {
        "from_stage_id": one["stage_id"],
        "from_stage_name": "Lead",
        "stage_id": moved["stage_id"],
        "stage_name": "Won",
        "note": "Signed",
    }
    [email] = [row for row in rows if row["type"] == "email"]
    assert (email["title"], email["data"]["body"]) == ("An email", "Hello")
    assert rows[2]["title"] == "offer.pdf"
    for kind in ("task", "event", "email", "call", "stage_move", "attachment"):
        assert timeline(ada, "deal", one, type=kind) == [row for row in rows if row["type"] == kind]
    assert len(timeline(ada, "deal", one, type="note")) == 2
    for kind in ("merge", "conversion"):
        assert timeline(ada, "deal", one, type=kind) == []


def test_of_an_entity_with_its_deals(ada: Client, ben: Client) -> None:
    acme = entity(ada, shared_with=[])
    own, hidden = (deal(ada, name, entity_id=acme["id"]) for name in ("Own", "Hidden"))
    ada.patch(path_of_entity(acme), {"assigned_to": ben.user_id})
    ada.patch(path_of(own), {"assigned_to": ben.user_id})
    first = about(ada, "entity", acme, ACTIVITIES[0])
    second = about(ada, "deal", own, ACTIVITIES[3])
    third = about(ada, "deal", hidden, {**ACTIVITIES[3], "subject": "Secret"})

    def found(client: Client, **query: Any) -> list[str]:
        return [row["id"] for row in timeline(client, "entity", acme, **query)]

    assert found(ada) == found(ben) == [first["id"]]
    assert found(ada, include="deals") == [third["id"], second["id"], first["id"]]
    assert found(ben, include="deals") == [second["id"], first["id"]]
    refused = ada.get(
        "/api/timeline",
        query={"related_to_type": "deal", "related_to_id": own["id"], "include": "deals"},
    )
    assert refused.problem == (422, "validation_failed")
    assert refused.fields == ["include"]


def test_a_merge_stands_in_it_and_brings_the_others_along(ada: Client) -> None:
    into, other, third = (entity(ada, name) for name in ("Into", "Other", "Third"))
    for one in (into, other, third):
        about(ada, "entity", one, {**ACTIVITIES[3], "subject": one["name"]})
    attach(ada, "entity", other)
    whose = deal(ada, entity_id=other["id"])
    for stays, goes in ((other, third), (into, other)):
        reply = ada.post(f"{path_of_entity(stays)}/merge", {"from": goes["id"]})
        assert reply.status == 200, reply.text
    rows = timeline(ada, "entity", into)
    assert [(row["type"], row["title"]) for row in rows] == [
        ("merge", "Merged with Other"),
        ("merge", "Merged with Third"),
        ("attachment", "offer.pdf"),
        ("note", "Third"),
        ("note", "Other"),
        ("note", "Into"),
    ]
    assert rows[0]["data"] == {"from": other["id"]}
    assert {row["record"]["id"] for row in rows} == {into["id"]}
    assert ada.get(path_of(whose)).json["entity_id"] == into["id"]
    assert ada.delete(path_of_entity(into)).problem == (409, "in_use")
    ada.delete(path_of(whose))
    assert ada.delete(path_of_entity(into)).status == 204


def test_pages(ada: Client) -> None:
    one = deal(ada)
    for n in range(7):
        about(ada, "deal", one, {"type": "note", "subject": f"{n}"})
    path = f"/api/timeline?related_to_type=deal&related_to_id={one['id']}&limit=3"
    walked: list[str] = []
    while path:
        answer = ada.get(path).json
        assert answer["count"] == 7
        walked += [row["title"] for row in answer["results"]]
        path = answer["next"]
    assert walked == list("6543210")


def test_the_setting(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    one = deal(ada)
    for n in range(3):
        about(ada, "deal", one, {"type": "note", "subject": f"{n}"})
    monkeypatch.setenv("CRM_DEFAULT_ACTIVITY_TIMELINE_LIMIT", "2")
    query = {"related_to_type": "deal", "related_to_id": one["id"]}
    assert len(ada.get("/api/timeline", query=query).json["results"]) == 2
    assert len(ada.get("/api/timeline", query={**query, "limit": 3}).json["results"]) == 3


@pytest.mark.parametrize("kind", MAKERS)
def test_whose_it_is(ada: Client, ben: Client, eve: Client, kind: str) -> None:
    one = MAKERS[kind](ada)
    about(ada, kind, one, ACTIVITIES[3])
    query = {"related_to_type": kind, "related_to_id": one["id"]}
    refused = ben.get("/api/timeline", query=query)
    assert refused.problem == (403, "permission_denied")
    answers.check("GET", "/api/timeline", 403, "application/problem+json", refused.json)
    assert eve.get("/api/timeline", query=query).problem == (404, "not_found")
    unknown = {**query, "related_to_id": UNKNOWN}
    assert ada.get("/api/timeline", query=unknown).problem == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 422, "validation_failed"),
        ({"related_to_type": "deal"}, 422, "validation_failed"),
        ({"related_to_type": "team", "related_to_id": UNKNOWN}, 422, "validation_failed"),
        ({"related_to_type": "deal", "related_to_id": "x"}, 422, "validation_failed"),
        ({"related_to_type": "lead", "related_to_id": UNKNOWN}, 404, "not_found"),
        ({"limit": 0}, 422, "validation_failed"),
        ({"limit": 101}, 422, "validation_failed"),
        ({"kind": "note"}, 400, "unknown_parameter"),
    ],
)
def test_what_is_refused(ada: Client, query: Any, status: int, code: str) -> None:
    assert ada.get("/api/timeline", query=query).problem == (status, code)
