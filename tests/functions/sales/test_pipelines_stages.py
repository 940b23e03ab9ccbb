"""/api/pipelines/{id}/stages"""

from typing import Any

import pytest

from crm.platform.dynamodb.transaction import Transaction
from crm.sales.pipelines import service
from crm.sales.pipelines.schemas import Pipeline
from crm.tenancy.permissions import Caller
from tests.support.client import Client
from tests.support.tables import mentioning

pytestmark = pytest.mark.thorough

UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"
BODY = {"name": "New", "probability": 30}


@pytest.fixture
def pipeline(ada: Client) -> Any:
    """A pipeline with the stages A, B and C, the last of them open to B alone."""
    return make(ada, "Renewals")


@pytest.fixture
def path(pipeline: Any) -> str:
    return path_of(pipeline)


def make(client: Client, name: str) -> Any:
    entries: list[dict[str, Any]] = [{"name": one, "probability": 10} for one in "ABC"]
    made = client.post("/api/pipelines", {"name": name, "stages": entries})
    assert made.status == 201, made.text
    b = made.json["stages"][1]["id"]
    entries[2]["allowed_from"] = [b]
    return client.patch(f"/api/pipelines/{made.json['id']}", {"stages": entries}).json


def path_of(pipeline: Any) -> str:
    return f"/api/pipelines/{pipeline['id']}/stages"


def use(client: Client, pipeline: Any, at: int) -> None:
    """Put a deal into a stage."""
    caller = Caller(client.user_id, str(client.organization_id), "admin")
    found = service.find(caller, pipeline["id"])
    transaction = Transaction()
    service.enter(transaction, found, found.stages[at])
    transaction.commit()


def whole(client: Client, pipeline: Any) -> Any:
    return client.get(f"/api/pipelines/{pipeline['id']}").json


def names(client: Client, path: str) -> list[str]:
    return [row["name"] for row in client.get(path).json["results"]]


class TestAdding:
    def test_answers_with_the_stage(self, ada: Client, pipeline: Any, path: str) -> None:
        a = pipeline["stages"][0]["id"]
        body = {
            "name": " New ",
            "description": "Fresh",
            "order": 9,
            "probability": 30,
            "status": "closed_lost",
            "allowed_from": [a, a],
        }
        reply = ada.post(path, body)
        made = reply.json
        assert (reply.status, reply.headers["ETag"]) == (201, '"1"')
        assert reply.headers["Location"] == f"{path}/{made['id']}"
        assert made == {
            **body,
            "id": made["id"],
            "pipeline_id": pipeline["id"],
            "name": "New",
            "allowed_from": [a],
            "created_on": made["created_on"],
            "created_by": ada.user_id,
            "updated_on": made["created_on"],
            "updated_by": ada.user_id,
            "version": 1,
        }
        assert ada.get(reply.headers["Location"]).json == made
        after = whole(ada, pipeline)
        assert after["stages"] == [*pipeline["stages"], made]
        assert after["version"] == pipeline["version"] + 1
        found = service.of_stage(str(ada.organization_id), made["id"])
        assert found is not None
        assert found.answer() == after

    def test_happens_once(self, ada: Client, path: str) -> None:
        replies = [ada.post(path, BODY, headers={"idempotency-key": "one"}) for _ in range(2)]
        assert replies[0].text == replies[1].text
        assert len(names(ada, path)) == 4

    def test_comes_last_unless_it_says_where(self, ada: Client, path: str) -> None:
        assert ada.post(path, {**BODY, "order": 10}).json["order"] == 10
        assert ada.post(path, {**BODY, "name": "D"}).json["order"] == 11
        assert ada.post(path, {**BODY, "name": "E", "order": 5}).status == 201
        assert names(ada, path) == ["A", "B", "C", "E", "New", "D"]

    @pytest.mark.parametrize(
        ("fields", "problem", "field"),
        [
            ({"name": " a"}, (409, "duplicate"), "name"),
            ({"order": 1}, (409, "duplicate"), "order"),
            ({"name": None}, (422, "validation_failed"), "name"),
            ({"probability": None}, (422, "validation_failed"), "probability"),
            ({"probability": 101}, (422, "validation_failed"), "probability"),
            ({"status": "lost"}, (422, "validation_failed"), "status"),
            ({"allowed_from": [UNKNOWN]}, (422, "validation_failed"), "allowed_from"),
            ({"allowed_from": ["x"]}, (422, "validation_failed"), "allowed_from.0"),
            ({"id": UNKNOWN}, (422, "validation_failed"), "id"),
            ({"pipeline_id": UNKNOWN}, (422, "validation_failed"), "pipeline_id"),
        ],
    )
    def test_and_changing_refuse(
        self, ada: Client, pipeline: Any, path: str, fields: Any, problem: Any, field: str
    ) -> None:
        c = f"{path}/{pipeline['stages'][2]['id']}"
        body = {**BODY, **fields}
        for reply in (ada.post(path, body), ada.put(c, body), ada.patch(c, fields)):
            assert reply.problem == problem
            assert reply.fields == [field]
        assert whole(ada, pipeline) == pipeline

    def test_to_fifty(self, ada: Client, path: str, pipeline: Any) -> None:
        entries = [{"name": str(number), "probability": 1} for number in range(49)]
        ada.patch(f"/api/pipelines/{pipeline['id']}", {"stages": entries})
        assert ada.post(path, BODY).status == 201
        assert ada.post(path, {**BODY, "name": "One more"}).problem == (409, "limit_exceeded")


