"""POST /api/leads/{id}/convert: all of it or nothing, once, and nothing stays behind"""

from collections.abc import Callable
from typing import Any

import pytest

from crm.platform.dynamodb.transaction import Transaction
from crm.sales.leads.schemas import MAX_TEAMS
from tests.support.client import Client, Reply
from tests.support.crashes import crash_after
from tests.support.deals import path_of as path_of_deal
from tests.support.deals import pipeline, sales
from tests.support.entities import UNKNOWN, detail, entity
from tests.support.entities import path_of as path_of_entity
from tests.support.leads import FULL, PATH, convert, converted, lead, path_of
from tests.support.related import about, attach
from tests.support.stream import project, recorded
from tests.support.tables import items, restore, snapshot

pytestmark = pytest.mark.thorough

NOTE = {"type": "note", "subject": "Met at the fair"}


def full(client: Client, **fields: Any) -> Any:
    reply = client.post(PATH, {**FULL, **fields})
    assert reply.status == 201, reply.text
    return reply.json


def read(client: Client, path: str, record_id: str) -> Any:
    reply = client.get(f"{path}/{record_id}")
    assert reply.status == 200, reply.text
    return reply.json


def entities(client: Client) -> int:
    return int(client.get("/api/entities").json["count"])


class TestWhatIsMade:
    def test_contact_account_and_deal(self, ada: Client, ben: Client, team: str) -> None:
        one = full(ada, assigned_to=ben.user_id, shared_with=[team])
        reply = convert(ada, one, create_deal=True)
        made = reply.json
        assert (reply.status, reply.headers["ETag"]) == (200, '"2"')
        assert set(made) == {"lead", "contact_id", "account_id", "deal_id"}
        ids = {name: made[name] for name in ("contact_id", "account_id", "deal_id")}
        expected = {
            **one,
            **ids,
            "status": "converted",
            "converted_on": made["lead"]["converted_on"],
            "version": 2,
            "updated_on": made["lead"]["updated_on"],
        }
        assert made["lead"] == ada.get(path_of(one)).json == expected

        contact = read(ada, "/api/entities", made["contact_id"])
        account = read(ada, "/api/entities", made["account_id"])
        deal = read(ada, "/api/deals", made["deal_id"])
        assert (contact["type"], contact["name"]) == ("contact", "Grace Hopper")
        assert (account["type"], account["name"]) == ("account", "Navy")
        for record in (contact, account, deal):
            owned = (record["assigned_to"], record["created_by"], record["shared_with"])
            assert owned == (ben.user_id, ada.user_id, [team])
        points = {
            one["channel"]: (one["value"], one["is_primary"], one["can_contact"])
            for one in contact["contact_points"]
        }
        assert points == {
            "email": ("Grace@example.com", True, True),
            "phone": ("+442071838750", True, True),
        }
        [works_at] = contact["relationships"]
        assert works_at["direction"] == "incoming"
        assert (works_at["relationship_type"], works_at["inverse_type"]) == ("employs", "works at")
        assert works_at["other"] == {"id": account["id"], "type": "account", "name": "Navy"}
        assert (deal["name"], deal["entity_id"]) == ("Navy", account["id"])
        assert (deal["amount"], deal["currency"], deal["status"]) == ("1250.50", "USD", "open")
        assert deal["stage_id"] == sales(ada)["Lead"]
        [stay] = ada.get(f"{path_of_deal(deal)}/stage-history").json["results"]
        assert (stay["stage_id"], stay["left_on"]) == (deal["stage_id"], None)
        assert ada.delete(path_of_entity(account)).problem == (409, "in_use")
        assert ada.get("/api/entities?contact_point=grace@example.com").ids == [contact["id"]]

    def test_the_least(self, ada: Client) -> None:
        made = converted(ada, lead(ada))
        assert (made["account_id"], made["deal_id"]) == (None, None)
        contact = read(ada, "/api/entities", made["contact_id"])
        assert contact["name"] == "Hopper"
        assert (contact["contact_points"], contact["relationships"]) == ([], [])
        assert (entities(ada), ada.get("/api/deals").json["count"]) == (1, 0)

    def test_a_deal_of_the_contact(self, ada: Client) -> None:
        made = converted(ada, lead(ada), create_deal=True, deal_name="Compiler")
        deal = read(ada, "/api/deals", made["deal_id"])
        assert (deal["name"], deal["entity_id"]) == ("Compiler", made["contact_id"])
        assert deal["amount"] is None

    def test_in_a_pipeline(self, ada: Client) -> None:
        other = pipeline(ada, "Other", {"name": "One"}, {"name": "Two"})
        made = converted(ada, lead(ada), create_deal=True, pipeline_id=other["id"])
        deal = read(ada, "/api/deals", made["deal_id"])
        assert (deal["pipeline_id"], deal["stage_id"]) == (other["id"], other["stages"][0]["id"])

    def test_names_that_are_long_together(self, ada: Client) -> None:
        made = converted(ada, lead(ada, "y" * 255, first_name="x" * 255))
        assert read(ada, "/api/entities", made["contact_id"])["name"] == "x" * 255

    def test_fields_of_ones_own(self, ada: Client) -> None:
        """Defaults are applied; nobody can be asked for what is required."""
        for record_type in ("entity", "deal", "relationship", "lead"):
            for name, more in (("tier", {"default_value": "bronze"}), ("must", {})):
                field = {
                    "record_type": record_type,
                    "field_name": name,
                    "field_label": name,
                    "field_type": "text",
                    "is_required": True,
                    **more,
                }
                assert ada.post("/api/custom-fields", field).status == 201
        one = full(ada, custom_fields={"must": "yes"})
        made = converted(ada, one, create_deal=True)
        assert made["lead"]["custom_fields"] == {"tier": "bronze", "must": "yes"}
        contact = read(ada, "/api/entities", made["contact_id"])
        for record in (
            contact,
            read(ada, "/api/deals", made["deal_id"]),
            contact["relationships"][0],
        ):
            assert record["custom_fields"] == {"tier": "bronze"}

    def test_of_the_most_teams(self, ada: Client, ben: Client) -> None:
        """One transaction takes all that a lead can bring along."""
        teams = [
            ada.post("/api/teams", {"name": f"{n}", "users": []}).json["id"]
            for n in range(MAX_TEAMS + 1)
        ]
        over = ada.post(PATH, {**FULL, "shared_with": teams})
        assert over.problem == (422, "validation_failed")
        one = full(ada, shared_with=teams[:MAX_TEAMS], assigned_to=ben.user_id)
        body, key = {"create_deal": True}, {"idempotency-key": "one"}
        first, second = (ada.post(f"{path_of(one)}/convert", body, headers=key) for _ in range(2))
        assert (first.status, second.status, first.json) == (200, 200, second.json)
        assert second.headers["Idempotent-Replayed"] == "true"


