"""/api/pipelines"""

from collections.abc import Callable
from typing import Any

import pytest

from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.platform.errors import DuplicateError, LimitExceededError
from crm.platform.ids import new_id
from crm.sales.pipelines import service
from crm.sales.pipelines.schemas import Pipeline, PipelineWrite
from crm.tenancy.permissions import Caller
from tests.support.client import Client, Reply
from tests.support.tables import mentioning

pytestmark = pytest.mark.thorough

PATH = "/api/pipelines"
UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"
BODY: dict[str, Any] = {
    "name": "Renewals",
    "stages": [
        {"name": "Due", "probability": 60},
        {"name": "Agreed", "probability": 100, "status": "closed_won"},
    ],
}

Make = Callable[..., Any]


@pytest.fixture
def make(ada: Client) -> Make:
    """Makes a pipeline, with what differs from `BODY`."""

    def made(**fields: Any) -> Any:
        reply = ada.post(PATH, {**BODY, **fields})
        assert reply.status == 201, reply.text
        return reply.json

    return made


def stage(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "probability": 10, **fields}


def stages(pipeline: Any) -> list[tuple[str, int]]:
    return [(one["name"], one["order"]) for one in pipeline["stages"]]


def names(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.text
    return [row["name"] for row in reply.json["results"]]


def caller(client: Client) -> Caller:
    return Caller(client.user_id, str(client.organization_id), "admin")


def enter(client: Client, pipeline: Any, at: int = 0) -> Transaction:
    """Stage a deal's entry into a stage, without a commit."""
    transaction = Transaction()
    found = service.find(caller(client), pipeline["id"])
    service.enter(transaction, found, found.stages[at])
    return transaction


def leave(client: Client, pipeline: Any, at: int = 0) -> None:
    transaction = Transaction()
    service.leave(transaction, str(client.organization_id), pipeline["stages"][at]["id"])
    transaction.commit()


def test_making_one(ada: Client, ben: Client) -> None:
    body = {
        "name": " Renewals ",
        "description": " Again ",
        "is_active": False,
        "stages": [
            {"name": "Agreed", "order": 7, "probability": 100, "status": "closed_won"},
            {"name": "Due", "description": "Soon", "order": 3, "probability": 60},
            {"name": "Refused", "probability": 0, "status": "closed_lost", "allowed_from": []},
        ],
    }
    reply = ada.post(PATH, body)
    made = reply.json
    common = {
        "created_on": made["created_on"],
        "created_by": ada.user_id,
        "updated_on": made["created_on"],
        "updated_by": ada.user_id,
        "version": 1,
    }
    assert (reply.status, reply.headers["ETag"]) == (201, '"1"')
    assert reply.headers["Location"] == f"{PATH}/{made['id']}"
    assert len({one.pop("id") for one in made["stages"]}) == 3
    for one in made["stages"]:
        assert one["created_on"] == one["updated_on"] >= made["created_on"]
        one.update(created_on=made["created_on"], updated_on=made["created_on"])
    kept = {"pipeline_id": made["id"], "description": None, "allowed_from": None, **common}
    assert made == {
        "id": made["id"],
        "name": "Renewals",
        "description": "Again",
        "is_active": False,
        "stages": [
            {
                **kept,
                "name": "Due",
                "description": "Soon",
                "order": 3,
                "probability": 60,
                "status": "open",
            },
            {**kept, "name": "Agreed", "order": 7, "probability": 100, "status": "closed_won"},
            {
                **kept,
                "name": "Refused",
                "order": 8,
                "probability": 0,
                "status": "closed_lost",
                "allowed_from": [],
            },
        ],
        **common,
    }
    assert ben.get(reply.headers["Location"]).json == reply.json


def test_what_may_be_left_out(make: Make) -> None:
    made = make(stages=[])
    assert (made["description"], made["is_active"], made["stages"]) == (None, True, [])


def test_making_it_once(ada: Client) -> None:
    replies = [ada.post(PATH, BODY, headers={"idempotency-key": "one"}) for _ in range(2)]
    assert [reply.status for reply in replies] == [201, 201]
    assert replies[0].text == replies[1].text
    assert replies[1].headers["Idempotent-Replayed"] == "true"
    assert ada.get(PATH).json["count"] == 2


MAKING_REFUSES: list[tuple[Any, list[str]]] = [
    ({"name": None}, ["name"]),
    ({"name": " "}, ["name"]),
    ({"name": "x" * 256}, ["name"]),
    ({"description": "x" * 1001}, ["description"]),
    ({"is_active": "yes"}, ["is_active"]),
    ({"stages": {}}, ["stages"]),
    ({"stages": None}, ["stages"]),
    ({"stages": [stage(str(number)) for number in range(51)]}, ["stages"]),
    ({"stages": [{"name": "A"}]}, ["stages.0.probability"]),
    ({"stages": [{"probability": 1}]}, ["stages.0.name"]),
    ({"stages": [stage("A", probability=101)]}, ["stages.0.probability"]),
    ({"stages": [stage("A", probability=-1)]}, ["stages.0.probability"]),
    ({"stages": [stage("A", probability=1.5)]}, ["stages.0.probability"]),
    ({"stages": [stage("A", probability=True)]}, ["stages.0.probability"]),
    ({"stages": [stage("A", order=-1)]}, ["stages.0.order"]),
    ({"stages": [stage("A", order=1_000_001)]}, ["stages.0.order"]),
    ({"stages": [stage("A", order=1_000_000), stage("B")]}, ["stages.1.order"]),
    ({"stages": [stage("A", status="won")]}, ["stages.0.status"]),
    ({"stages": [stage("A", version=1)]}, ["stages.0.version"]),
    ({"stages": [stage("A", emptied_into=UNKNOWN)]}, ["stages.0.emptied_into"]),
    ({"stages": [stage("A"), stage(" a ")]}, ["stages.1.name"]),
    ({"stages": [stage("A", order=1), stage("B", order=1)]}, ["stages.1.order"]),
    ({"stages": [stage("A", id=UNKNOWN)]}, ["stages.0.id"]),
    ({"stages": [stage("A", id="x")]}, ["stages.0.id"]),
    ({"stages": [stage("A", allowed_from=[UNKNOWN])]}, ["stages.0.allowed_from"]),
    ({"stages": [stage("A", allowed_from=["x"])]}, ["stages.0.allowed_from.0"]),
    ({"id": UNKNOWN}, ["id"]),
    ({"version": 1}, ["version"]),
]


def test_making_refuses(ada: Client) -> None:
    for fields, expected in MAKING_REFUSES:
        reply = ada.post(PATH, {**BODY, **fields})
        assert reply.problem == (422, "validation_failed"), fields
        assert reply.fields == expected
    assert ada.get(PATH).json["count"] == 1


def test_members_read_and_admins_write(ada: Client, ben: Client, root: Client, make: Make) -> None:
    path = f"{PATH}/{make()['id']}"
    made = ada.get(path).json
    for reply in (
        ben.post(PATH, {"name": "Mine"}),
        ben.put(path, BODY),
        ben.patch(path, {"name": "Mine"}),
        ben.delete(path),
    ):
        assert reply.problem == (403, "permission_denied")
    assert ben.get(path).json == ben.get(PATH).json["results"][0] == made
    assert root.patch(path, {"name": "Root's"}).json["updated_by"] == root.user_id


def test_another_organization_s_is_unknown(eve: Client, make: Make) -> None:
    made = make()
    path = f"{PATH}/{made['id']}"
    foreign, unknown = eve.get(path), eve.get(f"{PATH}/{UNKNOWN}")
    assert foreign.problem == (404, "not_found")
    assert foreign.text == unknown.text
    for reply in (eve.put(path, BODY), eve.patch(path, {}), eve.delete(path)):
        assert reply.problem == (404, "not_found")
    assert names(eve.get(PATH)) == ["Sales Pipeline"]
    assert service.of_stage(str(eve.organization_id), made["stages"][0]["id"]) is None
    assert eve.post(PATH, BODY).status == 201


class TestList:
    def test_is_newest_first(self, ada: Client, make: Make) -> None:
        for name in "ABC":
            make(name=name, is_active=name != "B")
        assert names(ada.get(PATH)) == ["C", "B", "A", "Sales Pipeline"]
        assert names(ada.get(f"{PATH}?is_active=true")) == ["C", "A", "Sales Pipeline"]
        assert names(ada.get(f"{PATH}?is_active=false")) == ["B"]
        assert len(ada.get(PATH).json["results"][0]["stages"]) == 2

    def test_is_walked_by_its_cursors(self, ada: Client, make: Make) -> None:
        for name in "ABC":
            make(name=name, stages=[])
        page = ada.get(f"{PATH}?is_active=true&limit=3")
        assert (names(page), page.json["count"]) == (["C", "B", "A"], 4)
        assert names(ada.get(page.json["next"])) == ["Sales Pipeline"]

    def test_follows_a_change(self, ada: Client, make: Make) -> None:
        ada.patch(f"{PATH}/{make()['id']}", {"is_active": False})
        assert names(ada.get(f"{PATH}?is_active=false")) == ["Renewals"]
        assert names(ada.get(f"{PATH}?is_active=true")) == ["Sales Pipeline"]

    def test_refuses_what_it_does_not_know(self, ada: Client) -> None:
        assert ada.get(f"{PATH}?name=x").problem == (400, "unknown_parameter")
        assert ada.get(f"{PATH}?is_active=maybe").problem == (422, "validation_failed")

    def test_of_all_for_other_features(self, ada: Client, make: Make) -> None:
        make(name="A")
        found = service.list_all(caller(ada))
        assert [one.name for one in found] == ["Sales Pipeline", "A"]


class TestPut:
    def test_replaces(self, ada: Client, make: Make) -> None:
        made = make(description="Again", is_active=False)
        reply = ada.put(f"{PATH}/{made['id']}", {"name": "Other"})
        assert (reply.status, reply.headers["ETag"]) == (200, '"2"')
        assert reply.json == {
            **made,
            "name": "Other",
            "description": None,
            "is_active": True,
            "stages": [],
            "version": 2,
            "updated_on": reply.json["updated_on"],
        }
        assert ada.get(f"{PATH}/{made['id']}").json == reply.json
        for one in made["stages"]:
            assert service.of_stage(str(ada.organization_id), one["id"]) is None
            assert mentioning(one["id"]) == []

    def test_knows_stages_by_id_or_name(self, ada: Client, make: Make) -> None:
        made = make(stages=[stage("A"), stage("B"), stage("C")])
        a, b, c = made["stages"]
        reply = ada.put(
            f"{PATH}/{made['id']}",
            {
                "name": "Renewals",
                "stages": [stage("D"), stage("Bee", id=b["id"]), stage("a", probability=20)],
            },
        )
        new, renamed, changed = reply.json["stages"]
        assert stages(reply.json) == [("D", 0), ("Bee", 1), ("a", 2)]
        assert (renamed["id"], renamed["version"]) == (b["id"], 2)
        assert (changed["id"], changed["version"], changed["probability"]) == (a["id"], 2, 20)
        assert new["version"] == 1
        assert new["id"] not in {a["id"], b["id"], c["id"]}
        organization = str(ada.organization_id)
        assert service.of_stage(organization, c["id"]) is None
        found = service.of_stage(organization, new["id"])
        assert found is not None
        assert found.answer() == reply.json

    def test_reorders_in_one_call(self, ada: Client, make: Make) -> None:
        made = make(stages=[stage(name) for name in "ABCD"])
        a, b, c, d = (one["id"] for one in made["stages"])
        turned = [stage(name) for name in "DBCA"]
        reply = ada.put(f"{PATH}/{made['id']}", {"name": "Renewals", "stages": turned})
        assert [one["id"] for one in reply.json["stages"]] == [d, b, c, a]
        assert [one["version"] for one in reply.json["stages"]] == [2, 1, 1, 2]

    def test_refuses_what_making_would(self, ada: Client, make: Make) -> None:
        made, other = make(), make(name="Other")
        for entries, expected in [
            ([stage("A", id=other["stages"][0]["id"])], ["stages.0.id"]),
            ([stage("A", allowed_from=[other["stages"][0]["id"]])], ["stages.0.allowed_from"]),
            ([stage("Due"), stage("due")], ["stages.1.name"]),
        ]:
            reply = ada.put(f"{PATH}/{made['id']}", {"name": "X", "stages": entries})
            assert reply.problem == (422, "validation_failed")
            assert reply.fields == expected
        assert ada.get(f"{PATH}/{made['id']}").json == made

    def test_of_more_stages_than_one_transaction_takes(self, ada: Client, make: Make) -> None:
        made = make(stages=[stage(f"old {number}") for number in range(50)])
        path = f"{PATH}/{made['id']}"
        new = [stage(f"new {number}") for number in range(50)]
        reply = ada.put(path, {"name": "Renewals", "stages": new})
        assert reply.problem == (409, "limit_exceeded")
        assert ada.get(path).json == made
        kept = [stage(f"old {number}") for number in range(5)]
        assert ada.put(path, {"name": "Renewals", "stages": new[5:] + kept}).status == 200
        assert ada.put(path, {"name": "Renewals", "stages": new}).status == 200
        assert len(ada.get(path).json["stages"]) == 50


class TestPatch:
    def test_without_stages_leaves_them(self, ada: Client, make: Make) -> None:
        made = make(description="Again")
        reply = ada.patch(f"{PATH}/{made['id']}", {"name": "Other", "description": None})
        assert reply.json == {
            **made,
            "name": "Other",
            "description": None,
            "version": 2,
            "updated_on": reply.json["updated_on"],
        }

    def test_with_stages_replaces_them(self, ada: Client, make: Make) -> None:
        made = make()
        due, agreed = made["stages"]
        reply = ada.patch(
            f"{PATH}/{made['id']}",
            {"stages": [stage("Agreed", id=agreed["id"]), stage("New", allowed_from=[due["id"]])]},
        )
        assert stages(reply.json) == [("Agreed", 0), ("New", 1)]
        assert reply.json["stages"][0]["status"] == "open"
        assert reply.json["stages"][1]["allowed_from"] == []
        assert reply.json["name"] == "Renewals"

    def test_null_puts_back_the_default(self, ada: Client, make: Make) -> None:
        made = make(is_active=False)
        reply = ada.patch(f"{PATH}/{made['id']}", {"stages": None, "is_active": None})
        assert (reply.json["stages"], reply.json["is_active"]) == ([], True)

    @pytest.mark.parametrize(
        "fields", [{"name": None}, {"stages": [{}]}, {"id": UNKNOWN}, {"x": 1}]
    )
    def test_refuses(self, ada: Client, make: Make, fields: Any) -> None:
        reply = ada.patch(f"{PATH}/{make()['id']}", fields)
        assert reply.problem == (422, "validation_failed")

    def test_of_the_longest_that_can_be_made(self, ada: Client, make: Make) -> None:
        long = [stage("𝔵" * 252 + f"{number:03d}", description="𝔵" * 1000) for number in range(50)]
        made = make(description="𝔵" * 1000, stages=long)
        path = f"{PATH}/{made['id']}"
        ids = [one["id"] for one in made["stages"]]
        full = [
            {**one, "id": stage_id, "allowed_from": ids}
            for one, stage_id in zip(long, ids, strict=True)
        ]
        assert ada.patch(path, {"stages": full}).status == 200
        assert ada.patch(path, {"name": "Other"}).json["stages"][49]["allowed_from"] == ids


def test_a_stale_if_match(ada: Client, make: Make) -> None:
    path = f"{PATH}/{make()['id']}"
    for reply in (
        ada.put(path, BODY, headers={"if-match": '"2"'}),
        ada.patch(path, {"name": "X"}, headers={"if-match": '"2"'}),
        ada.delete(path, headers={"if-match": '"2"'}),
    ):
        assert reply.problem == (412, "version_conflict")
    assert ada.patch(path, {"name": "X"}, headers={"if-match": '"1"'}).status == 200


class TestName:
    def test_is_taken(self, ada: Client, make: Make) -> None:
        make()
        other = make(name="Other")
        for reply in (
            ada.post(PATH, {"name": " rENEWALS"}),
            ada.post(PATH, {"name": "sales  pipeline"}),
            ada.put(f"{PATH}/{other['id']}", {"name": "Renewals"}),
            ada.patch(f"{PATH}/{other['id']}", {"name": "Renewals"}),
        ):
            assert reply.problem == (409, "duplicate")
            assert reply.fields == ["name"]
        assert ada.patch(f"{PATH}/{other['id']}", {"name": "OTHER"}).status == 200

    def test_is_free_again(self, ada: Client, make: Make) -> None:
        first = make()
        assert ada.patch(f"{PATH}/{first['id']}", {"name": "Other"}).status == 200
        second = make()
        assert ada.delete(f"{PATH}/{second['id']}").status == 204
        make()


class TestDeletion:
    def test_leaves_nothing(self, ada: Client, make: Make) -> None:
        made = make()
        path = f"{PATH}/{made['id']}"
        reply = ada.delete(path)
        assert (reply.status, reply.text) == (204, "")
        assert ada.delete(path).problem == (404, "not_found")
        assert ada.get(path).problem == (404, "not_found")
        assert names(ada.get(PATH)) == ["Sales Pipeline"]
        assert mentioning(made["id"]) == []
        for one in made["stages"]:
            assert mentioning(one["id"]) == []

    def test_of_fifty_stages(self, ada: Client, make: Make) -> None:
        made = make(stages=[stage(str(number)) for number in range(50)])
        assert ada.delete(f"{PATH}/{made['id']}").status == 204


class TestInUse:
    def test_neither_it_nor_the_stage_goes(self, ada: Client, make: Make) -> None:
        made = make()
        path = f"{PATH}/{made['id']}"
        enter(ada, made, 1).commit()
        remaining = [{"name": "Due", "probability": 60}]
        for reply in (
            ada.delete(path),
            ada.put(path, {"name": "Renewals"}),
            ada.put(path, {"name": "Renewals", "stages": remaining}),
            ada.patch(path, {"stages": remaining}),
        ):
            assert reply.problem == (409, "in_use")
        assert ada.get(path).json == made
        leave(ada, made, 1)
        assert ada.patch(path, {"stages": remaining}).status == 200
        assert ada.delete(path).status == 204

    def test_a_stage_without_deals_may_go(self, ada: Client, make: Make) -> None:
        made = make()
        enter(ada, made, 1).commit()
        kept = {**BODY["stages"][1], "name": "Agreed"}
        assert ada.patch(f"{PATH}/{made['id']}", {"stages": [kept]}).status == 200

    def test_its_status_stays(self, ada: Client, make: Make) -> None:
        made = make()
        path = f"{PATH}/{made['id']}"
        enter(ada, made).commit()
        due, agreed = BODY["stages"]
        closed = [{**due, "status": "closed_lost"}, agreed]
        assert ada.patch(path, {"stages": closed}).problem == (409, "in_use")
        likely = [{**due, "name": "due", "probability": 90}, agreed]
        assert ada.patch(path, {"stages": likely}).json["stages"][0]["probability"] == 90
        leave(ada, made)
        assert ada.patch(path, {"stages": closed}).json["stages"][0]["status"] == "closed_lost"

    def test_a_deal_that_comes_meanwhile_has_to_look_again(self, ada: Client, make: Make) -> None:
        """The second commit finds a changed pipeline or count."""
        made = make()
        late = enter(ada, made)
        assert ada.delete(f"{PATH}/{made['id']}").status == 204
        with pytest.raises(StaleReadError):
            late.commit()
        assert mentioning(made["stages"][0]["id"]) == []

    def test_a_deal_that_was_there_first_keeps_the_stage(self, ada: Client, make: Make) -> None:
        made = make()
        late, first = Transaction(), enter(ada, made)
        found = service.find(caller(ada), made["id"])
        service.delete(late, caller(ada), found)
        first.commit()
        with pytest.raises(Exception, match="deals") as refused:
            late.commit()
        assert getattr(refused.value, "code", None) == "in_use"


class TestLimit:
    @pytest.fixture(autouse=True)
    def three(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(service, "MAX_PIPELINES", 3)

    def test_is_obeyed(self, ada: Client, eve: Client, make: Make) -> None:
        made = make()
        make(name="B")
        assert ada.post(PATH, {"name": "C"}).problem == (409, "limit_exceeded")
        assert ada.post(PATH, {"name": "B"}).status == 409
        assert eve.post(PATH, {"name": "C"}).status == 201
        assert ada.delete(f"{PATH}/{made['id']}").status == 204
        make(name="C")
        assert ada.post(PATH, {"name": "D"}).problem == (409, "limit_exceeded")

    def test_is_exact_when_two_race(self, ada: Client, make: Make) -> None:
        make()
        first, second = (self.staged(ada, name) for name in "AB")
        first.commit()
        with pytest.raises(LimitExceededError):
            second.commit()

    def test_counts_none_twice_when_two_race_for_a_name(self, ada: Client, make: Make) -> None:
        first, second = (self.staged(ada, "A") for _ in range(2))
        first.commit()
        with pytest.raises(DuplicateError):
            second.commit()
        make()

    @staticmethod
    def staged(ada: Client, name: str) -> Transaction:
        transaction = Transaction()
        service.create(transaction, caller(ada), new_id(), PipelineWrite(name=name))
        return transaction


def test_the_limit_is_a_hundred() -> None:
    assert service.MAX_PIPELINES == 100


class TestDefault:
    def test_is_the_oldest_active_one(self, ada: Client, make: Make) -> None:
        second = make()
        make(name="Third")
        first = names_to_ids(ada)["Sales Pipeline"]
        assert self.default(ada) == first
        ada.patch(f"{PATH}/{first}", {"is_active": False})
        assert self.default(ada) == second["id"]
        ada.patch(f"{PATH}/{first}", {"is_active": True})
        assert self.default(ada) == first
        ada.delete(f"{PATH}/{first}")
        assert self.default(ada) == second["id"]

    def test_of_none(self, ada: Client) -> None:
        ada.delete(f"{PATH}/{names_to_ids(ada)['Sales Pipeline']}")
        assert self.default(ada) is None

    def test_is_all_that_its_record_is(self, ada: Client) -> None:
        """Its list entry holds all of it, however it was written."""
        [one] = ada.get(PATH).json["results"]
        path = f"{PATH}/{one['id']}"
        ada.post(f"{path}/stages", {"name": "Dormant", "probability": 5})
        ada.patch(f"{path}/stages/{one['stages'][0]['id']}", {"probability": 15})
        ada.patch(path, {"name": "Sales"})
        found = service.default(str(ada.organization_id))
        assert found is not None
        assert found == read(Pipeline, str(ada.organization_id), one["id"])
        assert (found.version, len(found.stages)) == (4, 7)

    @staticmethod
    def default(client: Client) -> str | None:
        found = service.default(str(client.organization_id))
        return found.id if found else None


def names_to_ids(client: Client) -> dict[str, str]:
    return {row["name"]: row["id"] for row in client.get(PATH).json["results"]}


def test_two_changes_at_the_same_time_both_survive(
    ada: Client, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make()
    path = f"{PATH}/{made['id']}"
    update = service.update

    def overtaken(*arguments: Any) -> Any:
        monkeypatch.setattr(service, "update", update)
        assert ada.post(f"{path}/stages", stage("Meanwhile")).status == 201
        return update(*arguments)

    monkeypatch.setattr(service, "update", overtaken)
    reply = ada.patch(path, {"name": "Other"})
    assert (reply.json["name"], reply.json["version"]) == ("Other", 3)
    assert [one["name"] for one in reply.json["stages"]] == ["Due", "Agreed", "Meanwhile"]
