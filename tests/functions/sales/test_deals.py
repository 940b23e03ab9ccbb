"""/api/deals: making, reading, changing and listing them"""

from typing import Any

import pytest

from tests.support.client import Client
from tests.support.deals import PATH, deal, path_of, pipeline, sales
from tests.support.entities import UNKNOWN, entity
from tests.support.stream import project, recorded
from tests.support.tables import items, mentioning

pytestmark = pytest.mark.thorough


@pytest.fixture
def stages(ada: Client) -> dict[str, str]:
    return sales(ada)


class TestCreating:
    def test_the_least(self, ben: Client, stages: dict[str, str]) -> None:
        acme = entity(ben)
        reply = ben.post(PATH, {"name": "  Big one ", "entity_id": acme["id"]})
        made = reply.json
        assert (reply.status, reply.headers["Location"]) == (201, path_of(made))
        assert reply.headers["ETag"] == '"1"'
        assert made == {
            "id": made["id"],
            "created_on": made["created_on"],
            "created_by": ben.user_id,
            "updated_on": made["created_on"],
            "updated_by": ben.user_id,
            "version": 1,
            "name": "Big one",
            "amount": None,
            "currency": "USD",
            "entity_id": acme["id"],
            "pipeline_id": made["pipeline_id"],
            "stage_id": stages["Lead"],
            "status": "open",
            "probability": 10,
            "weighted_amount": None,
            "expected_close_date": None,
            "closed_on": None,
            "assigned_to": ben.user_id,
            "shared_with": [],
            "custom_fields": {},
        }
        assert ben.get(path_of(made)).json == made

    @pytest.mark.parametrize(
        ("stage", "status", "probability", "weighted"),
        [
            ("Qualified", "open", 25, "312.62"),
            ("Won", "won", 100, "1250.50"),
            ("Lost", "lost", 0, "0.00"),
        ],
    )
    def test_in_a_stage(
        self,
        ada: Client,
        stages: dict[str, str],
        stage: str,
        status: str,
        probability: int,
        weighted: str,
    ) -> None:
        made = deal(ada, amount=1250.5, currency="EUR", stage_id=stages[stage])
        derived = {name: made[name] for name in ("status", "probability", "weighted_amount")}
        assert derived == {
            "status": status,
            "probability": probability,
            "weighted_amount": weighted,
        }
        assert (made["amount"], made["currency"]) == ("1250.50", "EUR")
        assert made["closed_on"] == (None if status == "open" else made["created_on"])

    def test_allowed_from_does_not_bind_creation(self, ada: Client) -> None:
        made = pipeline(ada, "Strict", {"name": "One"}, {"name": "Two", "allowed_from": []})
        assert deal(ada, stage_id=made["stages"][1]["id"])["pipeline_id"] == made["id"]

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"amount": "-1"}, "amount"),
            ({"amount": "1.005"}, "amount"),
            ({"amount": "1.5", "currency": "JPY"}, "amount"),
            ({"amount": "much"}, "amount"),
            ({"amount": True}, "amount"),
            ({"amount": []}, "amount"),
            ({"amount": 10**15}, "amount"),
            ({"currency": "XYZ"}, "currency"),
            ({"currency": "usd"}, "currency"),
            ({"name": " "}, "name"),
            ({"name": "x" * 256}, "name"),
            ({"expected_close_date": "2026-02-30"}, "expected_close_date"),
            ({"expected_close_date": "soon"}, "expected_close_date"),
            ({"stage_id": UNKNOWN}, "stage_id"),
            ({"stage_id": "x"}, "stage_id"),
            ({"entity_id": UNKNOWN}, "entity_id"),
            ({"entity_id": None}, "entity_id"),
            ({"assigned_to": "nobody"}, "assigned_to"),
            ({"shared_with": [UNKNOWN]}, "shared_with"),
            ({"status": "won"}, "status"),
            ({"pipeline_id": UNKNOWN}, "pipeline_id"),
            ({"probability": 50}, "probability"),
            ({"weighted_amount": "1.00"}, "weighted_amount"),
            ({"closed_on": None}, "closed_on"),
            ({"stay_id": UNKNOWN}, "stay_id"),
            ({"version": 1}, "version"),
        ],
    )
    def test_what_is_refused(self, ada: Client, fields: Any, field: str) -> None:
        body = {"name": "Big one", "entity_id": entity(ada)["id"], **fields}
        before = items()
        reply = ada.post(PATH, body)
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == [field]
        assert items() == before

    def test_an_entity_or_a_stage_that_is_not_the_callers(
        self, ada: Client, ben: Client, eve: Client
    ) -> None:
        foreign = sales(eve)["Lead"]
        for fields, field in (
            ({"entity_id": entity(ada)["id"]}, "entity_id"),
            ({"entity_id": entity(eve)["id"]}, "entity_id"),
            ({"entity_id": entity(ben)["id"], "stage_id": foreign}, "stage_id"),
        ):
            reply = ben.post(PATH, {"name": "Big one", **fields})
            assert reply.problem == (422, "validation_failed")
            assert reply.fields == [field]

    def test_a_pipeline_that_is_not_active(self, ada: Client, stages: dict[str, str]) -> None:
        [standing] = ada.get("/api/pipelines").json["results"]
        ada.patch(f"/api/pipelines/{standing['id']}", {"is_active": False})
        body = {"name": "Big one", "entity_id": entity(ada)["id"]}
        for sent in ({}, {"stage_id": stages["Lead"]}):
            reply = ada.post(PATH, {**body, **sent})
            assert reply.problem == (422, "validation_failed")
            assert reply.fields == ["stage_id"]

    def test_the_currency_of_the_organization(self, ada: Client) -> None:
        ada.patch(f"/api/organizations/{ada.organization_id}", {"default_currency": "JPY"})
        made = deal(ada, amount="1250")
        assert (made["amount"], made["currency"], made["weighted_amount"]) == ("1250", "JPY", "125")

    def test_once_under_one_key(self, ada: Client) -> None:
        body = {"name": "Big one", "entity_id": entity(ada)["id"], "amount": "10"}
        first, second = (ada.post(PATH, body, headers={"idempotency-key": "one"}) for _ in range(2))
        assert first.json == second.json
        assert ada.get(PATH).json["count"] == 1