class TestTheAccount:
    def test_one_of_the_same_name_is_used(self, ada: Client, ben: Client) -> None:
        navy = entity(ben, "  NÁVY ")
        made = converted(ben, full(ben), create_deal=True)
        assert made["account_id"] == navy["id"]
        assert read(ben, "/api/deals", made["deal_id"])["entity_id"] == navy["id"]
        assert detail(ben, navy)["version"] == 1
        assert [one["other"]["id"] for one in detail(ben, navy)["relationships"]] == [
            made["contact_id"]
        ]
        assert entities(ada) == 2

    def test_not_one_that_is_something_else_or_somebody_elses(
        self, ada: Client, ben: Client, eve: Client
    ) -> None:
        others = [
            entity(ada, "Navy"),
            entity(ben, "Navy", type="organization"),
            entity(ben, "Navy", type="contact"),
            entity(ben, "Navy Inc."),
            entity(eve, "Navy"),
        ]
        made = converted(ben, full(ben))
        assert made["account_id"] not in {one["id"] for one in others}

    def test_the_oldest_of_several(self, ben: Client) -> None:
        first, _ = entity(ben, "Navy"), entity(ben, "Navy")
        assert converted(ben, full(ben))["account_id"] == first["id"]

    def test_one_that_goes_meanwhile(self, ben: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        navy, one = entity(ben, "Navy"), full(ben)
        reply = meanwhile(
            monkeypatch,
            lambda: ben.delete(path_of_entity(navy)),
            lambda: convert(ben, one, create_deal=True),
        )
        if reply.status == 404:
            reply = convert(ben, one, create_deal=True)
        assert reply.status == 200, reply.text
        assert reply.json["account_id"] != navy["id"]
        assert read(ben, "/api/entities", reply.json["account_id"])["name"] == "Navy"


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"create_deal": "yes"}, "create_deal"),
            ({"create_deal": True, "pipeline_id": UNKNOWN}, "pipeline_id"),
            ({"create_deal": True, "pipeline_id": "x"}, "pipeline_id"),
            ({"create_deal": True, "deal_name": " "}, "deal_name"),
            ({"stage_id": UNKNOWN}, "stage_id"),
        ],
    )
    def test_bodies(self, ada: Client, body: Any, field: str) -> None:
        one = full(ada)
        before = items()
        reply = convert(ada, one, **body)
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == [field]
        assert items() == before

    def test_a_pipeline_that_is_not_active_or_not_ones_own(self, ada: Client, eve: Client) -> None:
        [mine] = ada.get("/api/pipelines").json["results"]
        [foreign] = eve.get("/api/pipelines").json["results"]
        ada.patch(f"/api/pipelines/{mine['id']}", {"is_active": False})
        for pipeline_id in ({"pipeline_id": mine["id"]}, {"pipeline_id": foreign["id"]}, {}):
            reply = convert(ada, lead(ada), create_deal=True, **pipeline_id)
            assert reply.problem == (422, "validation_failed")
            assert reply.fields == ["pipeline_id"]
        assert convert(ada, lead(ada)).status == 200

    def test_an_owner_who_is_no_longer_active(self, ada: Client, ben: Client) -> None:
        one = full(ada, assigned_to=ben.user_id)
        ada.patch(f"/api/members/{ben.user_id}", {"is_active": False})
        reply = convert(ada, one)
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == ["assigned_to"]
        ada.patch(path_of(one), {"assigned_to": ada.user_id})
        assert convert(ada, one).status == 200

    def test_an_amount_that_is_none_in_a_later_currency(self, ada: Client) -> None:
        one = lead(ada, amount="12.50")
        ada.patch(f"/api/organizations/{ada.organization_id}", {"default_currency": "JPY"})
        reply = convert(ada, one, create_deal=True)
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == ["amount"]

    @pytest.mark.parametrize("with_deal", [True, False])
    def test_a_second_time(self, ada: Client, with_deal: bool) -> None:
        one = full(ada)
        converted(ada, one, create_deal=with_deal)
        before = items()
        for body in ({}, {"create_deal": True}):
            assert convert(ada, one, **body).problem == (409, "already_converted")
        assert items() == before


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], ask: Callable[[], Reply]
) -> Reply:
    """The answer to a request while something else happens just before its first commit."""
    commit, pending = Transaction.commit, [act]

    def late(transaction: Transaction) -> None:
        if pending and len(transaction):
            pending.pop()()
        commit(transaction)

    with monkeypatch.context() as patch:
        patch.setattr(Transaction, "commit", late)
        return ask()


