"""Deals on their way: moves, by either route, and what they leave behind"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.platform import clock
from crm.sales.pipelines.service import USUAL
from tests.support.client import Client, Reply
from tests.support.deals import PATH, deal, move, notes, path_of, pipeline, sales, stays
from tests.support.entities import UNKNOWN, entity
from tests.support.tables import items

pytestmark = pytest.mark.thorough

WAYS = ("move", "patch", "put")


def to(client: Client, one: Any, stage_id: str, way: str) -> Reply:
    """Move a deal by one of the three routes that do."""
    if way == "move":
        return client.post(f"{path_of(one)}/move", {"stage_id": stage_id})
    if way == "patch":
        return client.patch(path_of(one), {"stage_id": stage_id})
    body = {"name": one["name"], "entity_id": one["entity_id"], "stage_id": stage_id}
    return client.put(path_of(one), body)


@pytest.fixture
def stages(ada: Client) -> dict[str, str]:
    return sales(ada)


@pytest.mark.parametrize("way", WAYS)
def test_a_life(ada: Client, stages: dict[str, str], way: str) -> None:
    one = deal(ada)
    for stage, status, probability in (
        ("Proposal", "open", 50),
        ("Won", "won", 100),
        ("Negotiation", "open", 75),
        ("Lost", "lost", 0),
        ("Lead", "open", 10),
    ):
        reply = to(ada, one, stages[stage], way)
        assert reply.status == 200, reply.text
        after = reply.json
        assert after == ada.get(path_of(one)).json
        assert (after["status"], after["probability"]) == (status, probability)
        closed = after["updated_on"] if status != "open" else None
        assert (after["closed_on"] is None) == (closed is None)
        if closed:
            gap = datetime.fromisoformat(closed) - datetime.fromisoformat(after["closed_on"])
            assert 0 <= gap.total_seconds() < 1
    assert after["version"] == 6
    assert notes(ada, one) == [
        "Deal moved: Lead → Proposal",
        "Deal moved: Proposal → Won",
        "Deal moved: Won → Negotiation",
        "Deal moved: Negotiation → Lost",
        "Deal moved: Lost → Lead",
    ]
    rows = stays(ada, one)
    assert [row["stage_name"] for row in rows] == [
        "Lead",
        "Proposal",
        "Won",
        "Negotiation",
        "Lost",
        "Lead",
    ]
    assert rows[0]["entered_on"] == one["created_on"]
    assert [row["left_on"] for row in rows] == [*(row["entered_on"] for row in rows[1:]), None]
    assert all(row["seconds"] >= 0 for row in rows[:-1])
    assert rows[-1]["seconds"] is None
    assert {row["entered_by"] for row in rows} == {ada.user_id}


def test_what_is_said_to_a_move(ada: Client, ben: Client, stages: dict[str, str]) -> None:
    one = deal(ada, assigned_to=ben.user_id)
    move(ben, one, stages["Won"], note="They signed.")
    [note] = ada.get(f"/api/activities?related_to_type=deal&related_to_id={one['id']}").json[
        "results"
    ]
    assert (note["type"], note["description"]) == ("note", "They signed.")
    assert (note["created_by"], note["assigned_to"]) == (ben.user_id, ben.user_id)
    last = stays(ada, one)[-1]
    assert (last["note"], last["entered_by"]) == ("They signed.", ben.user_id)


def test_how_long_it_stayed(
    ada: Client, stages: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its entry on, whatever else became of the deal in between."""
    one = deal(ada)
    entered = clock.moment(stays(ada, one)[0]["entered_on"])
    monkeypatch.setattr(clock, "now", lambda: entered + timedelta(seconds=60))
    assert ada.patch(path_of(one), {"name": "Bigger"}).status == 200
    monkeypatch.setattr(clock, "now", lambda: entered + timedelta(seconds=100, milliseconds=999))
    move(ada, one, stages["Proposal"])
    assert [row["seconds"] for row in stays(ada, one)] == [100, None]


@pytest.mark.parametrize("way", ["patch", "put"])
def test_a_move_that_the_commit_refuses_leaves_nothing(
    ada: Client, stages: dict[str, str], way: str
) -> None:
    one = deal(ada)
    before = items()
    body = {"name": one["name"], "entity_id": one["entity_id"], "stage_id": stages["Won"]}
    reply = ada.call(way.upper(), path_of(one), json={**body, "shared_with": [UNKNOWN]})
    assert reply.problem == (422, "validation_failed")
    assert items() == before


def test_the_same_stage_writes_nothing(ada: Client, stages: dict[str, str]) -> None:
    one = deal(ada)
    before = items()
    assert move(ada, one, stages["Lead"], note="Still here") == one
    assert items() == before


