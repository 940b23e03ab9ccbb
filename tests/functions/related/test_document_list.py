"""The list of documents and its filters."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from crm.platform import clock
from tests.support.client import Client
from tests.support.cloud import Cloud
from tests.support.forms import stored
from tests.support.stream import project, recorded
from tests.support.uploads import announce

UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"


def listed(client: Client, **filters: Any) -> list[str]:
    """The titles of a list, which is one page and counts right."""
    page = client.get("/api/documents", query=filters).json
    assert page["count"] == len(page["results"])
    assert page["next"] is None
    return [row["title"] for row in page["results"]]


@pytest.fixture
def shelf(ada: Client, ben: Client, cleo: Client, team: str) -> dict[str, str]:
    """Five documents: title → path."""
    return {
        "Ada alone": stored(ada, "Ada alone"),
        "Ada's Plan": stored(ada, "Ada's Plan", shared_with=[team]),
        "Ben alone": stored(ben, "Ben alone"),
        "Old plan": stored(ben, "Old plan", shared_with=[team], status="inactive"),
        "Späte Pläne": stored(cleo, "Späte Pläne"),
    }


@pytest.fixture
def indexed(cloud: Cloud, request: pytest.FixtureRequest) -> dict[str, str]:
    """The same, once the text index has caught up."""
    with recorded() as records:
        paths: dict[str, str] = request.getfixturevalue("shelf")
    project(records)
    return paths


ALL = ["Späte Pläne", "Old plan", "Ben alone", "Ada's Plan", "Ada alone"]


def test_it_holds_what_the_caller_may_see(
    ada: Client, ben: Client, cleo: Client, root: Client, shelf: dict[str, str]
) -> None:
    assert listed(ada) == listed(root) == ALL
    assert listed(ben) == ["Old plan", "Ben alone"]
    assert listed(cleo) == ["Späte Pläne", "Ada's Plan"]


def test_a_row_is_the_record(ada: Client) -> None:
    made = announce(ada).json
    del made["upload"]
    assert ada.get("/api/documents").json["results"] == [made]


def test_by_status(ada: Client, ben: Client, cleo: Client, shelf: dict[str, str]) -> None:
    assert listed(ada, status="inactive") == listed(ben, status="inactive") == ["Old plan"]
    assert listed(cleo, status="inactive") == []
    assert listed(ada, status="active") == [one for one in ALL if one != "Old plan"]
    assert listed(ben, status="active") == ["Ben alone"]
    assert listed(cleo, status="active") == ["Späte Pläne", "Ada's Plan"]


def test_by_creator(ada: Client, ben: Client, cleo: Client, shelf: dict[str, str]) -> None:
    assert listed(ada, created_by=ben.user_id) == ["Old plan", "Ben alone"]
    assert listed(ben, created_by=ben.user_id) == ["Old plan", "Ben alone"]
    assert listed(cleo, created_by=ada.user_id) == ["Ada's Plan"]
    assert listed(cleo, created_by=ben.user_id) == []
    assert listed(ada, created_by="nobody") == []


def test_by_team(ada: Client, ben: Client, cleo: Client, team: str, shelf: dict[str, str]) -> None:
    assert listed(ada, shared_with=team) == ["Old plan", "Ada's Plan"]
    assert listed(cleo, shared_with=team) == ["Ada's Plan"]
    assert listed(ben, shared_with=team) == ["Old plan"]
    assert listed(ada, shared_with=UNKNOWN) == []


def test_by_title(ada: Client, indexed: dict[str, str]) -> None:
    plans = ["Späte Pläne", "Old plan", "Ada's Plan"]
    cases = {
        "plan": plans,
        "PLÂN": plans,
        "lan": plans,
        "plane": ["Späte Pläne"],
        "pläné": ["Späte Pläne"],
        "a's p": ["Ada's Plan"],
        " alone  ": ["Ben alone", "Ada alone"],
        "ada alone": ["Ada alone"],
        "alone ada": [],
        "xyz": [],
        "p": plans,
        "sp": ["Späte Pläne"],
        "ne": [],
        "": ALL,
        "  ": ALL,
    }
    assert {title: listed(ada, title=title) for title in cases} == cases


def test_by_title_only_what_the_caller_may_see(
    ben: Client, cleo: Client, indexed: dict[str, str]
) -> None:
    assert listed(ben, title="plan") == ["Old plan"]
    assert listed(cleo, title="plan") == ["Späte Pläne", "Ada's Plan"]


def test_by_time(ada: Client, ben: Client, shelf: dict[str, str]) -> None:
    """After is inclusive, before exclusive."""
    rows = {row["title"]: row for row in ada.get("/api/documents").json["results"]}
    at = rows["Ben alone"]["created_on"]
    assert listed(ada, created_after=at) == ["Späte Pläne", "Old plan", "Ben alone"]
    assert listed(ada, created_before=at) == ["Ada's Plan", "Ada alone"]
    assert listed(ada, created_after=at, created_before=rows["Old plan"]["created_on"]) == [
        "Ben alone"
    ]
    assert listed(ada, created_after=at, created_before=at) == []
    assert listed(ben, created_before=rows["Old plan"]["created_on"]) == ["Ben alone"]


def test_times_and_dates_in_any_spelling(ada: Client) -> None:
    announce(ada)
    at = ada.get("/api/documents").json["results"][0]["created_on"]
    moment = datetime.fromisoformat(at)
    later = clock.timestamp(moment + timedelta(milliseconds=1))
    for spelling in (at, at.lower(), at.replace("Z", "+00:00"), at.replace("T", " "), at[:10]):
        assert listed(ada, created_after=spelling) == ["Plan"]
    assert listed(ada, created_before=later) == ["Plan"]
    assert listed(ada, created_before=at[:10]) == []
    assert listed(ada, created_after="1900-01-01", created_before="9999-12-31") == ["Plan"]


def test_filters_together(
    ada: Client, ben: Client, cleo: Client, team: str, indexed: dict[str, str]
) -> None:
    both = {"shared_with": team, "title": "plan"}
    assert listed(ada, **both) == ["Old plan", "Ada's Plan"]
    assert listed(ada, **both, status="active") == ["Ada's Plan"]
    assert listed(ada, **both, created_by=ben.user_id) == ["Old plan"]
    assert listed(ada, **both, created_by=ben.user_id, status="active") == []
    assert listed(cleo, **both, status="inactive") == []
    assert listed(ada, title="alone", status="inactive") == []
    assert listed(ada, title="alone", created_by=ada.user_id) == ["Ada alone"]
    assert listed(cleo, title="plan", status="active", created_by=cleo.user_id) == ["Späte Pläne"]
    assert listed(ada, title="plan", created_before="2001-01-01") == []


def test_by_related_record(ada: Client, ben: Client, shelf: dict[str, str]) -> None:
    for client in (ada, ben):
        assert listed(client, related_to_type="deal", related_to_id=UNKNOWN) == []


def test_pages_of_a_filtered_list(ada: Client, indexed: dict[str, str]) -> None:
    page = ada.get("/api/documents", query={"limit": 2, "title": "pla"}).json
    assert (page["count"], [row["title"] for row in page["results"]]) == (
        3,
        ["Späte Pläne", "Old plan"],
    )
    rest = ada.get(page["next"]).json
    assert [row["title"] for row in rest["results"]] == ["Ada's Plan"]
    assert rest["next"] is None


def test_while_the_index_trails_nothing_wrong_is_listed(
    ada: Client, indexed: dict[str, str]
) -> None:
    """A title that changed, or a document that went, is not found by what it was."""
    ada.patch(indexed["Ada's Plan"], {"title": "Ada's Map"})
    ada.delete(indexed["Old plan"])
    assert ada.get("/api/documents", query={"title": "lan"}).ids == [
        indexed["Späte Pläne"].rpartition("/")[2]
    ]