class TestChanging:
    def test_part_of_it(self, ada: Client) -> None:
        one = deal(ada, amount="100", expected_close_date="2026-12-01")
        reply = ada.patch(path_of(one), {"amount": "0.30", "expected_close_date": None})
        changed = reply.json
        assert (reply.status, changed["version"]) == (200, 2)
        assert (changed["amount"], changed["weighted_amount"]) == ("0.30", "0.03")
        assert changed["expected_close_date"] is None
        kept = ("name", "entity_id", "stage_id", "currency", "created_on", "assigned_to")
        assert {name: changed[name] for name in kept} == {name: one[name] for name in kept}

    def test_as_a_whole(self, ada: Client, ben: Client, stages: dict[str, str]) -> None:
        one = deal(ada, amount="100", expected_close_date="2026-12-01", assigned_to=ben.user_id)
        body = {"name": "Other", "entity_id": one["entity_id"], "stage_id": one["stage_id"]}
        changed = ada.put(path_of(one), body).json
        assert (changed["name"], changed["amount"], changed["assigned_to"]) == (
            "Other",
            None,
            ada.user_id,
        )
        assert changed["expected_close_date"] is None

    def test_a_currency_that_the_amount_does_not_fit(self, ada: Client) -> None:
        one = deal(ada, amount="12.50")
        reply = ada.patch(path_of(one), {"currency": "JPY"})
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == ["amount"]
        assert ada.patch(path_of(one), {"currency": "JPY", "amount": 12}).json["amount"] == "12"

    def test_another_entity(self, ada: Client, ben: Client) -> None:
        mine, other = entity(ben), entity(ben, "Other")
        one = deal(ben, entity_id=mine["id"])
        hidden = ben.patch(path_of(one), {"entity_id": entity(ada, "Hidden")["id"]})
        assert hidden.problem == (422, "validation_failed")
        assert hidden.fields == ["entity_id"]
        assert ben.patch(path_of(one), {"entity_id": other["id"]}).status == 200
        assert ben.delete(f"/api/entities/{mine['id']}").status == 204
        assert ben.delete(f"/api/entities/{other['id']}").problem == (409, "in_use")

    def test_a_stale_version(self, ada: Client) -> None:
        one = deal(ada)
        ada.patch(path_of(one), {"name": "Newer"})
        for call in (ada.patch, ada.put):
            stale = call(path_of(one), {"name": "x"}, headers={"if-match": '"1"'})
            assert stale.status in {412, 422}
        stale = ada.patch(path_of(one), {"name": "x"}, headers={"if-match": '"1"'})
        assert stale.problem == (412, "version_conflict")

    def test_history(self, ada: Client) -> None:
        with recorded() as records:
            one = deal(ada, amount="1")
        project(records)
        with recorded() as records:
            ada.patch(path_of(one), {"amount": "2"})
        project(records)
        rows = ada.get(f"{path_of(one)}/history").json["results"]
        assert [row["version"] for row in rows] == [2, 1]
        assert rows[0]["changes"] == [
            {"field": "amount", "old": "1.00", "new": "2.00"},
            {"field": "weighted_amount", "old": "0.10", "new": "0.20"},
        ]


