"""The erasure of one person: nothing of them is left, and all of everybody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from pynamodb.expressions.condition import Condition

from crm.administration.erasure import dependents, export_files, profiles
from crm.administration.exports import worker as exporting
from crm.administration.exports.schemas import Export
from crm.jobs import service as jobs
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.table import Table
from crm.platform.dynamodb.transaction import Transaction
from crm.records import deletion_log
from crm.sales.entities.schemas import Entity
from crm.tenancy import user_pool
from tests.support import answers, exports, imports, tables
from tests.support.client import Client, function
from tests.support.cloud import Cloud, client
from tests.support.crashes import after_each_commit
from tests.support.deals import deal
from tests.support.entities import UNKNOWN, entity, path_of
from tests.support.erasures import (
    ERASURES,
    begin,
    contact,
    erase,
    everywhere,
    follow,
    followed,
    imported,
    lead,
    note,
    prepare,
    set_rules,
    shown,
    work,
)
from tests.support.leads import converted
from tests.support.related import about, attach
from tests.support.rules import TASK, automate, rule
from tests.support.stream import StreamRecord, project, recorded, stream_record
from tests.support.uploads import declared

pytestmark = pytest.mark.thorough

WORD, OTHER = "Zanzibar", "Quagmire"
CLEO = {"email": "cleo@example.com", "first_name": "Cleo", "last_name": "Member"}


@pytest.fixture(autouse=True)
def _prepared(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(monkeypatch, cloud)


def small(who: Client, word: str = WORD, **fields: Any) -> Any:
    """A contact, as the stream has told of it."""
    with followed():
        return entity(who, word, type="contact", note=word, **fields)


@contextmanager
def recorded_one_by_one() -> Iterator[list[StreamRecord]]:
    """Stream records of each transaction inside by itself."""
    told: list[StreamRecord] = []
    before = tables.items()

    def look() -> None:
        nonlocal before
        now = tables.items()
        changed = [key for key in {*before, *now} if before.get(key) != now.get(key)]
        told.extend(stream_record(before.get(key), now.get(key)) for key in changed)
        before = now

    with after_each_commit(look):
        yield told


class TestWhole:
    def test_a_contact_and_nobody_else(self, ada: Client, ben: Client, cloud: Cloud) -> None:
        set_rules(ada, "entity")
        one = contact(ben, WORD)
        other = small(ben, OTHER)
        before = everywhere(OTHER)
        job = erase(cloud, ada, "entity", one["id"])
        assert everywhere(WORD) == []
        assert everywhere(OTHER) == before
        assert ben.get(path_of(other)).json["note"] == OTHER
        assert job["erased"] == {
            "records": 1,
            # Versions that the test's stream has told apart: of the contact, activities, files.
            "history": 3 + 2 + 4,
            "executions": 3 + 2 + 3,
            "deliveries": 3,
            "notifications": 3 + 2 + 3,
            "activities": 2,
            "attachments": 3,
            "documents": 3,
        }

    def test_what_was_deleted_before(self, ada: Client, ben: Client, cloud: Cloud) -> None:
        set_rules(ada, "entity")
        one = contact(ben, WORD)
        with followed():
            assert ben.delete(path_of(one)).status == 204
        assert everywhere(WORD) != []
        job = erase(cloud, ada, "entity", one["id"])
        assert everywhere(WORD) == []
        assert (job["status"], "records" in job["erased"]) == ("succeeded", False)

    def test_a_lead(self, ada: Client, ben: Client, cloud: Cloud) -> None:
        set_rules(ada, "lead")
        one = lead(ben, WORD)
        erase(cloud, ada, "lead", one["id"])
        assert everywhere(WORD) == []

    def test_it_is_over_the_second_time_too(self, ada: Client, cloud: Cloud) -> None:
        one = small(ada)
        first = erase(cloud, ada, "entity", one["id"])
        again = erase(cloud, ada, "entity", one["id"])
        assert first["erased"] == {"records": 1, "history": 1}
        assert again["erased"] == {}
        listed = ada.get(ERASURES).json
        assert [row["id"] for row in listed["results"]] == [again["id"], first["id"]]
        assert listed["results"] == [again, first]

    def test_what_it_says(self, ada: Client, cloud: Cloud) -> None:
        one = small(ada)
        made = begin(ada, "entity", one["id"])
        assert made.status == 201
        assert made.headers["Location"] == f"{ERASURES}/{made.json['id']}"
        assert made.json == {
            "id": made.json["id"],
            "record_type": "entity",
            "record_id": one["id"],
            "status": "pending",
            "error": None,
            "erased": {"records": 1},
            "created_on": made.json["created_on"],
            "created_by": ada.user_id,
            "started_on": None,
            "finished_on": None,
        }
        assert ada.get(path_of(one)).problem == (404, "not_found")

    def test_a_request_that_comes_again(self, ada: Client, cloud: Cloud) -> None:
        one = small(ada)
        body = {"record_type": "entity", "record_id": one["id"]}
        key = {"idempotency-key": "e1"}
        first, second = (ada.post(ERASURES, body, headers=key) for _ in range(2))
        assert (first.status, first.json) == (second.status, second.json)
        assert len(ada.get(ERASURES).json["results"]) == 1


class TestRefusals:
    def test_nobody_but_admins(self, ada: Client, ben: Client, cloud: Cloud) -> None:
        one = small(ada)
        made = begin(ada, "entity", one["id"]).json
        assert begin(ben, "entity", one["id"]).problem == (403, "permission_denied")
        refused = ben.get(ERASURES)
        assert refused.problem == (403, "permission_denied")
        answers.check("GET", ERASURES, 403, "application/problem+json", refused.json)
        assert ben.get(f"{ERASURES}/{made['id']}").problem == (403, "permission_denied")

    @pytest.mark.parametrize("kind", ["entity", "lead", "member"])
    def test_nobody_at_all(self, ada: Client, kind: str) -> None:
        refused = begin(ada, kind, UNKNOWN)
        assert (refused.problem, refused.fields) == ((422, "validation_failed"), ["record_id"])

    def test_what_is_no_person(self, ada: Client) -> None:
        refused = begin(ada, "deal", UNKNOWN)
        assert (refused.problem, refused.fields) == ((422, "validation_failed"), ["record_type"])

    def test_somebody_elses(self, ada: Client, eve: Client) -> None:
        one = small(ada)
        before = tables.snapshot()
        assert begin(eve, "entity", one["id"]).fields == ["record_id"]
        assert begin(eve, "member", ada.user_id).fields == ["record_id"]
        assert tables.snapshot() == before

    def test_one_that_deals_point_to(self, ada: Client, cloud: Cloud) -> None:
        one = small(ada)
        pointing = deal(ada, entity_id=one["id"])
        before = tables.snapshot()
        refused = begin(ada, "entity", one["id"])
        assert refused.problem == (409, "in_use")
        assert pointing["id"] not in refused.text
        assert tables.snapshot() == before
        assert ada.delete(f"/api/deals/{pointing['id']}").status == 204
        assert erase(cloud, ada, "entity", one["id"])["status"] == "succeeded"

    def test_the_last_admin(self, ada: Client) -> None:
        before = tables.snapshot()
        assert begin(ada, "member", ada.user_id).problem == (409, "last_admin")
        assert tables.snapshot() == before

    def test_unknown(self, ada: Client) -> None:
        assert ada.get(f"{ERASURES}/{UNKNOWN}").problem == (404, "not_found")


class TestMerged:
    def test_all_that_a_person_has_been(self, ada: Client, cloud: Cloud) -> None:
        first, second = small(ada), small(ada)
        with recorded_one_by_one() as told:
            merged = ada.post(f"{path_of(first)}/merge", {"from": second["id"]})
            assert merged.status == 200, merged.text
        follow(told)
        assert erase(cloud, ada, "entity", second["id"])["erased"]["records"] == 1
        assert everywhere(WORD) == []
        assert ada.get(path_of(first)).status == 404

    def test_a_merge_that_was_given_up(self, ada: Client, cloud: Cloud) -> None:
        kept, one = small(ada, OTHER), small(ada)
        with followed():
            transaction = Transaction()
            read_one = read(Entity, str(ada.organization_id), one["id"])
            assert read_one is not None
            closed = read_one.changed(ada.user_id, merging_into=kept["id"])
            transaction.save(closed, read_one)
            transaction.commit()
        with followed():
            assert ada.delete(path_of(one)).status == 204
        erase(cloud, ada, "entity", one["id"])
        assert everywhere(WORD) == []
        assert ada.get(path_of(kept)).json["name"] == OTHER


class TestLate:
    def test_what_the_stream_tells_again(self, ada: Client, cloud: Cloud) -> None:
        set_rules(ada, "entity")
        with recorded() as made:
            one = entity(ada, WORD, type="contact", note=WORD)
        follow(made)
        with recorded() as ended:
            begun = begin(ada, "entity", one["id"])
        follow(ended)
        work(cloud, ada, begun.json["id"])
        assert everywhere(WORD) == []
        again = [told for told in made if told["dynamodb"]["Keys"]["sk"]["S"] == "#"]
        project(again)
        automate(again)
        # No rule has run again.
        assert {key[0].split("#")[2] for key in everywhere(WORD)} == {"HISTORY"}
        follow(ended)
        assert everywhere(WORD) == []

    def test_it_waits_for_the_stream(self, ada: Client, cloud: Cloud) -> None:
        one = small(ada)
        with recorded() as told:
            begun = begin(ada, "entity", one["id"]).json
        for _ in range(2):
            for event in cloud.erasing_events():
                function("erasure_worker")(event, None)
            assert shown(ada, begun["id"])["status"] == "running"
        project(told)
        for event in cloud.erasing_events():
            function("erasure_worker")(event, None)
        assert shown(ada, begun["id"])["status"] == "running"
        automate(told)
        assert work(cloud, ada, begun["id"])["erased"] == {"records": 1, "history": 1}

    def test_but_not_for_ever(
        self, ada: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = small(ada)
        begun = begin(ada, "entity", one["id"]).json
        monkeypatch.setattr(deletion_log, "PATIENCE_SECONDS", 0)
        assert work(cloud, ada, begun["id"])["erased"] == {"records": 1, "history": 1}
        assert everywhere(WORD) == []

    def test_of_a_deletion_that_is_no_erasure(self, ada: Client) -> None:
        one = small(ada)
        with followed():
            assert ada.delete(path_of(one)).status == 204
        organization_id = str(ada.organization_id)
        assert list(deletion_log.deleted_ids(organization_id, "entity")) == [one["id"]]
        line = deletion_log.find(organization_id, "entity", one["id"])
        assert line is not None
        assert not line.is_marked


class TestRules:
    def test_what_a_rule_made_when_it_was_deleted(self, ada: Client, cloud: Cloud) -> None:
        made = {**TASK, "subject": "{{record.name}} has gone"}
        rule(ada, made, record_type="entity", trigger={"event": "deleted"})
        one, other = small(ada), small(ada, OTHER)
        with followed():
            for person in (one, other):
                assert ada.delete(path_of(person)).status == 204
        assert len(ada.get("/api/activities").json["results"]) == 2
        assert erase(cloud, ada, "entity", one["id"])["erased"]["activities"] == 1
        assert everywhere(WORD) == []
        [kept] = ada.get("/api/activities").json["results"]
        assert kept["subject"] == f"{OTHER} has gone"


class TestNeighbours:
    def test_a_document_that_is_attached_elsewhere_stays(self, ada: Client, cloud: Cloud) -> None:
        one, other = small(ada), small(ada, OTHER)
        with followed():
            shared = attach(ada, "entity", one)["document_id"]
            attach(ada, "entity", other, document_id=shared, file=None)
        job = erase(cloud, ada, "entity", one["id"])
        assert "documents" not in job["erased"]
        assert ada.get(f"/api/documents/{shared}/history").json["results"] != []
        assert deletion_log.find(str(ada.organization_id), "document", shared) is None

    def test_what_a_lead_has_become(self, ada: Client, cloud: Cloud) -> None:
        with followed():
            one = lead(ada, WORD, last_name=OTHER, email="quagmire@example.com")
            became = converted(ada, one, create_deal=True, deal_name=OTHER)
        erase(cloud, ada, "lead", one["id"])
        about_deal = {"related_to_type": "deal", "related_to_id": became["deal_id"]}
        told = ada.get("/api/timeline", query=about_deal)
        assert told.status == 200
        assert one["id"] not in told.text
        assert ada.get(f"/api/entities/{became['contact_id']}").status == 200

    def test_an_activity_that_comes_to_be_about_somebody_else(
        self, ada: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, other = small(ada), small(ada, OTHER)
        with followed():
            made = about(ada, "entity", one, note(OTHER))
        delete = dependents.delete

        def moved_meanwhile(*given: Any) -> None:
            moved = {"related_to_type": "entity", "related_to_id": other["id"]}
            assert ada.patch(f"/api/activities/{made['id']}", moved).status == 200
            delete(*given)

        monkeypatch.setattr(dependents, "delete", moved_meanwhile)
        erase(cloud, ada, "entity", one["id"])
        assert ada.get(f"/api/activities/{made['id']}").json["related_to_id"] == other["id"]
        assert ada.get(f"/api/activities/{made['id']}/history").json["results"] != []


class TestCopies:
    def test_files_of_exports(self, ada: Client, cloud: Cloud) -> None:
        one = small(ada)
        job = exports.run(ada, cloud, "entity")
        assert everywhere(WORD) != []
        assert erase(cloud, ada, "entity", one["id"])["erased"]["exports"] == 1
        assert everywhere(WORD) == []
        assert exports.shown(ada, job["id"])["file"] is None
        path = f"{exports.EXPORTS}/{job['id']}/file"
        assert ada.get(path).problem == (409, "file_not_available")

    def test_an_export_that_is_being_written(
        self, ada: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(export_files, "AT_WORK", 0)
        one = small(ada)
        begun = exports.begin(ada, "entity").json
        job = jobs.read(Export, str(ada.organization_id), begun["id"])
        assert job is not None
        exporting.step(job)
        assert everywhere(WORD) != []
        erase(cloud, ada, "entity", one["id"])
        exports.work(cloud)
        assert exports.shown(ada, begun["id"])["status"] == "cancelled"
        assert cloud.versions("exports/") == []
        assert everywhere(WORD) == []

    def test_files_of_imports(self, ada: Client, cloud: Cloud) -> None:
        job = imported(ada, cloud, WORD)
        [one] = ada.get("/api/entities").json["results"]
        assert erase(cloud, ada, "entity", one["id"])["erased"]["imports"] == 1
        assert everywhere(WORD) == []
        refused = ada.get(f"/api/imports/{job['id']}/errors")
        assert refused.problem == (409, "file_not_available")

    def test_by_what_rows_matched(self, ada: Client, cloud: Cloud) -> None:
        one = small(ada)
        rows = [["name", "type", "note"], ["Else", "contact", WORD]]
        options = {"on_duplicate": "skip", "match_on": ["note"]}
        with followed():
            imports.run(ada, cloud, imports.table(rows), **options)
        matched = [key for key in everywhere(one["id"]) if "#MATCHES#" in key[0]]
        assert matched != []
        erase(cloud, ada, "entity", one["id"])
        assert [key for key in everywhere(one["id"]) if "#MATCHES#" in key[0]] == []

    def test_answers_to_requests(self, ada: Client, ben: Client, cloud: Cloud) -> None:
        key = {"idempotency-key": "k"}
        body = {"type": "contact", "name": WORD}
        with followed():
            one = ben.post("/api/entities", body, headers=key).json
            said = {"type": "note", "subject": WORD, "related_to_type": "entity"}
            activity = ben.post(
                "/api/activities", {**said, "related_to_id": one["id"]}, headers=key
            ).json
            file = {"name": f"{WORD}.pdf", "content_type": "application/pdf", "size": 9}
            to = {"related_to_type": "activity", "related_to_id": activity["id"]}
            assert ben.post("/api/attachments", {**to, "file": file}, headers=key).status == 201
        assert erase(cloud, ada, "entity", one["id"])["erased"]["answers"] == 3
        assert everywhere(WORD) == []
        again = ben.post("/api/entities", body, headers=key)
        assert (again.status, again.text) == (201, "")
        assert ben.get("/api/entities").json["results"] == []


class TestMembers:
    def test_a_member(self, ada: Client, ben: Client, cloud: Cloud) -> None:
        with followed():
            made = entity(ben, OTHER, type="contact")
            ada.post("/api/members", {**CLEO, "first_name": WORD}, headers={"idempotency-key": "m"})
        [cleo_id] = [
            row["id"] for row in ada.get("/api/members").json["results"] if WORD in str(row)
        ]
        cleo = Client(cleo_id, ada.organization_id)
        with followed():
            assert cleo.patch(path_of(made), {"note": OTHER}).status == 403
            written = entity(cleo, OTHER, type="contact")
        job = erase(cloud, ada, "member", cleo_id)
        assert everywhere(WORD) == []
        assert job["erased"] == {"accounts": 1, "answers": 1}
        assert cleo.get("/api/entities").problem == (403, "not_a_member")
        assert ada.get(path_of(written)).json["created_by"] == cleo_id
        assert user_pool.find(cleo_id).email == ""
        assert ada.get(f"/api/members/{cleo_id}").problem == (404, "not_found")

    def test_somebody_who_has_left(self, ada: Client, ben: Client, cloud: Cloud) -> None:
        with followed():
            assert ada.delete(f"/api/members/{ben.user_id}").status == 204
        assert everywhere("ben@example.com") != []
        erase(cloud, ada, "member", ben.user_id)
        assert everywhere("ben@example.com") == []

    def test_somebody_who_is_elsewhere_too(
        self, ada: Client, ben: Client, eve: Client, cloud: Cloud
    ) -> None:
        with followed():
            invited = eve.post("/api/members", {**CLEO, "email": "ben@example.com"})
            assert invited.json["id"] == ben.user_id
            said = ben.post("/api/documents", {"title": OTHER, "file": declared()}).json
        erase(cloud, ada, "member", ben.user_id)
        assert user_pool.find(ben.user_id).email == "ben@example.com"
        known = ben.within(eve.organization_id).get("/api/me").json
        assert known["email"] == "ben@example.com"
        seen = ada.get(f"/api/documents/{said['id']}").json["created_by"]
        assert seen == {"id": ben.user_id, "first_name": "", "last_name": "", "email": ""}

    def test_they_can_come_back(self, ada: Client, ben: Client, cloud: Cloud) -> None:
        erase(cloud, ada, "member", ben.user_id)
        back = ada.post("/api/members", {**CLEO, "email": "ben@example.com"})
        assert back.status == 201
        assert back.json["id"] != ben.user_id

    def test_an_operators_account_stays(self, ada: Client, ben: Client, cloud: Cloud) -> None:
        pool = client("cognito-idp")
        pool.create_group(GroupName=user_pool.SUPER_ADMINS, UserPoolId=cloud.user_pool_id)
        pool.admin_add_user_to_group(
            UserPoolId=cloud.user_pool_id, Username=ben.user_id, GroupName=user_pool.SUPER_ADMINS
        )
        erase(cloud, ada, "member", ben.user_id)
        assert user_pool.find(ben.user_id).email == "ben@example.com"
        assert everywhere("ben@example.com") == []

    def test_who_comes_back_meanwhile_stays(
        self, ada: Client, ben: Client, eve: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert ada.delete(f"/api/members/{ben.user_id}").status == 204
        delete_if, deletions = Table.delete_if, count(1)

        def late(table: Table, condition: Condition, key: keys.Key) -> bool:
            if next(deletions) == 1:
                joined = eve.post("/api/members", {**CLEO, "email": "ben@example.com"})
                assert joined.status == 201
            return delete_if(table, condition, key)

        with monkeypatch.context() as patch:
            patch.setattr(Table, "delete_if", late)
            assert not profiles.of_user(ben.user_id)
        assert next(deletions) == 2
        assert user_pool.find(ben.user_id).email == "ben@example.com"