def test_the_list_is_in_order(ada: Client, ben: Client, pipeline: Any, path: str) -> None:
    assert ben.get(path).json == {
        "count": 3,
        "count_exact": True,
        "next": None,
        "previous": None,
        "results": pipeline["stages"],
    }
    assert ada.get(f"{path}?name=A").problem == (400, "unknown_parameter")


def test_members_read_and_admins_write(ben: Client, root: Client, pipeline: Any, path: str) -> None:
    first = pipeline["stages"][0]
    one = f"{path}/{first['id']}"
    for reply in (ben.post(path, BODY), ben.put(one, BODY), ben.patch(one, {}), ben.delete(one)):
        assert reply.problem == (403, "permission_denied")
    assert ben.get(one).json == first
    assert root.patch(one, {"name": "Root's"}).json["updated_by"] == root.user_id


def test_a_stage_is_found_in_its_own_pipeline_alone(
    ada: Client, eve: Client, pipeline: Any, path: str
) -> None:
    other = path_of(make(ada, "Other"))
    stage_id = pipeline["stages"][0]["id"]
    for client, one in (
        (ada, f"{other}/{stage_id}"),
        (ada, f"{path}/{UNKNOWN}"),
        (ada, f"{path}/x"),
        (ada, f"/api/pipelines/{UNKNOWN}/stages/{stage_id}"),
        (eve, f"{path}/{stage_id}"),
    ):
        for reply in (
            client.get(one),
            client.put(one, BODY),
            client.patch(one, {}),
            client.delete(one),
        ):
            assert reply.problem == (404, "not_found")
    assert eve.get(path).problem == (404, "not_found")
    assert eve.post(path, BODY).problem == (404, "not_found")
    assert whole(ada, pipeline) == pipeline


class TestChanging:
    def test_put_replaces(self, ada: Client, pipeline: Any, path: str) -> None:
        old = pipeline["stages"][2]
        reply = ada.put(f"{path}/{old['id']}", {"name": "Sea", "probability": 40})
        assert (reply.status, reply.headers["ETag"]) == (200, f'"{old["version"] + 1}"')
        assert reply.json == {
            **old,
            "name": "Sea",
            "probability": 40,
            "allowed_from": None,
            "version": old["version"] + 1,
            "updated_on": reply.json["updated_on"],
        }
        after = whole(ada, pipeline)
        assert after["stages"] == [*pipeline["stages"][:2], reply.json]
        assert after["version"] == pipeline["version"] + 1

    def test_put_without_an_order_comes_last(self, ada: Client, pipeline: Any, path: str) -> None:
        first = pipeline["stages"][0]["id"]
        assert ada.put(f"{path}/{first}", {"name": "A", "probability": 1}).json["order"] == 3
        assert names(ada, path) == ["B", "C", "A"]

    def test_patch_merges(self, ada: Client, pipeline: Any, path: str) -> None:
        old = pipeline["stages"][2]
        one = f"{path}/{old['id']}"
        reply = ada.patch(one, {"description": "Deep", "order": 7})
        assert reply.json == {
            **old,
            "description": "Deep",
            "order": 7,
            "version": old["version"] + 1,
            "updated_on": reply.json["updated_on"],
        }
        cleared = ada.patch(one, {"description": None, "allowed_from": None}).json
        assert (cleared["description"], cleared["allowed_from"]) == (None, None)
        assert ada.patch(one, {"allowed_from": []}).json["allowed_from"] == []
        assert ada.patch(one, {"name": "c"}).json["allowed_from"] == []

    def test_its_if_match_is_its_own_version(self, ada: Client, pipeline: Any, path: str) -> None:
        old = pipeline["stages"][0]
        one = f"{path}/{old['id']}"
        assert old["version"] != pipeline["version"]
        stale, fresh = f'"{pipeline["version"]}"', f'"{old["version"]}"'
        for reply in (
            ada.put(one, BODY, headers={"if-match": stale}),
            ada.patch(one, {"name": "X"}, headers={"if-match": stale}),
            ada.delete(one, headers={"if-match": stale}),
        ):
            assert reply.problem == (412, "version_conflict")
        assert ada.get(one).headers["ETag"] == fresh
        ada.post(path, BODY)
        assert ada.patch(one, {"name": "X"}, headers={"if-match": fresh}).status == 200

    def test_the_status_of_one_with_deals_stays(
        self, ada: Client, pipeline: Any, path: str
    ) -> None:
        one = f"{path}/{pipeline['stages'][0]['id']}"
        use(ada, pipeline, 0)
        closed = {"status": "closed_won"}
        assert ada.patch(one, closed).problem == (409, "in_use")
        put = {"name": "A", "probability": 90, "order": 0}
        assert ada.put(one, {**put, **closed}).problem == (409, "in_use")
        assert ada.put(one, put).json["probability"] == 90
        other = f"{path}/{pipeline['stages'][1]['id']}"
        assert ada.patch(other, closed).json["status"] == "closed_won"