class TestDeleting:
    def test_with_all_that_hangs_on_it(self, ada: Client, stages: dict[str, str]) -> None:
        one = deal(ada, stage_id=stages["Lead"])
        ada.post(f"{path_of(one)}/move", {"stage_id": stages["Won"], "note": "Yes!"})
        task = {"type": "task", "subject": "Call", "related_to_type": "deal"}
        made = ada.post("/api/activities", {**task, "related_to_id": one["id"]})
        assert made.status == 201
        assert ada.delete(path_of(one)).status == 204
        assert ada.get(path_of(one)).problem == (404, "not_found")
        assert ada.delete(path_of(one)).problem == (404, "not_found")
        assert ada.get("/api/activities").json["count"] == 0
        assert mentioning(one["id"]) == []
        assert ada.delete(f"/api/entities/{one['entity_id']}").status == 204

    def test_an_entity_that_deals_point_to(self, ada: Client, ben: Client) -> None:
        """Also where whoever deletes it cannot see them."""
        acme = entity(ben)
        one = deal(ada, entity_id=acme["id"])
        assert ben.get(path_of(one)).problem == (403, "permission_denied")
        assert ben.delete(f"/api/entities/{acme['id']}").problem == (409, "in_use")
        ada.delete(path_of(one))
        assert ben.delete(f"/api/entities/{acme['id']}").status == 204


