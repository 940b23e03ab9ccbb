"""Pages: limit, offset, cursors and counts."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.client import Client

EMPTY: dict[str, Any] = {
    "count": 0,
    "count_exact": True,
    "next": None,
    "previous": None,
    "results": [],
}


@pytest.fixture
def teams(ada: Client) -> list[str]:
    """Seven teams, newest first."""
    made = [ada.post("/api/teams", {"name": f"Team {n}"}).json["id"] for n in range(7)]
    return made[::-1]


def test_an_empty_list(ada: Client) -> None:
    assert ada.get("/api/teams").json == EMPTY
    assert ada.get("/api/documents").json == EMPTY


def test_walking_by_next_meets_each_once(ada: Client, teams: list[str]) -> None:
    seen, path = [], "/api/teams?limit=3"
    pages = []
    while path:
        page = ada.get(path).json
        pages.append(page)
        seen += [one["id"] for one in page["results"]]
        path = page["next"]
    assert seen == teams
    assert [len(page["results"]) for page in pages] == [3, 3, 1]
    assert [(page["count"], page["count_exact"]) for page in pages] == [(7, True)] * 3
    assert [page["previous"] for page in pages] == [None] * 3
    assert pages[0]["next"].startswith("/api/teams?limit=3&cursor=")


def test_what_is_made_meanwhile_neither_hides_nor_repeats(ada: Client, teams: list[str]) -> None:
    first = ada.get("/api/teams?limit=3").json
    ada.post("/api/teams", {"name": "Newest"})
    ada.delete(f"/api/teams/{teams[3]}")
    second = ada.get(first["next"]).json
    assert [one["id"] for one in second["results"]] == teams[4:7]
    assert (second["count"], second["next"]) == (7, None)


def test_the_last_page_that_is_just_full_has_no_next(ada: Client, teams: list[str]) -> None:
    assert ada.get("/api/teams?limit=7").json["next"] is None


def test_by_offset(ada: Client, teams: list[str]) -> None:
    page = ada.get("/api/teams?limit=2&offset=3").json
    assert [one["id"] for one in page["results"]] == teams[3:5]
    assert page["previous"] == "/api/teams?limit=2&offset=1"
    assert page["count"] == 7
    assert ada.get(page["previous"]).ids == teams[1:3]
    assert ada.get(page["next"]).ids == teams[5:7]
    assert ada.get("/api/teams?limit=2&offset=1").json["previous"] == "/api/teams?limit=2&offset=0"


def test_beyond_the_end(ada: Client, teams: list[str]) -> None:
    page = ada.get("/api/teams?offset=50").json
    assert (page["results"], page["next"], page["count"]) == ([], None, 7)


def test_the_next_page_may_have_another_size(ada: Client, teams: list[str]) -> None:
    link = ada.get("/api/teams?limit=2").json["next"]
    assert ada.get(link.replace("limit=2", "limit=4")).ids == teams[2:6]


def test_next_keeps_the_filters(ada: Client) -> None:
    for number in range(3):
        declared = {"name": "a.txt", "content_type": "text/plain", "size": 1}
        ada.post("/api/documents", {"title": f"T & {number}", "file": declared})
    link = ada.get("/api/documents", query={"limit": 2, "created_by": ada.user_id}).json["next"]
    parameters = parse_qs(urlsplit(link).query)
    assert (parameters["limit"], parameters["created_by"]) == (["2"], [ada.user_id])
    assert len(ada.get(link).ids) == 1


class TestBadCursor:
    """Altered, expired, or of another organization, user, route or filter."""

    @pytest.fixture
    def cursor(self, ada: Client, teams: list[str]) -> str:
        link: str = ada.get("/api/teams?limit=2").json["next"]
        return parse_qs(urlsplit(link).query)["cursor"][0]

    def refused(self, client: Client, path: str, cursor: str) -> bool:
        reply = client.get(f"{path}{'&' if '?' in path else '?'}cursor={cursor}")
        return reply.status == 400 and reply.json["code"] == "bad_cursor"

    def test_altered(self, ada: Client, cursor: str) -> None:
        for bad in ("", "x", cursor[:-1], cursor + "A", "A" + cursor[1:], "ü"):
            assert self.refused(ada, "/api/teams", bad)
        assert not self.refused(ada, "/api/teams", cursor)

    def test_from_another_user(self, ben: Client, cursor: str) -> None:
        assert self.refused(ben, "/api/teams", cursor)

    def test_from_another_organization(self, ada: Client, root: Client, cursor: str) -> None:
        second = ada.post("/api/organizations", {"name": "Second"}).json["id"]
        assert self.refused(ada.within(second), "/api/teams", cursor)

    def test_from_another_route(self, ada: Client, cursor: str) -> None:
        assert self.refused(ada, "/api/members", cursor)
        assert self.refused(ada, "/api/documents", cursor)

    def test_from_another_filter(self, ada: Client) -> None:
        for title in ("One", "Two"):
            declared = {"name": "a.txt", "content_type": "text/plain", "size": 1}
            ada.post("/api/documents", {"title": title, "file": declared})
        link = ada.get("/api/documents?limit=1&status=active").json["next"]
        cursor = parse_qs(urlsplit(link).query)["cursor"][0]
        assert self.refused(ada, "/api/documents", cursor)
        assert self.refused(ada, "/api/documents?status=inactive", cursor)
        assert not self.refused(ada, "/api/documents?status=active", cursor)

    def test_with_an_offset(self, ada: Client, cursor: str) -> None:
        assert self.refused(ada, "/api/teams?offset=1", cursor)

    def test_expired(self, ada: Client, cursor: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("crm.http.cursor.LIFETIME_SECONDS", 0)
        link = ada.get("/api/teams?limit=2").json["next"]
        assert ada.get(link).problem == (400, "bad_cursor")


def test_reads_that_go_too_far_give_a_short_page(
    ada: Client, teams: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request reads a bounded part of a list of any length, and returns a cursor."""
    monkeypatch.setattr("crm.platform.dynamodb.lists.COUNT_LIMIT", 2)
    listed = ada.get("/api/teams?limit=1").json
    assert (listed["count"], listed["count_exact"]) == (2, False)
    assert ada.get(listed["next"]).json["count_exact"] is False
