"""A pipeline's board: who sees which deals of it, and what they amount to"""

from typing import Any

import pytest

from crm.sales.deals.schemas import Deal
from tests.support.aggregates import new_deal, written
from tests.support.client import Client

pytestmark = pytest.mark.thorough

UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"
STAGES = [
    {"name": "Lead", "probability": 10},
    {"name": "Offer", "probability": 50},
    {"name": "Won", "probability": 100, "status": "closed_won"},
]


@pytest.fixture
def pipeline(ada: Client) -> Any:
    made = ada.post("/api/pipelines", {"name": "Board", "stages": STAGES})
    assert made.status == 201, made.text
    return made.json


def deal(client: Client, pipeline: Any, place: int = 0, **fields: Any) -> Deal:
    """A deal of somebody in one of the stages."""
    stage = pipeline["stages"][place]
    made: Deal = written(
        new_deal(
            str(client.organization_id),
            pipeline_id=pipeline["id"],
            status={"open": "open", "closed_won": "won"}[stage["status"]],
            **{"stage_id": stage["id"], "assigned_to": client.user_id, **fields},
        )
    )
    return made


def board(client: Client, pipeline: Any, **query: Any) -> Any:
    reply = client.get(f"/api/pipelines/{pipeline['id']}/board", query=query)
    assert reply.status == 200, reply.text
    return reply.json


def shown(found: Any) -> list[list[str]]:
    return [[one["id"] for one in stage["deals"]] for stage in found["stages"]]


def sums(found: Any) -> list[tuple[int, Any, Any]]:
    return [(one["count"], one["amount"], one["weighted_amount"]) for one in found["stages"]]


NOTHING: Any = (0, {}, {})


def test_a_board_without_deals(ada: Client, pipeline: Any) -> None:
    found = board(ada, pipeline)
    assert found["scope"] == "organization"
    assert [one["stage"] for one in found["stages"]] == pipeline["stages"]
    assert sums(found) == [NOTHING] * 3
    assert shown(found) == [[], [], []]


def test_admins_see_everything_and_members_what_is_theirs(
    ada: Client, ben: Client, cleo: Client, pipeline: Any
) -> None:
    one = deal(ben, pipeline, amount="1250.50")
    two = deal(ada, pipeline, amount="7", currency="JPY")
    three = deal(ben, pipeline, 2)
    deal(ben, pipeline, stage_id=UNKNOWN)
    lead = (2, {"JPY": "7", "USD": "1250.50"}, {"JPY": "4", "USD": "625.25"})
    won = (1, {"USD": "100.00"}, {"USD": "50.00"})
    all_of_it = board(ada, pipeline)
    assert sums(all_of_it) == [lead, NOTHING, won]
    assert shown(all_of_it) == [[two.id, one.id], [], [three.id]]
    bens = board(ben, pipeline)
    assert bens["scope"] == "mine"
    assert sums(bens) == [(1, {"USD": "1250.50"}, {"USD": "625.25"}), NOTHING, won]
    assert shown(bens) == [[one.id], [], [three.id]]
    assert shown(board(ada, pipeline, scope="mine")) == [[two.id], [], []]
    assert sums(board(cleo, pipeline)) == [NOTHING] * 3


def test_the_newest_deals_of_each_stage(ada: Client, ben: Client, pipeline: Any) -> None:
    deals = [deal(who, pipeline, place) for place in (0, 1) for who in (ada, ben) * 2]
    newest = [one.id for one in reversed(deals)]
    assert shown(board(ada, pipeline, limit=3)) == [newest[4:7], newest[:3], []]
    assert shown(board(ben, pipeline, limit=1)) == [[newest[4]], [newest[0]], []]
    assert [count for count, _, _ in sums(board(ada, pipeline, limit=1))] == [4, 4, 0]
    many = [deal(ada, pipeline, 2) for _ in range(12)]
    assert shown(board(ada, pipeline))[2] == [one.id for one in reversed(many[2:])]


def test_deals_are_shown_as_their_own_route_shows_them(ada: Client, pipeline: Any) -> None:
    field = {"record_type": "deal", "field_name": "size", "field_label": "Size"}
    assert ada.post("/api/custom-fields", {**field, "field_type": "number"}).status == 201
    made = deal(ada, pipeline)
    found = board(ada, pipeline)["stages"][0]["deals"]
    assert found == [ada.get(f"/api/deals/{made.id}").json]


def test_what_has_moved_on_is_not_shown_where_it_was(ada: Client, pipeline: Any) -> None:
    made = deal(ada, pipeline)
    moved = made.changed("ada", stage_id=pipeline["stages"][1]["id"])
    written(moved, made)
    found = board(ada, pipeline)
    assert shown(found) == [[], [made.id], []]
    assert [count for count, _, _ in sums(found)] == [0, 1, 0]
    written(None, moved)
    assert sums(board(ada, pipeline)) == [NOTHING] * 3


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("scope=organization", (403, "permission_denied")),
        ("scope=all", (422, "validation_failed")),
        ("limit=0", (422, "validation_failed")),
        ("limit=101", (422, "validation_failed")),
        ("limit=many", (422, "validation_failed")),
        ("stage_id=1", (400, "unknown_parameter")),
    ],
)
def test_what_cannot_be_asked_for(
    ben: Client, pipeline: Any, query: str, problem: tuple[int, str]
) -> None:
    assert ben.get(f"/api/pipelines/{pipeline['id']}/board?{query}").problem == problem


def test_boards_of_others_do_not_exist(ada: Client, eve: Client, pipeline: Any) -> None:
    for client, pipeline_id in ((eve, pipeline["id"]), (ada, UNKNOWN), (ada, "x")):
        path = f"/api/pipelines/{pipeline_id}/board"
        assert client.get(path).problem == (404, "not_found")
