"""Features of a kind with no code besides its own package: `test_new_kind` runs it."""

import json
from typing import Any

import pytest

from tests.support.archives import comparable, dumped, restored, uses_of
from tests.support.client import Client
from tests.support.cloud import Cloud
from tests.support.entities import entity, path_of
from tests.support.exports import run as export
from tests.support.exports import table as exported
from tests.support.imports import counts, table
from tests.support.imports import run as take_in
from tests.support.related import about, attach
from tests.support.rules import automate, rule, setting
from tests.support.stream import project, recorded

PATH = "/api/tickets"


def ticket(client: Client, title: str = "Help", **fields: Any) -> Any:
    """A new ticket."""
    reply = client.post(PATH, {"title": title, **fields})
    assert reply.status == 201, reply.text
    return reply.json


def at(one: Any) -> str:
    return f"{PATH}/{one['id']}"


def test_it_is_made_found_and_changed(ada: Client, ben: Client, cleo: Client, team: str) -> None:
    company = entity(ada)
    with recorded() as made:
        one = ticket(ada, "Printer", entity_id=company["id"], shared_with=[team])
        other = ticket(ben, "Screen", level="second")
    project(made)
    with recorded() as records:
        changed = ada.patch(at(one), {"level": "second"})
        assert (changed.status, changed.json["version"]) == (200, 2)
        assert ada.put(at(other), {"title": "Screens"}).json["level"] == "first"
    project(records)
    assert ada.get(PATH, query={"level": "second"}).ids == [one["id"]]
    assert ada.get(PATH, query={"entity_id": company["id"]}).ids == [one["id"]]
    assert ada.get(PATH, query={"name": "prin"}).ids == [one["id"]]
    assert cleo.get(PATH).ids == [one["id"]]
    assert cleo.get(at(other)).problem == (403, "permission_denied")
    rows = ada.get(f"{at(one)}/history").json["results"]
    assert [row["action"] for row in rows] == ["updated", "created"]
    assert ada.patch(at(one), {"level": "third"}).fields == ["level"]


def test_its_entity_stays_while_it_refers_to_it(ada: Client) -> None:
    company, twin = entity(ada), entity(ada, "Twin")
    one = ticket(ada, entity_id=twin["id"])
    refused = ada.delete(path_of(twin))
    assert refused.problem == (409, "in_use")
    assert refused.json["detail"] == "Tickets point to this entity."
    assert ada.post(f"{path_of(company)}/merge", {"from": twin["id"]}).status == 200
    assert ada.get(at(one)).json["entity_id"] == company["id"]
    assert ada.delete(at(one)).status == 204
    assert ada.delete(path_of(company)).status == 204


def test_what_hangs_on_it_goes_with_it(ada: Client) -> None:
    one = ticket(ada)
    called = about(ada, "ticket", one, {"type": "note", "subject": "Called"})
    attach(ada, "ticket", one)
    query = {"related_to_type": "ticket", "related_to_id": one["id"]}
    shown = ada.get("/api/timeline", query=query).json["results"]
    assert [row["type"] for row in shown] == ["attachment", "note"]
    assert ada.delete(at(one)).status == 204
    assert ada.get(f"/api/activities/{called['id']}").problem == (404, "not_found")


def test_rules_set_its_fields(ada: Client) -> None:
    room = {"record_type": "ticket", "field_name": "room", "field_label": "Room"}
    assert ada.post("/api/custom-fields", {**room, "field_type": "text"}).status == 201
    conditions = {"all": [{"field": "title", "operator": "contains", "value": "urgent"}]}
    actions = [setting("level", "second"), setting("custom_fields.room", "12")]
    rule(ada, *actions, record_type="ticket", conditions=conditions)
    with recorded() as records:
        one = ticket(ada, "Urgent: water")
    automate(records)
    found = ada.get(at(one)).json
    assert (found["level"], found["custom_fields"]) == ("second", {"room": "12"})


def test_it_is_imported_and_exported(ada: Client, cloud: Cloud) -> None:
    company = entity(ada)
    rows = [("Title", "Level", "Due Date", "entity_id"), ("A", "Second", "2027-01-02", "")]
    rows.append(("B", "first", "", company["id"]))
    assert counts(take_in(ada, cloud, table(rows), "ticket")) == ("succeeded", 2, 0, 0, 0)
    found = exported(ada, export(ada, cloud, "ticket", "csv", level="second"))
    assert [row["title"] for row in found] == ["A"]
    assert list(found[0]) == [
        *("id", "title", "level", "due_date", "entity_id", "assigned_to", "shared_with"),
        *("version", "created_on", "created_by", "updated_on", "updated_by"),
    ]


def test_an_archive_holds_it(ada: Client, team: str) -> None:
    ticket(ada, entity_id=entity(ada)["id"], shared_with=[team], level="second")
    pieces = dumped(ada.organization_id)
    [line] = next(piece.lines for piece in pieces if piece.name.startswith("tickets/"))
    assert json.loads(line)["level"] == "second"
    founded = ada.within(None).post("/api/organizations", {"name": "Empty"})
    target = ada.within(founded.json["id"])
    restored(target, pieces)
    assert comparable(dumped(target.organization_id)) == comparable(pieces)
    assert uses_of(target.organization_id) == uses_of(ada.organization_id)


@pytest.mark.parametrize("record_type", ["ticket", "unknown"])
def test_its_name_is_one_of_the_api(ada: Client, record_type: str) -> None:
    reply = ada.get("/api/workflow-rules", query={"record_type": record_type})
    assert reply.status == (200 if record_type == "ticket" else 422)
