"""Lists: walked whole while others write, counted for each caller, filtered and searched.

A thousand documents are written through the layer, not over HTTP: in two seconds, not in thirty.
They come last in this file: the index, which they do not need, trails behind them for a while.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from crm.related.documents.schemas import Document
from local.process import StackProcess
from tests.support.integration.client import (
    TEXT,
    Brook,
    Json,
    Organization,
    Person,
    good,
    new_id,
    refused,
    wait_until,
)
from tests.support.integration.layer import document, layer, write

LONG_AGO = datetime(2024, 2, 28, 23, 59, 59, 990_000, UTC)


@pytest.fixture(scope="module")
def brook(stack: StackProcess) -> Iterator[Brook]:
    with Brook(stack) as opened, layer(stack):
        yield opened


# ── Counting what a member sees ──


def test_what_is_seen_through_three_teams_and_as_ones_own_is_counted_once(brook: Brook) -> None:
    organization = brook.found()
    bea = organization.join()
    hers = [organization.team(f"Team {n}", bea) for n in range(3)]
    foreign = organization.team("Other")
    choices = [*hers, foreign]
    documents = [
        document(
            organization.id,
            by,
            "n",
            shared_with=[
                team for team, chosen in zip(choices, chosen_teams, strict=True) if chosen
            ],
            status=status,
        )
        for by in (bea.id, organization.founder.id)
        for status in ("active", "inactive")
        for chosen_teams in itertools.product([False, True], repeat=4)
        for _ in range(2)
    ]
    write(documents)
    visible = {
        one.id
        for one in documents
        if one.created_by == bea.id
        or (one.status == "active" and not set(hers).isdisjoint(one.shared_with))
    }
    page = good(bea.get("/api/documents", limit=5))
    assert (page["count"], page["count_exact"]) == (len(visible), True)
    walked = bea.ids(limit=5)
    assert walked == sorted(visible, reverse=True)
    assert good(organization.founder.get("/api/documents"))["count"] == len(documents)


# ── Filters ──


@dataclass(frozen=True)
class Shelf:
    """Documents of every combination, and what each filter should leave of them."""

    admin: Person
    member: Person
    documents: list[Document]
    teams: list[str]
    days: list[datetime]


TITLES = ["Rechnung Müller", "Angebot Müller", "Rechnung Schmidt"]


@pytest.fixture(scope="module")
def shelf(brook: Brook) -> Shelf:
    organization = brook.found()
    bea = organization.join()
    teams = [organization.team("Hers", bea), organization.team("Other")]
    days = [LONG_AGO + timedelta(days=n) for n in range(3)]
    combinations = itertools.product(
        TITLES, ("active", "inactive"), ([], teams[:1], teams[1:], teams), days
    )
    documents = [
        document(
            organization.id,
            (bea if index % 2 else organization.founder).id,
            title,
            day,
            status=status,
            shared_with=shared,
        )
        for index, (title, status, shared, day) in enumerate(combinations)
    ]
    write(documents)
    for title in ("Rechnung", "Angebot"):
        expected = sum(title in one.title for one in documents)
        wait_until(
            lambda title=title: good(organization.founder.get("/api/documents", title=title)),
            lambda page, expected=expected: page["count"] == expected,
        )
    return Shelf(organization.founder, bea, documents, teams, days)


Keep = Callable[[Document], bool]


def filters_of(shelf: Shelf) -> list[list[tuple[Json, Keep]]]:
    """For each filter: leaving it out, and its values with what they keep."""

    def left_out(_: Document) -> bool:
        return True

    none: tuple[Json, Keep] = ({}, left_out)
    middle = shelf.days[1]
    stamp = middle.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return [
        [none, *(({"status": one}, has("status", one)) for one in ("active", "inactive"))],
        [none, *(({"shared_with": one}, shared_with(one)) for one in shelf.teams)],
        [
            none,
            *(
                ({"created_by": one.id}, has("created_by", one.id))
                for one in (shelf.admin, shelf.member)
            ),
        ],
        [
            none,
            ({"title": "g MULL"}, lambda one: one.title == "Rechnung Müller"),
        ],
        [
            none,
            ({"created_after": stamp}, lambda one: when(one) >= middle),
            ({"created_before": stamp}, lambda one: when(one) < middle),
        ],
    ]


def has(name: str, value: str) -> Keep:
    return lambda one: getattr(one, name) == value


def shared_with(team: str) -> Keep:
    return lambda one: team in one.shared_with


def when(one: Document) -> datetime:
    return datetime.fromisoformat(one.created_on)


@pytest.mark.parametrize("role", ["admin", "member"])
def test_every_combination_of_filters_gives_what_a_brute_search_gives(
    shelf: Shelf, role: str
) -> None:
    person = shelf.admin if role == "admin" else shelf.member
    visible = [
        one
        for one in shelf.documents
        if role == "admin"
        or one.created_by == person.id
        or (one.status == "active" and shelf.teams[0] in one.shared_with)
    ]
    for chosen in itertools.product(*filters_of(shelf)):
        params = {name: value for values, _ in chosen for name, value in values.items()}
        expected = [one.id for one in visible if all(keep(one) for _, keep in chosen)]
        page = good(person.get("/api/documents", limit=100, **params))
        assert [row["id"] for row in page["results"]] == sorted(expected, reverse=True), params
        assert page["count"] == len(expected), params


def test_after_is_inclusive_and_before_exclusive_to_the_millisecond(brook: Brook) -> None:
    organization = brook.found()
    one = document(organization.id, organization.founder.id, "n", LONG_AGO)
    write([one])
    moment = LONG_AGO
    beside = moment + timedelta(milliseconds=1)
    east = moment.astimezone(UTC).replace(tzinfo=None) + timedelta(hours=2)
    cases = [
        ({"created_after": said(moment)}, True),
        ({"created_after": said(beside)}, False),
        ({"created_before": said(moment)}, False),
        ({"created_before": said(beside)}, True),
        ({"created_after": f"{east.isoformat()}+02:00"}, True),
        ({"created_after": "2024-02-28"}, True),
        ({"created_after": "2024-02-29"}, False),
        ({"created_before": "2024-02-29"}, True),
        ({"created_before": "2024-02-28"}, False),
        ({"created_after": "0001-01-01", "created_before": "9999-12-31"}, True),
        ({"created_after": said(beside), "created_before": said(moment)}, False),
    ]
    for params, found in cases:
        assert organization.founder.ids(**params) == ([one.id] if found else []), params


def said(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_a_document_attached_to_nothing_is_not_found_by_what_it_might_be_attached_to(
    shelf: Shelf,
) -> None:
    assert shelf.admin.ids(related_to_type="deal", related_to_id=new_id()) == []
    for half in ({"related_to_type": "deal"}, {"related_to_id": new_id()}):
        refused(shelf.admin.get("/api/documents", **half), 422, "validation_failed")


# ── Search ──

LIBRARY = [
    "Kündigung Müller GmbH & Co. KG",
    "Café crème — menu",
    "Straße nach Łódź",
    "ΑΘΗΝΑ συμφωνία",
    "100% cotton (A/B test)",
    "a_b.c-d",
    'O\'Brien "quoted"',
    "見積書 2026",
    "Annual report 2025",
]

QUERIES = [
    ("kündigung", [0]),
    ("KUNDIGUNG", [0]),
    ("ndig", [0]),
    ("müller gmbh", [0]),
    ("gmbh &", [0]),
    ("cafe CRÈME", [1]),
    ("strasse", [2]),
    ("STRAßE", [2]),
    ("odz", [2]),
    ("αθηνα", [3]),
    ("100%", [4]),
    ("(a/b", [4]),
    ("a_b.c", [5]),
    ("o'brien", [6]),
    ('"quoted"', [6]),
    ("見積書", [7]),
    ("見積", [7]),
    ("見", [7]),
    ("2026", [7]),
    ("202", [7, 8]),
    ("re", [8]),
    ("ep", []),
    ("mü", [0]),
    ("m", [0, 1]),
    ("20", [7, 8]),
    ("c", [1, 0, 4, 5]),
    ("  café   crème  ", [1]),
    ("nothing like it", []),
    ("mullerx", []),
]


@pytest.fixture(scope="module")
def library(brook: Brook) -> Person:
    organization = brook.found()
    for title in LIBRARY:
        organization.founder.declare(title, TEXT)
    for title in LIBRARY:
        wait_until(
            lambda title=title: organization.founder.get("/api/documents", title=title).json(),
            lambda page: page["count"] == 1,
        )
    return organization.founder


@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_a_title_is_found_by_any_part_of_it(
    library: Person, query: str, expected: list[int]
) -> None:
    page = good(library.get("/api/documents", title=query))
    found = {row["title"] for row in page["results"]}
    assert found == {LIBRARY[index] for index in expected}
    assert page["count"] == len(expected)


def test_an_empty_search_leaves_nothing_out(library: Person) -> None:
    assert good(library.get("/api/documents", title=""))["count"] == len(LIBRARY)


def test_a_new_title_is_found_and_the_old_one_is_not(brook: Brook) -> None:
    ada = brook.found().founder
    mine = ada.declare("Blueprint of the bridge", TEXT)["id"]
    wait_until(lambda: ada.ids(title="bridge"), lambda ids: ids == [mine])
    good(ada.patch(f"/api/documents/{mine}", {"title": "Blueprint of the tunnel"}))
    wait_until(lambda: ada.ids(title="tunnel"), lambda ids: ids == [mine])
    wait_until(lambda: ada.ids(title="bridge"), lambda ids: ids == [])
    assert ada.ids(title="blueprint") == [mine]


def test_a_search_is_walked_by_next_as_any_list(brook: Brook) -> None:
    ada = brook.found().founder
    ids = [ada.declare(f"Volume {n}", TEXT)["id"] for n in range(12)]
    wait_until(lambda: ada.ids(title="volume"), lambda found: len(found) == 12)
    assert ada.ids(title="volume", limit=5) == sorted(ids, reverse=True)


# ── Walking ──


@dataclass(frozen=True)
class Crowd:
    """1,001 documents that stand; teams see all, all but one and all but two of them."""

    organization: Organization
    admin: Person
    members: dict[int, Person]
    teams: dict[int, str]
    ids: list[str]  # newest first


@pytest.fixture(scope="module")
def crowd(brook: Brook) -> Crowd:
    organization = brook.found()
    members = {size: organization.join() for size in (999, 1000, 1001)}
    teams = {size: organization.team(f"{size}", person) for size, person in members.items()}
    documents = [
        document(
            organization.id,
            organization.founder.id,
            "n",
            LONG_AGO + timedelta(seconds=n),
            shared_with=[team for size, team in teams.items() if n < size],
        )
        for n in range(1_001)
    ]
    write(documents)
    newest_first = sorted((one.id for one in documents), reverse=True)
    return Crowd(organization, organization.founder, members, teams, newest_first)


@pytest.mark.parametrize("limit", [100, 7])
def test_a_walk_meets_each_standing_document_once_while_others_come_and_go(
    crowd: Crowd, limit: int
) -> None:
    organization, ada = crowd.organization, crowd.admin
    bea = organization.join("admin")
    moments = [LONG_AGO + timedelta(seconds=n * 20, milliseconds=500) for n in range(50)]
    among = [document(organization.id, bea.id, "n", moment) for moment in moments]
    write(among)
    passing = [one.id for one in among]
    done = Event()

    def come_and_go() -> int:
        writes = 0
        while not done.is_set():
            bea.declare("new", TEXT)
            if passing:
                assert bea.delete(f"/api/documents/{passing.pop()}").status_code == 204
            if passing:
                good(bea.patch(f"/api/documents/{passing.pop(0)}", {"status": "inactive"}))
            writes += 3
        return writes

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(come_and_go)
        try:
            pages = list(ada.pages("/api/documents", limit=limit))
        finally:
            done.set()
        assert writer.result() > 10, "nobody wrote meanwhile"

    met = Counter(row["id"] for page in pages for row in page["results"])
    assert [one for one in crowd.ids if met[one] != 1] == []
    assert max(met.values()) == 1
    assert {(page["count"], page["count_exact"]) for page in pages} == {(1000, False)}
    assert all(page["previous"] is None for page in pages)
    assert pages[-1]["next"] is None


@pytest.mark.parametrize(
    ("size", "count", "exact"), [(999, 999, True), (1000, 1000, True), (1001, 1000, False)]
)
def test_the_count_is_exact_up_to_1000_and_says_so(
    crowd: Crowd, size: int, count: int, exact: bool
) -> None:
    member = crowd.members[size]
    for params in ({}, {"limit": 1}, {"limit": 100, "offset": 500}):
        page = good(member.get("/api/documents", **params))
        assert (page["count"], page["count_exact"]) == (count, exact)
    filtered = good(crowd.admin.get("/api/documents", shared_with=crowd.teams[size]))
    assert (filtered["count"], filtered["count_exact"]) == (count, exact)
    pages = list(member.pages("/api/documents", limit=100))
    assert {(page["count"], page["count_exact"]) for page in pages} == {(count, exact)}
    assert [row["id"] for page in pages for row in page["results"]] == crowd.ids[-size:]


@pytest.mark.parametrize(("offset", "limit"), [(0, 10), (1, 10), (10, 10), (995, 7), (1000, 5)])
def test_an_offset_passes_over_rows_and_next_goes_on_from_there(
    crowd: Crowd, offset: int, limit: int
) -> None:
    whole = crowd.members[1001]
    page = good(whole.get("/api/documents", offset=offset, limit=limit))
    expected = crowd.ids[offset:]
    assert [row["id"] for row in page["results"]] == expected[:limit]
    assert (page["previous"] is None) == (offset == 0)
    assert (page["next"] is None) == (len(expected) <= limit)
    if page["next"]:
        following = good(whole.get(page["next"]))
        assert [row["id"] for row in following["results"]] == expected[limit : 2 * limit]
        assert following["previous"] is None
    if page["previous"]:
        before = good(whole.get(page["previous"]))
        start = max(offset - limit, 0)
        assert [row["id"] for row in before["results"]] == crowd.ids[start : start + limit]


@pytest.mark.parametrize("path", ["/api/members", "/api/teams"])
def test_every_list_is_walked_the_same_way(crowd: Crowd, path: str) -> None:
    whole = crowd.admin.ids(path)
    assert len(whole) == good(crowd.admin.get(path))["count"]
    assert crowd.admin.ids(path, limit=1) == whole
    assert len(set(whole)) == len(whole)


# ── Cursors ──


def test_a_cursor_is_good_for_what_it_was_given_for_and_nothing_else(crowd: Crowd) -> None:
    admin, team = crowd.admin, crowd.teams[1000]
    elsewhere = crowd.members[1001].at(crowd.organization.id)
    path, filters = "/api/documents", {"limit": "2", "shared_with": team}
    following = good(admin.get(path, **filters))["next"]
    cursor = following.partition("cursor=")[2]
    assert good(admin.get(path, **filters, cursor=cursor))["results"]
    assert good(admin.get(path, **{**filters, "limit": "3"}, cursor=cursor))["results"]

    def flipped(index: int) -> str:
        letter = "A" if cursor[index] != "A" else "B"
        return cursor[:index] + letter + cursor[index + 1 :]

    tampered = [flipped(index) for index in range(0, len(cursor), 5)]
    for bad in ("", "x", cursor[:-1], cursor + "A", cursor + "=", cursor[::-1], *tampered):
        refused(admin.get(path, **filters, cursor=bad), 400, "bad_cursor")
    others = {
        "another user": elsewhere.get(path, **filters, cursor=cursor),
        "no filter": admin.get(path, limit=2, cursor=cursor),
        "another filter": admin.get(path, shared_with=crowd.teams[999], cursor=cursor),
        "one filter more": admin.get(path, **filters, status="active", cursor=cursor),
        "with an offset": admin.get(path, **filters, offset=1, cursor=cursor),
        "another route": admin.get("/api/members", cursor=cursor),
        "a route below": admin.get(f"{path}/{crowd.ids[0]}/versions", cursor=cursor),
    }
    for answer in others.values():
        refused(answer, 400, "bad_cursor")


def test_a_cursor_of_the_same_user_in_another_organization_is_refused(brook: Brook) -> None:
    both = brook.person("Both")
    homes = []
    for name in ("First", "Second"):
        home = both.at(both.post("/api/organizations", {"name": name}).json()["id"])
        home.declare("One", TEXT)
        home.declare("Two", TEXT)
        homes.append(home)
    following = good(homes[0].get("/api/documents", limit=1))["next"]
    assert good(homes[0].get(following))["results"]
    refused(homes[1].get(following), 400, "bad_cursor")
