"""Visibility of a document through its attachments."""

from typing import Any

import pytest

from tests.functions.conftest import join
from tests.support.attachments import PATH, activity, attach, attached, count_of, deal, document, on
from tests.support.cases import case
from tests.support.client import Client
from tests.support.entities import entity
from tests.support.leads import lead
from tests.support.stream import project, recorded
from tests.support.uploads import declared, upload

pytestmark = pytest.mark.thorough

READS = ("", "/file", "/versions", "/versions/1/file", "/history")

People = dict[str, Client]


@pytest.fixture
def people(ada: Client, ben: Client, cleo: Client, root: Client, eve: Client) -> People:
    """Ben makes the document, Dora owns the record, Cleo's team sees it, Fred is nobody."""
    dora = join(ada, "dora@example.com", "Dora", "Member")
    fred = join(ada, "fred@example.com", "Fred", "Member")
    named = {"ada": ada, "ben": ben, "cleo": cleo, "dora": dora, "eve": eve}
    return {**named, "fred": fred, "root": root}


@pytest.fixture
def target(ada: Client, people: People, team: str) -> dict[str, str]:
    """Dora's entity, shared with a team."""
    return on(entity(ada, assigned_to=people["dora"].user_id, shared_with=[team]))


def path_of(document_id: str) -> str:
    return f"/api/documents/{document_id}"


def who_sees(people: People, document_id: str, *targets: dict[str, str]) -> str:
    """Return the users that see a document; all routes agree.

    By itself, its file, its versions, its history, in the lists of its records and as a filter.
    """
    seen = []
    for name, who in people.items():
        replies = [who.get(path_of(document_id) + read) for read in READS]
        sees = replies[0].status == 200
        if not sees:
            refusal = (404, "not_found") if name == "eve" else (403, "permission_denied")
            assert {reply.problem for reply in replies} == {refusal}, name
        for target in targets:
            page = who.get("/api/documents", query=target).json
            assert [row["id"] for row in page["results"]] == [document_id] * sees, name
            assert page["count"] == sees, name
        seen += [name] * sees
    return " ".join(seen)


def listed(client: Client, target: dict[str, str], **filters: Any) -> list[str]:
    """The titles of a record's documents: one page, which counts right."""
    page = client.get("/api/documents", query={**target, **filters}).json
    assert page["count"] == len(page["results"])
    assert page["next"] is None
    return [row["title"] for row in page["results"]]


def test_from_the_document_s_beginning_to_its_end(
    people: People, ada: Client, ben: Client, target: dict[str, str]
) -> None:
    document_id = document(ben)
    assert who_sees(people, document_id) == "ada ben root"
    attachment_id = attach(ada, target, document_id=document_id).json["id"]
    assert who_sees(people, document_id, target) == "ada ben cleo dora root"
    assert people["dora"].get("/api/documents").ids == []
    ben.patch(path_of(document_id), {"status": "inactive"})
    assert who_sees(people, document_id, target) == "ada ben root"
    ben.patch(path_of(document_id), {"status": "active"})
    assert who_sees(people, document_id, target) == "ada ben cleo dora root"
    ada.delete(f"{PATH}/{attachment_id}")
    assert who_sees(people, document_id) == "ada ben root"
    assert [listed(one, target) for one in people.values()] == [[]] * len(people)


def test_not_before_its_file_is_there(people: People, target: dict[str, str]) -> None:
    dora = people["dora"]
    made = attach(dora, target)
    document_id = made.json["document_id"]
    viewers = [people[name] for name in ("cleo", "fred")]
    assert [listed(one, target) for one in viewers] == [[], []]
    assert [listed(people[name], target) for name in ("ada", "dora")] == [["plan.txt"]] * 2
    for viewer in viewers:
        assert viewer.get(path_of(document_id)).problem == (403, "permission_denied")
    upload(made)
    assert who_sees(people, document_id, target) == "ada cleo dora root"
    upload(dora.post(f"{path_of(document_id)}/file", declared()), b"different")
    assert who_sees(people, document_id, target) == "ada cleo dora root"


