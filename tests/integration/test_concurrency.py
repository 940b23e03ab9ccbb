"""Several clients at the same moment: nothing is lost, nothing happens twice."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import httpx
import pytest

from local.process import StackProcess
from tests.support.integration.client import (
    TEXT,
    Brook,
    File,
    Organization,
    good,
    made,
    new_id,
    refused,
    wait_until,
)

ROUNDS = 50
CROWD = 20

Result = TypeVar("Result")


@pytest.fixture(scope="module")
def brook(stack: StackProcess) -> Iterator[Brook]:
    with Brook(stack) as opened:
        yield opened


@pytest.fixture
def acme(brook: Brook) -> Organization:
    return brook.found()


def at_once(work: Sequence[Callable[[], Result]]) -> list[Result]:
    """Do all of it, beginning at the same moment."""
    barrier = Barrier(len(work))

    def begin(one: Callable[[], Result]) -> Result:
        barrier.wait(30)
        return one()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(begin, work))


def statuses(answers: Sequence[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def test_two_clients_patch_different_fields_and_both_survive(acme: Organization) -> None:
    team = acme.team("Sales")
    mine = acme.founder.share("Title 0")["id"]
    path = f"/api/documents/{mine}"
    with ThreadPoolExecutor(2) as pool:
        for n in range(1, ROUNDS + 1):
            shared = [team] if n % 2 else []
            patches = [{"title": f"Title {n}"}, {"shared_with": shared}]
            answers = list(pool.map(lambda patch: acme.founder.patch(path, patch), patches))
            assert statuses(answers) == {200: 2}
            now = acme.founder.document(mine)
            assert (now["title"], now["shared_with"]) == (f"Title {n}", shared)
            assert now["version"] == 2 * n + 1


def test_twenty_clients_patch_one_document_and_each_write_counts(acme: Organization) -> None:
    mine = acme.founder.share("Title")["id"]
    path = f"/api/documents/{mine}"
    titles = [f"Title {n}" for n in range(CROWD)]
    answers = at_once(
        [lambda title=title: acme.founder.patch(path, {"title": title}) for title in titles]
    )
    assert statuses(answers) == {200: CROWD}
    versions = {answer.json()["version"]: answer.json()["title"] for answer in answers}
    assert sorted(versions) == list(range(2, CROWD + 2))
    now = acme.founder.document(mine)
    assert now["version"] == CROWD + 1
    assert now["title"] == versions[CROWD + 1]
    for answer in answers:
        assert answer.headers["etag"] == f'"{answer.json()["version"]}"'


def test_of_twenty_that_name_the_same_version_one_gets_through(acme: Organization) -> None:
    mine = acme.founder.share("Title")["id"]
    path = f"/api/documents/{mine}"
    answers = at_once(
        [
            lambda n=n: acme.founder.patch(path, {"title": f"Title {n}"}, if_match='"1"')
            for n in range(CROWD)
        ]
    )
    assert statuses(answers) == {200: 1, 412: CROWD - 1}
    assert acme.founder.document(mine)["version"] == 2


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_if_match_lets_through_what_is_not_stale(acme: Organization, method: str) -> None:
    mine = acme.founder.share("Title")["id"]
    path = f"/api/documents/{mine}"
    good(acme.founder.patch(path, {"title": "Title 2"}))
    body = {"title": "Title 3", "status": "active", "shared_with": []}

    def send(tag: str) -> httpx.Response:
        options = {} if method == "DELETE" else {"json": body}
        return acme.founder.send(method, path, headers={"if-match": tag}, **options)

    for stale in ('"1"', '"3"', '""', '"1", "7"'):
        refused(send(stale), 412, "version_conflict")
    for malformed in ("2", '"2', "garbage"):
        refused(send(malformed), 400, "invalid_request")
    assert acme.founder.document(mine)["version"] == 2
    assert send('"1", "2"').is_success


def test_if_match_of_any_version(acme: Organization) -> None:
    mine = acme.founder.share("Title")["id"]
    assert acme.founder.patch(f"/api/documents/{mine}", {"title": "x"}, if_match="*").is_success
    refused(acme.founder.delete(f"/api/documents/{new_id()}", if_match="*"), 404, "not_found")


def assert_done_once(answers: Sequence[httpx.Response]) -> str:
    """All of them are the first answer, or say that it is still being worked on; gives the id."""
    for answer in answers:
        assert answer.status_code in {201, 409}, answer.text
        if answer.status_code == 409:
            assert answer.json()["code"] == "idempotency_in_progress"
            assert int(answer.headers["retry-after"]) > 0
    first = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.text for answer in first}) == 1
    assert len({answer.headers["location"] for answer in first}) == 1
    assert len({answer.headers["etag"] for answer in first}) == 1
    fresh = [answer for answer in first if "idempotent-replayed" not in answer.headers]
    assert len(fresh) == 1
    return str(first[0].json()["id"])


def test_one_key_twenty_times_at_once_makes_one_document(acme: Organization) -> None:
    body = {"title": "Once", "file": TEXT.said()}

    def send() -> httpx.Response:
        return acme.founder.post("/api/documents", body, idempotency_key="once")

    mine = assert_done_once(at_once([send] * CROWD))
    again = send()
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert again.json()["id"] == mine
    assert acme.founder.ids() == [mine]
    other = acme.founder.post("/api/documents", {**body, "title": "Two"}, idempotency_key="once")
    refused(other, 422, "idempotency_key_reused")
    assert acme.founder.upload(again.json()["upload"], TEXT.content).is_success
    assert acme.founder.settled(mine)["upload_status"] == "available"


def test_one_key_at_once_with_a_form_makes_one_document(acme: Organization) -> None:
    def send() -> httpx.Response:
        return acme.founder.send(
            "POST",
            "/api/documents",
            data={"title": "Once"},
            files=TEXT.in_form(),
            headers={"idempotency-key": "form"},
        )

    mine = assert_done_once(at_once([send] * 5))
    assert acme.founder.ids() == [mine]
    assert acme.founder.download(f"/api/documents/{mine}/file").content == TEXT.content


def test_one_key_at_once_makes_one_organization(brook: Brook) -> None:
    somebody = brook.person("Founder")

    def send() -> httpx.Response:
        return somebody.post("/api/organizations", {"name": "Once"}, idempotency_key="once")

    founded = assert_done_once(at_once([send] * 10))
    assert somebody.ids("/api/organizations") == [founded]
    assert send().json()["id"] == founded


def test_the_same_body_in_another_spelling_is_the_same_body(acme: Organization) -> None:
    headers = {"idempotency-key": "spelling", "content-type": "application/json"}
    spellings = [
        '{"name": "Caf\\u00e9", "users": []}',
        '{ "users":[],"name":"Café" }',
    ]
    answers = [
        acme.founder.send("POST", "/api/teams", content=one.encode(), headers=headers)
        for one in spellings
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].text == answers[1].text
    assert answers[1].headers["idempotent-replayed"] == "true"


def test_a_key_is_free_again_after_a_refusal(acme: Organization) -> None:
    wrong = acme.founder.post("/api/teams", {"name": ""}, idempotency_key="free")
    refused(wrong, 422, "validation_failed")
    made(acme.founder.post("/api/teams", {"name": "Sales"}, idempotency_key="free"))


def test_a_key_is_for_one_route_and_one_person(acme: Organization) -> None:
    other = acme.join("admin")
    answers = [
        acme.founder.post("/api/teams", {"name": "One"}, idempotency_key="shared"),
        other.post("/api/teams", {"name": "Two"}, idempotency_key="shared"),
        acme.founder.post(
            "/api/documents", {"title": "x", "file": TEXT.said()}, idempotency_key="shared"
        ),
    ]
    assert statuses(answers) == {201: 3}
    assert not any("idempotent-replayed" in answer.headers for answer in answers)


@pytest.mark.parametrize("act", ["demote", "deactivate", "remove"])
def test_two_admins_who_do_it_to_each_other_leave_one(acme: Organization, act: str) -> None:
    other = acme.join("admin")
    pairs = [(acme.founder, other), (other, acme.founder)]

    def strike(by: int) -> httpx.Response:
        actor, target = pairs[by]
        path = f"/api/members/{target.id}"
        if act == "remove":
            return actor.delete(path)
        change = {"role": "member"} if act == "demote" else {"is_active": False}
        return actor.patch(path, change)

    answers = at_once([lambda: strike(0), lambda: strike(1)])
    won = [answer for answer in answers if answer.is_success]
    lost = [answer for answer in answers if not answer.is_success]
    assert (len(won), len(lost)) == (1, 1)
    # Whoever comes second is the last admin's attacker, or, if the blow was seen in time, no admin.
    assert lost[0].json()["code"] in {"last_admin", "permission_denied", "not_a_member"}
    survivor = pairs[answers.index(won[0])][0]
    assert good(survivor.get("/api/me"))["role"] == "admin"
    rows = good(survivor.get("/api/members"))["results"]
    admins = [row["id"] for row in rows if row["role"] == "admin" and row["is_active"]]
    assert admins == [survivor.id]


@pytest.mark.parametrize("change", [{"role": "member"}, {"is_active": False}, None])
def test_the_last_admin_stays(acme: Organization, change: dict[str, object] | None) -> None:
    acme.join()
    path = f"/api/members/{acme.founder.id}"
    answer = acme.founder.patch(path, change) if change else acme.founder.delete(path)
    refused(answer, 409, "last_admin")
    assert good(acme.founder.get("/api/me"))["role"] == "admin"


def test_of_two_teams_of_one_name_one_is_made(acme: Organization) -> None:
    answers = at_once(
        [lambda name=name: acme.founder.post("/api/teams", {"name": name}) for name in
         ("Sales", "SALES", "sales ", "Sales")]
    )  # fmt: skip
    assert statuses(answers) == {201: 1, 409: 3}
    for answer in answers:
        if answer.status_code == 409:
            refused(answer, 409, "duplicate")
    assert good(acme.founder.get("/api/teams"))["count"] == 1


def test_a_name_is_free_again_once_its_team_is_gone_or_renamed(acme: Organization) -> None:
    first = acme.team("Sales")
    good(acme.founder.patch(f"/api/teams/{first}", {"name": "Support"}))
    second = acme.team("Sales")
    refused(acme.founder.patch(f"/api/teams/{first}", {"name": "sales"}), 409, "duplicate")
    assert acme.founder.delete(f"/api/teams/{second}").status_code == 204
    good(acme.founder.patch(f"/api/teams/{first}", {"name": "sales"}))


def test_one_person_invited_twice_at_once_is_one_member(acme: Organization, brook: Brook) -> None:
    body = {"email": brook.address("New"), "first_name": "New", "last_name": "Brook"}
    answers = at_once([lambda: acme.founder.post("/api/members", body)] * 4)
    assert statuses(answers) == {201: 1, 409: 3}
    assert good(acme.founder.get("/api/members"))["count"] == 2


def test_two_admins_who_fill_one_team_at_once_fill_it_with_both_or_one(
    acme: Organization,
) -> None:
    """`users` is one field: the later write wins as a whole, and team and members agree."""
    people = [acme.join(name=f"P{n}") for n in range(2)]
    team = acme.team("Sales")
    answers = at_once(
        [
            lambda one=one: acme.founder.patch(f"/api/teams/{team}", {"users": [one.id]})
            for one in people
        ]
    )
    assert statuses(answers) == {200: 2}
    users = good(acme.founder.get(f"/api/teams/{team}"))["users"]
    assert [team in good(one.get("/api/me"))["teams"] for one in people] == [
        one.id in users for one in people
    ]
    assert len(users) == 1


def test_sharing_with_a_team_that_is_being_deleted_leaves_nothing_dangling(
    acme: Organization,
) -> None:
    for _ in range(5):
        team = acme.team("Brief")
        ids = [acme.founder.share("Shared")["id"] for _ in range(4)]
        share = [
            lambda one=one, team=team: acme.founder.patch(
                f"/api/documents/{one}", {"shared_with": [team]}
            )
            for one in ids
        ]
        work: list[Callable[[], httpx.Response]] = [
            lambda team=team: acme.founder.delete(f"/api/teams/{team}"),
            *share,
        ]
        answers = at_once(work)
        assert answers[0].status_code == 204
        assert set(statuses(answers[1:])) <= {200, 422}
        wait_until(
            lambda ids=ids: [acme.founder.document(one)["shared_with"] for one in ids],
            lambda shared: not any(shared),
        )


def test_uploads_that_arrive_at_once_are_all_kept_as_versions(acme: Organization) -> None:
    mine = acme.founder.share("Busy")["id"]
    path = f"/api/documents/{mine}"
    files = [File(f"{n}.txt", "text/plain", f"file {n}".encode()) for n in range(6)]
    forms = [made(acme.founder.post(f"{path}/file", one.said()))["upload"] for one in files]
    at_once(
        [
            lambda form=form, one=one: acme.founder.upload(form, one.content)
            for form, one in zip(forms, files, strict=True)
        ]
    )
    page = wait_until(
        lambda: good(acme.founder.get(f"{path}/versions")), lambda one: one["count"] == 7
    )
    assert [row["n"] for row in page["results"]] == list(range(7, 0, -1))
    names = {row["file_name"] for row in page["results"]}
    assert names == {"notes.txt", *(one.name for one in files)}
    assert acme.founder.document(mine)["file_name"] == page["results"][0]["file_name"]


def test_of_twenty_who_convert_one_lead_one_does(acme: Organization) -> None:
    ada = acme.founder
    lead = made(ada.post("/api/leads", {"last_name": "Hopper", "organization_name": "Navy"}))["id"]
    about = {"related_to_type": "lead", "related_to_id": lead}
    for n in range(3):
        made(ada.post("/api/activities", {"type": "note", "subject": f"{n}", **about}))
    path = f"/api/leads/{lead}/convert"
    answers = at_once([lambda: ada.post(path, {"create_deal": True})] * CROWD)
    assert statuses(answers) == {200: 1, 409: CROWD - 1}
    for answer in answers:
        if answer.status_code == 409:
            refused(answer, 409, "already_converted")
    [won] = [answer.json() for answer in answers if answer.status_code == 200]
    assert sorted(ada.ids("/api/entities")) == sorted([won["contact_id"], won["account_id"]])
    assert ada.ids("/api/deals") == [won["deal_id"]]
    assert good(ada.get(f"/api/leads/{lead}")) == won["lead"]
    there = {"related_to_type": "deal", "related_to_id": won["deal_id"]}
    wait_until(lambda: len(ada.ids("/api/activities", **there)), lambda count: count == 3)
    assert ada.ids("/api/activities", **about) == []
