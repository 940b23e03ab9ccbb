"""History: one row for each version, whatever the stream does on the way"""

import random
from typing import Any

import pytest

from crm.platform import config
from tests.support.client import Client
from tests.support.entities import PATH, UNKNOWN, contact_point, entity, path_of
from tests.support.forms import stored
from tests.support.stream import StreamRecord, project, recorded
from tests.support.tables import items, restore, snapshot

pytestmark = pytest.mark.thorough


class Life:
    """Writes, each with what the stream says of it."""

    def __init__(self) -> None:
        self.events: list[StreamRecord] = []

    def step(self, write: Any) -> Any:
        with recorded() as records:
            reply = write()
        self.events += records
        return reply


@pytest.fixture
def life() -> Life:
    return Life()


@pytest.fixture
def acme(ada: Client, ben: Client, life: Life) -> Any:
    """An entity of six versions, the last of them a merge, and another one that is gone."""
    ada.post(
        "/api/custom-fields",
        {
            "record_type": "entity",
            "field_name": "budget",
            "field_label": "Budget",
            "field_type": "number",
        },
    )
    made = life.step(lambda: entity(ada, "Acme", custom_fields={"budget": 5}))
    other = life.step(lambda: entity(ada, "Other", legal_name="Acme Inc."))
    path = path_of(made)
    for body in (
        {"name": "Acme 2"},
        {"custom_fields": {"budget": 6}},
        {"assigned_to": ben.user_id, "note": "Handed over"},
    ):
        life.step(lambda body=body: ada.patch(path, body))
    life.step(lambda: contact_point(ada, made))
    life.step(lambda: ben.put(path, {"type": "account", "name": "Acme 3"}))
    life.step(lambda: ada.post(f"{path}/merge", {"from": other["id"]}))
    return made


def rows(client: Client, one: Any) -> Any:
    reply = client.get(f"{path_of(one)}/history?limit=100")
    assert reply.status == 200, reply.text
    assert reply.json["count"] == len(reply.json["results"])
    return reply.json["results"]


def test_a_life(ada: Client, ben: Client, acme: Any, life: Life) -> None:
    assert rows(ada, acme) == []
    project(life.events)
    found = rows(ada, acme)
    assert [row["version"] for row in found] == [6, 5, 4, 3, 2, 1]
    assert [row["action"] for row in found] == ["merged", *["updated"] * 4, "created"]
    assert [row["by"] for row in found] == [ada.user_id, ben.user_id, *[ada.user_id] * 4]
    assert found[-1]["at"] == acme["created_on"]
    assert [row["at"] for row in found] == sorted((row["at"] for row in found), reverse=True)
    changes = [
        {one["field"]: (one["old"], one["new"]) for one in row["changes"]} for row in found[::-1]
    ]
    assert changes == [
        {
            "type": (None, "account"),
            "name": (None, "Acme"),
            "status": (None, "active"),
            "assigned_to": (None, ada.user_id),
            "shared_with": (None, []),
            "custom_fields.budget": (None, "5"),
        },
        {"name": ("Acme", "Acme 2")},
        {"custom_fields.budget": ("5", "6")},
        {"assigned_to": (ada.user_id, ben.user_id), "note": (None, "Handed over")},
        {
            "name": ("Acme 2", "Acme 3"),
            "assigned_to": (ben.user_id, ada.user_id),
            "note": ("Handed over", None),
            "custom_fields.budget": ("6", None),
        },
        {"legal_name": (None, "Acme Inc.")},
    ]


def test_its_pages(ada: Client, acme: Any, life: Life) -> None:
    project(life.events)
    walked, link = [], f"{path_of(acme)}/history?limit=4"
    while link:
        page = ada.get(link).json
        assert page["count"] == 6
        walked += page["results"]
        link = page["next"]
    assert walked == rows(ada, acme)


@pytest.mark.parametrize("seed", range(12))
def test_replayed_doubled_and_reordered_it_is_the_same(
    ada: Client, acme: Any, life: Life, seed: int
) -> None:
    start = snapshot()
    project(life.events)
    wanted, history = items(config.bookkeeping_table()), rows(ada, acme)
    for events in (
        [*life.events, *life.events],
        [one for one in life.events for _ in range(3)],
        random.Random(seed).sample([*life.events, *life.events], 2 * len(life.events)),  # noqa: S311
    ):
        restore(start)
        for event in events:
            project([event])
        assert rows(ada, acme) == history
        assert bookkeeping() == of(wanted)
        project(events)
        assert bookkeeping() == of(wanted)


def bookkeeping() -> Any:
    return of(items(config.bookkeeping_table()))


def of(found: Any) -> Any:
    """The table's items without when what is indexed of the deleted is forgotten."""
    return {
        key: {name: value for name, value in item.items() if name != "expires_on"}
        for key, item in found.items()
    }


def test_a_late_event_fills_its_place(ada: Client, acme: Any, life: Life) -> None:
    """Events of other versions do not wait for one that is late."""
    late = [one for one in life.events if version(one) == "3"]
    project([one for one in life.events if one not in late])
    assert [row["version"] for row in rows(ada, acme)] == [6, 5, 4, 2, 1]
    project(late)
    assert [row["version"] for row in rows(ada, acme)] == [6, 5, 4, 3, 2, 1]


def version(event: StreamRecord) -> Any:
    return event["dynamodb"].get("NewImage", {}).get("version", {}).get("N")


def test_what_hangs_on_an_entity_is_no_version_of_it(ada: Client, life: Life) -> None:
    made = life.step(lambda: entity(ada))
    life.step(lambda: contact_point(ada, made))
    project(life.events)
    assert [row["version"] for row in rows(ada, made)] == [1]


def test_documents_have_theirs(ada: Client, life: Life) -> None:
    path = life.step(lambda: stored(ada, "Offer"))
    life.step(lambda: ada.patch(path, {"title": "Contract"}))
    project(life.events)
    [newest, oldest] = ada.get(f"{path}/history").json["results"]
    assert newest["changes"] == [{"field": "title", "old": "Offer", "new": "Contract"}]
    assert (oldest["version"], oldest["action"]) == (1, "created")


def test_it_is_for_those_who_may_see_the_record(
    ada: Client, ben: Client, eve: Client, acme: Any, life: Life
) -> None:
    project(life.events)
    hidden = entity(ada, "Hidden")
    for client, one, problem in (
        (ben, hidden, (403, "permission_denied")),
        (eve, hidden, (404, "not_found")),
        (ada, {"id": UNKNOWN}, (404, "not_found")),
    ):
        for query in ({}, {"cursor": "altered"}):
            assert client.get(f"{path_of(one)}/history", query=query).problem == problem
    assert ada.get(f"{path_of(acme)}/history", query={"cursor": "altered"}).problem == (
        400,
        "bad_cursor",
    )
    ada.delete(path_of(acme))
    assert ada.get(f"{PATH}/{acme['id']}/history").problem == (404, "not_found")