def test_a_file_that_was_rejected(people: People, target: dict[str, str]) -> None:
    made = attach(people["dora"], target)
    upload(made, b"different")
    path = path_of(made.json["document_id"])
    assert people["cleo"].get(path).problem == (403, "permission_denied")
    assert (listed(people["cleo"], target), listed(people["dora"], target)) == ([], ["plan.txt"])


def test_what_an_attachment_tells_of_it(
    people: People, ben: Client, target: dict[str, str]
) -> None:
    document_id = document(ben, "Secret")
    path = f"{PATH}/{attach(people['ada'], target, document_id=document_id).json['id']}"

    def titles() -> list[str | None]:
        """Return the responses to Ada, Cleo and Dora."""
        told = []
        for name in ("ada", "cleo", "dora"):
            shown = people[name].get(path).json["document"]
            assert [shown] == [
                row["document"] for row in people[name].get(PATH, query=target).json["results"]
            ]
            told.append(shown and shown["title"])
        return told

    assert titles() == ["Secret", "Secret", "Secret"]
    ben.patch(path_of(document_id), {"status": "inactive"})
    assert titles() == ["Secret", None, None]
    ben.patch(path_of(document_id), {"status": "active", "title": "Public"})
    assert titles() == ["Public", "Public", "Public"]


def test_reading_is_all_that_it_grants(people: People, ben: Client, target: dict[str, str]) -> None:
    document_id = document(ben)
    attach(people["ada"], target, document_id=document_id)
    path, dora = path_of(document_id), people["dora"]
    whole = {"title": "X", "status": "active", "shared_with": []}
    for reply in (
        dora.put(path, whole),
        dora.patch(path, {"title": "X"}),
        dora.delete(path),
        dora.post(f"{path}/file", declared()),
    ):
        assert reply.problem == (403, "permission_denied")


@pytest.mark.parametrize("kind", ["entity", "deal", "lead", "case"])
def test_through_an_activity_and_what_it_is_about(
    people: People, ada: Client, ben: Client, team: str, kind: str
) -> None:
    dora = people["dora"].user_id
    makers: dict[str, Any] = {"entity": entity, "lead": lead, "case": case}
    if kind == "deal":
        about = deal(ada, assigned_to=dora, shared_with=[team])
    else:
        about = on(makers[kind](ada, assigned_to=dora, shared_with=[team]), kind)
    note, document_id = activity(ada, about), document(ben)
    attachment_id = attach(ada, note, document_id=document_id).json["id"]
    assert who_sees(people, document_id, note) == "ada ben cleo dora root"
    assert [listed(one, about) for one in people.values()] == [[]] * len(people)
    ada.delete(f"{PATH}/{attachment_id}")
    assert who_sees(people, document_id) == "ada ben root"


def test_through_an_activity_of_one_s_own(people: People, ben: Client) -> None:
    document_id = document(ben)
    for name in ("dora", "fred"):
        attach(people["ada"], activity(people[name]), document_id=document_id)
    assert who_sees(people, document_id) == "ada ben dora fred root"


def test_through_one_of_several_records(people: People, ada: Client, ben: Client) -> None:
    document_id, fred = document(ben), people["fred"]
    targets = [on(entity(ada)) for _ in range(3)]
    attached(ada, targets[0], document_id)
    assert who_sees(people, document_id) == "ada ben root"
    seen = on(entity(ada, assigned_to=fred.user_id))
    last = attached(ada, seen, document_id)
    attached(ada, targets[1], document_id)
    assert who_sees(people, document_id, seen) == "ada ben fred root"
    ada.delete(f"{PATH}/{last[0]}")
    assert who_sees(people, document_id) == "ada ben root"


def test_when_the_record_is_no_longer_theirs(
    people: People, ada: Client, ben: Client, target: dict[str, str]
) -> None:
    document_id = document(ben)
    attach(ada, target, document_id=document_id)
    path = f"/api/entities/{target['related_to_id']}"
    ada.patch(path, {"assigned_to": people["fred"].user_id, "shared_with": []})
    assert who_sees(people, document_id, target) == "ada ben fred root"