@pytest.mark.parametrize("way", WAYS)
def test_what_is_refused(ada: Client, stages: dict[str, str], way: str) -> None:
    made = pipeline(
        ada,
        "Strict",
        {"name": "One"},
        {"name": "Two", "allowed_from": []},
        {"name": "Three"},
        {"name": "Won", "status": "closed_won"},
        {"name": "Lost", "status": "closed_lost"},
    )
    path = f"/api/pipelines/{made['id']}"
    ids = {stage["name"]: stage["id"] for stage in made["stages"]}
    ada.patch(f"{path}/stages/{ids['Three']}", {"allowed_from": [ids["Won"]]})
    one = deal(ada, stage_id=ids["One"])
    refused = [ids["Two"], ids["Three"], stages["Lead"], UNKNOWN]
    for stage_id in refused:
        before = items()
        reply = to(ada, one, stage_id, way)
        assert reply.problem == (409, "invalid_stage_transition")
        assert items() == before
    assert to(ada, one, ids["Won"], way).status == 200
    assert to(ada, one, ids["Lost"], way).problem == (409, "invalid_stage_transition")
    assert to(ada, one, ids["Three"], way).status == 200
    ada.patch(path, {"is_active": False})
    assert to(ada, one, ids["One"], way).problem == (409, "invalid_stage_transition")
    assert to(ada, one, ids["Three"], way).status == 200


def test_a_put_without_a_stage_goes_back_to_the_first(ada: Client, stages: dict[str, str]) -> None:
    one = deal(ada, stage_id=stages["Proposal"])
    body = {"name": "Big one", "entity_id": one["entity_id"]}
    assert ada.put(path_of(one), body).json["stage_id"] == stages["Lead"]
    assert ada.put(path_of(one), body).json["version"] == 3
    assert len(stays(ada, one)) == 2


@pytest.mark.parametrize("way", WAYS)
def test_one_that_is_in_none_of_the_usual_pipelines(
    ada: Client, stages: dict[str, str], way: str
) -> None:
    """Neither where its stage is named, nor where its pipeline is known from itself alone."""
    made = [
        pipeline(ada, f"Number {number}", {"name": "First"}, {"name": "Last"})
        for number in range(USUAL)
    ]
    first, last = (stage["id"] for stage in made[-1]["stages"])
    one = deal(ada, stage_id=first)
    assert (one["pipeline_id"], one["stage_id"]) == (made[-1]["id"], first)
    assert to(ada, one, last, way).json["stage_id"] == last
    assert to(ada, one, stages["Won"], way).problem == (409, "invalid_stage_transition")
    back = ada.put(path_of(one), {"name": "Back", "entity_id": one["entity_id"]})
    assert back.json["stage_id"] == first


def test_a_patch_of_what_only_looks_like_an_entity(ada: Client, ben: Client) -> None:
    one, hidden = deal(ben), entity(ada)
    for value in (hidden["id"], UNKNOWN):
        reply = ben.patch(path_of(one), {"entity_id": value})
        assert (reply.problem, reply.fields) == ((422, "validation_failed"), ["entity_id"])
    for garbage in (7, ["x"], {"x": 1}, "x", None):
        reply = ben.patch(path_of(one), {"entity_id": garbage})
        assert (reply.problem, reply.fields) == ((422, "validation_failed"), ["entity_id"])
    assert ben.get(path_of(one)).json["entity_id"] == one["entity_id"]


def test_a_patch_moves_and_changes_at_once(ada: Client, stages: dict[str, str]) -> None:
    one = deal(ada, amount="100")
    after = ada.patch(path_of(one), {"stage_id": stages["Proposal"], "amount": "0.05"}).json
    assert (after["amount"], after["weighted_amount"], after["version"]) == ("0.05", "0.02", 2)
    assert notes(ada, one) == ["Deal moved: Lead → Proposal"]


def test_who_may_move(ada: Client, ben: Client, cleo: Client, eve: Client, team: str) -> None:
    one, to_stage = deal(ada, shared_with=[team]), sales(ada)["Won"]
    path, body = f"{path_of(one)}/move", {"stage_id": to_stage}
    assert ben.post(path, body).problem == (403, "permission_denied")
    assert eve.post(path, body).problem == (404, "not_found")
    assert cleo.post(path, body).status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "stage_id"),
        ({"stage_id": None}, "stage_id"),
        ({"stage_id": "x"}, "stage_id"),
        ({"stage_id": UNKNOWN, "note": 1}, "note"),
        ({"stage_id": UNKNOWN, "status": "won"}, "status"),
    ],
)
def test_what_is_no_move(ada: Client, body: Any, field: str) -> None:
    reply = ada.post(f"{path_of(deal(ada))}/move", body)
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == [field]