class TestRemoving:
    def test_leaves_nothing_pointing_to_it(self, ada: Client, pipeline: Any, path: str) -> None:
        a, b, c = pipeline["stages"]
        reply = ada.delete(f"{path}/{b['id']}")
        assert (reply.status, reply.text) == (204, "")
        assert ada.delete(f"{path}/{b['id']}").problem == (404, "not_found")
        after = whole(ada, pipeline)
        assert after["stages"] == [
            a,
            {
                **c,
                "allowed_from": [],
                "version": c["version"] + 1,
                "updated_on": after["stages"][1]["updated_on"],
            },
        ]
        assert after["version"] == pipeline["version"] + 1
        assert mentioning(b["id"]) == []

    def test_one_with_deals(self, ada: Client, pipeline: Any, path: str) -> None:
        use(ada, pipeline, 0)
        assert ada.delete(f"{path}/{pipeline['stages'][0]['id']}").problem == (409, "in_use")
        assert whole(ada, pipeline) == pipeline
        assert ada.delete(f"{path}/{pipeline['stages'][1]['id']}").status == 204

    def test_its_name_and_place_are_free(self, ada: Client, pipeline: Any, path: str) -> None:
        ada.delete(f"{path}/{pipeline['stages'][1]['id']}")
        assert ada.post(path, {"name": "B", "probability": 1, "order": 1}).status == 201
        assert names(ada, path) == ["A", "B", "C"]


class TestEmptying:
    """Deals themselves are moved in the tests of deals."""

    def test_keeps_the_version_and_lets_nothing_in(
        self, ada: Client, pipeline: Any, path: str
    ) -> None:
        a, b, _ = pipeline["stages"]
        after = self.begin(ada, pipeline)
        assert (after.stages[0].emptied_into, after.version) == (b["id"], pipeline["version"] + 1)
        assert ada.get(f"{path}/{a['id']}").json == a

    def test_a_stage_that_is_changed_takes_deals_again(
        self, ada: Client, pipeline: Any, path: str
    ) -> None:
        self.begin(ada, pipeline)
        ada.patch(f"{path}/{pipeline['stages'][0]['id']}", {"name": "Again"})
        found = service.find(self.caller(ada), pipeline["id"])
        assert found.stages[0].emptied_into is None

    def test_goes_on_under_the_same_if_match(self, ada: Client, pipeline: Any, path: str) -> None:
        a, b, _ = pipeline["stages"]
        self.begin(ada, pipeline)
        reply = ada.delete(
            f"{path}/{a['id']}",
            query={"move_deals_to": b["id"]},
            headers={"if-match": f'"{a["version"]}"'},
        )
        assert reply.status == 204
        assert names(ada, path) == ["B", "C"]

    def test_refuses_what_is_no_other_stage(
        self, ada: Client, ben: Client, pipeline: Any, path: str
    ) -> None:
        a, b, _ = (one["id"] for one in pipeline["stages"])
        for target in (a, UNKNOWN, "x"):
            reply = ada.delete(f"{path}/{a}?move_deals_to={target}")
            assert reply.problem == (422, "validation_failed")
            assert reply.fields == ["move_deals_to"]
        assert ada.delete(f"{path}/{a}?move={b}").problem == (400, "unknown_parameter")
        assert ben.delete(f"{path}/{a}?move_deals_to={b}").problem == (403, "permission_denied")
        assert whole(ada, pipeline) == pipeline

    def begin(self, client: Client, pipeline: Any) -> Pipeline:
        found = service.find(self.caller(client), pipeline["id"])
        return service.begin_emptying(self.caller(client), found, *found.stages[:2])

    @staticmethod
    def caller(client: Client) -> Caller:
        return Caller(client.user_id, str(client.organization_id), "admin")