class TestTheDocumentsOfARecord:
    """Documents by creator and state: each caller's list and its count."""

    @pytest.fixture
    def shelf(
        self, people: People, ada: Client, ben: Client, target: dict[str, str], team: str
    ) -> dict[str, str]:
        """Seven documents on the record, and one that is not; title → id."""
        dora, cleo = people["dora"], people["cleo"]
        with recorded() as records:
            made = {
                "Ben's plan": document(ben, "Ben's plan"),
                "Ben's old plan": document(ben, "Ben's old plan", status="inactive"),
                "Ben's, shared": document(ben, "Ben's, shared", shared_with=[team]),
                "Dora's": document(dora, "Dora's"),
                "Dora's old": document(dora, "Dora's old", status="inactive"),
                "Cleo's": document(cleo, "Cleo's"),
            }
            attached(ada, target, *made.values())
            made["plan.txt"] = attach(dora, target).json["document_id"]
            made["Elsewhere"] = document(ben, "Elsewhere")
        project(records)
        return made

    def test_it_holds_what_the_caller_may_see(
        self, people: People, target: dict[str, str], shelf: dict[str, str]
    ) -> None:
        everything = [*reversed(shelf)][1:]
        shared = ["Cleo's", "Dora's", "Ben's, shared", "Ben's plan"]
        assert {name: listed(who, target) for name, who in people.items()} == {
            "ada": everything,
            "root": everything,
            "dora": ["plan.txt", "Cleo's", "Dora's old", *shared[1:]],
            "cleo": shared,
            "ben": ["Ben's, shared", "Ben's old plan", "Ben's plan"],
            "fred": [],
            "eve": [],
        }

    def test_filters(
        self, people: People, ben: Client, target: dict[str, str], shelf: dict[str, str], team: str
    ) -> None:
        cleo, dora = people["cleo"], people["dora"]
        assert listed(cleo, target, title="plan") == ["Ben's plan"]
        assert listed(dora, target, title="plan") == ["plan.txt", "Ben's plan"]
        assert listed(people["ada"], target, title="old") == ["Dora's old", "Ben's old plan"]
        assert listed(dora, target, status="inactive") == ["Dora's old"]
        assert listed(cleo, target, status="inactive") == []
        assert listed(people["ada"], target, status="inactive") == ["Dora's old", "Ben's old plan"]
        assert listed(cleo, target, status="active") == listed(cleo, target)
        theirs = ["Ben's, shared", "Ben's plan"]
        for who in (cleo, dora):
            assert listed(who, target, created_by=ben.user_id) == theirs
        assert listed(ben, target, created_by=ben.user_id) == listed(ben, target)
        assert listed(dora, target, created_by=dora.user_id, status="inactive") == ["Dora's old"]
        assert listed(dora, target, shared_with=team) == ["Ben's, shared"]

    def test_pages(self, people: People, target: dict[str, str], shelf: dict[str, str]) -> None:
        first = people["cleo"].get("/api/documents", query={**target, "limit": 3}).json
        second = people["cleo"].get(first["next"]).json
        assert (first["count"], second["count"], second["next"]) == (4, 4, None)
        titles = [row["title"] for page in (first, second) for row in page["results"]]
        assert titles == ["Cleo's", "Dora's", "Ben's, shared", "Ben's plan"]
        assert first["results"][1]["created_by"]["first_name"] == "Dora"

    def test_half_a_record(self, ben: Client, target: dict[str, str]) -> None:
        for name, value in target.items():
            reply = ben.get("/api/documents", query={name: value})
            assert (reply.problem, reply.fields) == ((422, "validation_failed"), ["related_to_id"])


def test_the_lists_of_both_agree(ada: Client, ben: Client, target: dict[str, str]) -> None:
    attachment_ids = attached(ada, target, document(ada), document(ben))
    assert count_of(ada, target) == 2
    ada.delete(f"{PATH}/{attachment_ids[0]}")
    assert count_of(ada, target) == 1