def test_a_stage_with_deals(ada: Client, stages: dict[str, str]) -> None:
    one = deal(ada)
    where = f"/api/pipelines/{one['pipeline_id']}"
    lead = f"{where}/stages/{stages['Lead']}"
    assert ada.delete(lead).problem == (409, "in_use")
    assert ada.patch(lead, {"status": "closed_won"}).problem == (409, "in_use")
    assert ada.delete(where).problem == (409, "in_use")
    move(ada, one, stages["Won"])
    assert ada.patch(lead, {"status": "closed_lost"}).status == 200
    assert ada.delete(lead).status == 204
    assert ada.delete(f"{where}/stages/{stages['Won']}").problem == (409, "in_use")
    ada.delete(path_of(one))
    assert ada.delete(where).status == 204


class TestEmptying:
    def test_all_deals_move(self, ada: Client, ben: Client, stages: dict[str, str]) -> None:
        acme = entity(ada)["id"]
        deals = [deal(ada, f"{n}", entity_id=acme, amount="10") for n in range(4)]
        where = f"/api/pipelines/{deals[0]['pipeline_id']}/stages/{stages['Lead']}"
        target = f"{where}?move_deals_to={stages['Proposal']}"
        assert ben.delete(target).problem == (403, "permission_denied")
        assert ada.delete(target).status == 204
        assert ada.get(where).problem == (404, "not_found")
        for one in deals:
            after = ada.get(path_of(one)).json
            assert (after["stage_id"], after["weighted_amount"]) == (stages["Proposal"], "5.00")
            assert notes(ada, one) == ["Deal moved: Lead → Proposal"]
        assert ada.get(f"{PATH}?stage_id={stages['Lead']}").json["count"] == 0
        proposal = f"{where.rpartition('/')[0]}/{stages['Proposal']}"
        assert ada.delete(proposal).problem == (409, "in_use")

    def test_where_they_cannot_go(self, ada: Client, stages: dict[str, str]) -> None:
        one = deal(ada, stage_id=stages["Won"])
        other = pipeline(ada, "Other", {"name": "One"})["stages"][0]["id"]
        where = f"/api/pipelines/{one['pipeline_id']}/stages/{stages['Won']}"
        for target in (stages["Won"], other, UNKNOWN, "x"):
            reply = ada.delete(f"{where}?move_deals_to={target}")
            assert reply.problem == (422, "validation_failed")
            assert reply.fields == ["move_deals_to"]
        reply = ada.delete(f"{where}?move_deals_to={stages['Lost']}")
        assert reply.problem == (409, "invalid_stage_transition")
        assert ada.get(path_of(one)).json == one

    def test_cut_off_it_lets_nothing_in_and_is_completed_by_repeating(
        self, ada: Client, stages: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        acme = entity(ada)["id"]
        deals = [deal(ada, f"{n}", entity_id=acme) for n in range(3)]
        late = deal(ada, "Late", entity_id=acme, stage_id=stages["Qualified"])
        where = f"/api/pipelines/{deals[0]['pipeline_id']}/stages/{stages['Lead']}"
        with monkeypatch.context() as patch:
            patch.setattr("crm.sales.deals.bulk_moves.SECONDS", -1)
            cut_off = ada.delete(f"{where}?move_deals_to={stages['Proposal']}")
        assert cut_off.problem == (503, "unavailable")
        reply = ada.post(f"{path_of(late)}/move", {"stage_id": stages["Lead"]})
        assert reply.problem == (409, "invalid_stage_transition")
        reply = ada.post(PATH, {"name": "New", "entity_id": acme, "stage_id": stages["Lead"]})
        assert reply.problem == (409, "invalid_stage_transition")
        assert ada.delete(f"{where}?move_deals_to={stages['Proposal']}").status == 204
        assert {ada.get(path_of(one)).json["stage_id"] for one in deals} == {stages["Proposal"]}


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.sampled_from(["Lead", "Proposal", "Won", "Lost"]), max_size=6))
def test_any_path(ada: Client, path: list[str]) -> None:
    """Against a model of one line: closed ways need an open one in between."""
    stages = sales(ada)
    one = deal(ada)
    here, expected = "Lead", ["Lead"]
    for there in path:
        reply = ada.post(f"{path_of(one)}/move", {"stage_id": stages[there]})
        closed = {here, there} <= {"Won", "Lost"} and here != there
        assert reply.status == (409 if closed else 200)
        if not closed and here != there:
            here = there
            expected.append(there)
    assert [row["stage_name"] for row in stays(ada, one)] == expected
    assert len(notes(ada, one)) == len(expected) - 1