class TestSeveralAtOnce:
    def test_one_wins(self, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        """Twenty, each of which has read the lead before the next one commits."""
        one = full(ada)
        about(ada, "lead", one, NOTE)
        replies: list[Reply] = []
        commit, left = Transaction.commit, 19

        def crowded(transaction: Transaction) -> None:
            nonlocal left
            if left and len(transaction):
                left -= 1
                replies.append(convert(ada, one, create_deal=True))
            commit(transaction)

        with monkeypatch.context() as patch:
            patch.setattr(Transaction, "commit", crowded)
            replies.append(convert(ada, one, create_deal=True))
        assert sorted(reply.status for reply in replies) == [200] + [409] * 19
        codes = {reply.problem for reply in replies if reply.status != 200}
        assert codes == {(409, "already_converted")}
        assert (entities(ada), ada.get("/api/deals").json["count"]) == (2, 1)
        [winner] = [reply.json for reply in replies if reply.status == 200]
        assert ada.get(path_of(one)).json == winner["lead"]
        assert belongings(ada, "deal", winner["deal_id"]) == ["Met at the fair"]

    def test_a_change_in_between(self, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        one = full(ada)
        change = {"organization_name": "Army"}
        reply = meanwhile(
            monkeypatch, lambda: ada.patch(path_of(one), change), lambda: convert(ada, one)
        )
        account = read(ada, "/api/entities", reply.json["account_id"])
        assert (account["name"], entities(ada)) == ("Army", 2)


def belongings(client: Client, kind: str, record_id: str) -> list[str]:
    """Return the activities and attachments of a record by subject and title, newest first."""
    query = {"related_to_type": kind, "related_to_id": record_id, "limit": 100}
    notes = client.get("/api/activities", query=query).json["results"]
    files = client.get("/api/attachments", query=query).json["results"]
    return [*(one["subject"] for one in notes), *(one["document"]["title"] for one in files)]


def timeline(client: Client, kind: str, record_id: str) -> list[str]:
    query = {"related_to_type": kind, "related_to_id": record_id}
    return [row["type"] for row in client.get("/api/timeline", query=query).json["results"]]


class TestWhatComesAlong:
    @pytest.fixture
    def one(self, ada: Client) -> Any:
        made = full(ada)
        about(ada, "lead", made, NOTE)
        about(ada, "lead", made, {"type": "task", "subject": "Call"})
        attach(ada, "lead", made)
        return made

    ALL = ("Call", "Met at the fair", "offer.pdf")

    @pytest.mark.parametrize("with_deal", [True, False])
    def test_to_the_deal_or_the_contact(self, ada: Client, one: Any, with_deal: bool) -> None:
        made = converted(ada, one, create_deal=with_deal)
        kind = "deal" if with_deal else "entity"
        became = made["deal_id"] if with_deal else made["contact_id"]
        assert belongings(ada, kind, became) == [*self.ALL]
        assert belongings(ada, "lead", one["id"]) == []
        assert timeline(ada, kind, became) == ["conversion", "attachment", "task", "note"]
        assert timeline(ada, "lead", one["id"]) == ["conversion"]
        query = {"related_to_type": "lead", "related_to_id": one["id"]}
        [told] = ada.get("/api/timeline", query=query).json["results"]
        assert told["title"] == "Converted: Grace Hopper"
        assert told["data"] == {
            "lead_id": one["id"],
            "contact_id": made["contact_id"],
            "account_id": made["account_id"],
            "deal_id": made["deal_id"],
        }

    def test_what_is_added_later_stays(self, ada: Client, one: Any) -> None:
        with recorded() as records:
            made = converted(ada, one, create_deal=True)
        about(ada, "lead", one, {"type": "note", "subject": "Later"})
        project(records)
        project(records)
        assert convert(ada, one).problem == (409, "already_converted")
        assert belongings(ada, "lead", one["id"]) == ["Later"]
        assert belongings(ada, "deal", made["deal_id"]) == [*self.ALL]

    @pytest.mark.parametrize("completed_by", ["repeating", "stream"])
    def test_cut_off_after_any_step(self, ada: Client, one: Any, completed_by: str) -> None:
        start = snapshot()
        for commits in range(1, 20):
            restore(start)
            with recorded() as records, crash_after(commits) as crash:
                convert(ada, one, create_deal=True)
            made = ada.get(path_of(one)).json
            assert made["status"] == "converted", "the first commit is the whole of it"
            if completed_by == "repeating":
                assert convert(ada, one).problem == (409, "already_converted")
            else:
                project(records)
            assert belongings(ada, "lead", one["id"]) == []
            assert belongings(ada, "deal", made["deal_id"]) == [*self.ALL]
            assert entities(ada) == 2
            settled = items()
            project(records)
            assert convert(ada, one).problem == (409, "already_converted")
            assert items() == settled
            if not crash.happened:
                assert commits > 3
                return
        pytest.fail("it never came to its end")

    def test_what_it_became_has_gone(self, ada: Client, one: Any) -> None:
        """Then its belongings stay where they are."""
        with recorded() as records, crash_after(1):
            convert(ada, one, create_deal=True)
        made = ada.get(path_of(one)).json
        assert ada.delete(f"/api/deals/{made['deal_id']}").status == 204
        project(records)
        assert belongings(ada, "lead", one["id"]) == [*self.ALL]

    def test_the_lead_goes_and_they_stay(self, ada: Client, one: Any) -> None:
        made = converted(ada, one, create_deal=True)
        assert ada.delete(path_of(one)).status == 204
        assert belongings(ada, "deal", made["deal_id"]) == [*self.ALL]


@pytest.mark.parametrize("turn", range(2))
def test_a_team_that_is_being_taken_back(
    ada: Client, team: str, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    """Between the kinds that a deleted team is taken out of: nothing made then keeps it."""
    one = full(ada, shared_with=[team])
    entity(ada, "Other", shared_with=[team])
    commit, calls, replies = Transaction.commit, 0, []

    def late(transaction: Transaction) -> None:
        nonlocal calls
        calls += 1
        if calls == turn + 1:
            with monkeypatch.context() as inner:
                inner.setattr(Transaction, "commit", commit)
                replies.append(convert(ada, one, create_deal=True))
        commit(transaction)

    with recorded() as records, monkeypatch.context() as patch:
        patch.setattr("crm.records.team_deletion.REQUEST_SECONDS", -1)
        assert ada.delete(f"/api/teams/{team}").status == 204
    with monkeypatch.context() as patch:
        patch.setattr(Transaction, "commit", late)
        project(records)
    assert [reply.status for reply in replies] == [200]
    for path in (PATH, "/api/entities", "/api/deals"):
        found = ada.get(path).json["results"]
        assert [row["shared_with"] for row in found] == [[]] * len(found), path


def test_history_says_so(ada: Client) -> None:
    with recorded() as records:
        one = lead(ada)
    project(records)
    with recorded() as records:
        made = converted(ada, one)
    project(records)
    newest, _ = ada.get(f"{path_of(one)}/history").json["results"]
    assert newest["action"] == "converted"
    assert newest["changes"] == [
        {"field": "contact_id", "old": None, "new": made["contact_id"]},
        {"field": "converted_on", "old": None, "new": made["lead"]["converted_on"]},
        {"field": "status", "old": "assigned", "new": "converted"},
    ]