class TestListing:
    @pytest.fixture
    def made(self, ada: Client, ben: Client, stages: dict[str, str]) -> dict[str, Any]:
        acme, other = entity(ada), entity(ada, "Other")
        return {
            "a": deal(ada, "Alpha", entity_id=acme["id"], expected_close_date="2026-11-30"),
            "b": deal(ada, "Beta", entity_id=acme["id"], expected_close_date="2026-12-01"),
            "c": deal(
                ada,
                "Gamma",
                entity_id=other["id"],
                stage_id=stages["Won"],
                expected_close_date="2026-12-31",
                assigned_to=ben.user_id,
            ),
            "d": deal(ada, "Delta", entity_id=other["id"], stage_id=stages["Lost"]),
        }

    def found(self, client: Client, made: dict[str, Any], query: str) -> str:
        names = {one["id"]: name for name, one in made.items()}
        reply = client.get(f"{PATH}?{query}")
        assert reply.json["count"] == len(reply.ids)
        return "".join(names[one] for one in reply.ids)

    def test_each_filter(self, ada: Client, ben: Client, made: Any, stages: Any) -> None:
        standing, other = made["a"]["pipeline_id"], pipeline(ada, "Other", {"name": "One"})["id"]
        acme = made["a"]["entity_id"]
        for query, expected in (
            ("", "dcba"),
            ("status=open", "ba"),
            ("status=won", "c"),
            ("status=lost", "d"),
            (f"stage_id={stages['Lead']}", "ba"),
            (f"stage_id={stages['Won']}&status=open", ""),
            (f"pipeline_id={standing}", "dcba"),
            (f"pipeline_id={other}", ""),
            (f"entity_id={acme}", "ba"),
            (f"entity_id={acme}&status=won", ""),
            (f"assigned_to={ben.user_id}", "c"),
            (f"assigned_to={ada.user_id}&status=lost", "d"),
            ("expected_close_after=2026-12-01", "cb"),
            ("expected_close_before=2026-12-01", "a"),
            ("expected_close_after=2026-11-30&expected_close_before=2026-12-31", "ba"),
            ("expected_close_after=2026-12-01&status=open", "b"),
            ("expected_close_after=2027-01-01", ""),
        ):
            assert self.found(ada, made, query) == expected, query
        for query, expected in (("", "c"), ("status=open", ""), ("status=won", "c")):
            assert self.found(ben, made, query) == expected, query
        for query in ("expected_close_after=2026-12-01", f"stage_id={stages['Won']}"):
            assert self.found(ben, made, query) == "c", query
        assert self.found(ben, made, f"entity_id={acme}") == ""

    def test_by_date_among_more_than_are_read_as_a_whole(
        self, ada: Client, ben: Client, made: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("crm.records.date_ranges.MAX_ENTRIES", 1)
        for query, expected in (
            ("expected_close_after=2026-11-30", "cba"),
            ("expected_close_after=2026-11-30&status=open", "ba"),
            ("expected_close_before=2027-01-01&limit=100", "cba"),
            (f"expected_close_after=2026-11-30&entity_id={made['a']['entity_id']}", "ba"),
        ):
            assert self.found(ada, made, query) == expected, query
        assert self.found(ben, made, "expected_close_after=2026-11-30") == "c"

    def test_by_name(self, ada: Client) -> None:
        with recorded() as records:
            one = deal(ada, "Größter Auftrag")
            deal(ada, "Other")
        project(records)
        assert ada.get(f"{PATH}?name=grosster").ids == [one["id"]]
        assert ada.get(f"{PATH}?name=auft&status=won").ids == []

    @pytest.mark.parametrize(
        ("query", "status", "code"),
        [
            ("status=closed", 422, "validation_failed"),
            ("stage_id=x", 422, "validation_failed"),
            ("expected_close_after=soon", 422, "validation_failed"),
            ("stage=x", 400, "unknown_parameter"),
        ],
    )
    def test_what_is_no_filter(self, ada: Client, query: str, status: int, code: str) -> None:
        assert ada.get(f"{PATH}?{query}").problem == (status, code)


class TestProbabilities:
    def test_a_changed_probability_reaches_the_deals(
        self, ada: Client, stages: dict[str, str]
    ) -> None:
        one, other = deal(ada, amount="100"), deal(ada, amount="100", stage_id=stages["Proposal"])
        where = f"/api/pipelines/{one['pipeline_id']}/stages/{stages['Lead']}"
        with recorded() as records:
            assert ada.patch(where, {"probability": 20}).status == 200
        for _ in range(2):
            project(records)
        after = ada.get(path_of(one)).json
        assert (after["probability"], after["weighted_amount"], after["version"]) == (
            20,
            "20.00",
            2,
        )
        assert ada.get(path_of(other)).json == other

    def test_an_old_event_does_not_bring_an_old_probability_back(
        self, ada: Client, stages: dict[str, str]
    ) -> None:
        one = deal(ada, amount="100")
        where = f"/api/pipelines/{one['pipeline_id']}/stages/{stages['Lead']}"
        with recorded() as first:
            ada.patch(where, {"probability": 20})
        with recorded() as second:
            ada.patch(where, {"probability": 30})
        project(second)
        project(first)
        assert ada.get(path_of(one)).json["probability"] == 30
