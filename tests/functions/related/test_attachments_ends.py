"""Attachments after the deletion, merge or conversion of their record or document."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.platform.errors import ConflictError, NotFoundError, UnavailableError
from crm.related.documents import attachment_links as attached_documents
from crm.related.documents import attachments
from crm.related.documents import service as documents
from crm.sales.entities.schemas import Entity
from crm.tenancy.permissions import Caller
from tests.support.attachments import PATH, attach, attached, count_of, document, on
from tests.support.client import Client
from tests.support.cloud import BUCKET, client
from tests.support.crashes import after_each_commit, crash_after
from tests.support.entities import UNKNOWN, entity, path_of
from tests.support.stream import project, recorded
from tests.support.tables import items, mentioning, restore, snapshot, timeless
from tests.support.uploads import declared, upload

pytestmark = pytest.mark.thorough

Target = dict[str, str]


def sweep(who: Client, target: Target) -> None:
    """Delete the attachments of a record, as its deletion does."""
    assert who.organization_id
    attachments.delete_of_record(
        who.organization_id, target["related_to_type"], target["related_to_id"]
    )


def retarget(who: Client, old: Target, new: Target) -> None:
    assert who.organization_id
    caller = Caller(who.user_id, who.organization_id, "admin")
    pairs = [RecordRef(one["related_to_type"], one["related_to_id"]) for one in (old, new)]
    attachments.retarget(caller, *pairs)


def status_of(who: Client, document_id: str) -> int:
    return who.get(f"/api/documents/{document_id}").status


def titles(who: Client, target: Target) -> list[str]:
    """The titles of what is attached to a record, in whatever order; both lists agree."""
    rows = who.get(PATH, query=target).json["results"]
    assert count_of(who, target) == len(rows)
    return sorted(row["document"]["title"] for row in rows)


def counters() -> dict[str, int]:
    """Return the count of attachments of each document."""
    return {
        pk.rpartition("#")[2]: int(item["count"]["N"])
        for (pk, _), item in items().items()
        if "#COUNT#ATTACHMENT#document#" in pk
    }


def entity_of(who: Client, target: Target) -> Entity:
    assert who.organization_id
    found = read(Entity, who.organization_id, target["related_to_id"])
    assert found is not None
    return found


def merging(who: Client, target: Target) -> None:
    """Begin to merge an entity into another one."""
    old = entity_of(who, target)
    transaction = Transaction()
    transaction.save(old.changed(who.user_id, merging_into=UNKNOWN), old)
    transaction.commit()


def removed(who: Client, target: Target) -> None:
    """Delete an entity, and nothing of what hangs on it."""
    transaction = Transaction()
    transaction.delete_record(entity_of(who, target))
    transaction.commit()


@contextmanager
def before_commit(act: Callable[[], object]) -> Iterator[None]:
    """Let something happen just before the first commit inside."""
    commit, pending = Transaction.commit, [act]

    def late(transaction: Transaction) -> None:
        if pending and len(transaction):
            pending.pop()()
        commit(transaction)

    with patch.object(Transaction, "commit", late):
        yield


class TestTheEndOfARecord:
    @pytest.fixture
    def target(self, ben: Client) -> Target:
        return on(entity(ben))

    @pytest.fixture
    def other(self, ben: Client) -> Target:
        return on(entity(ben, "Other"))

    def test_what_stays_and_what_goes(self, ben: Client, target: Target, other: Target) -> None:
        kept = document(ben)
        attached(ben, target, kept)
        alone = attach(ben, target).json["document_id"]
        twice = attach(ben, target).json["document_id"]
        attach(ben, other, document_id=twice)
        before = ben.get(PATH, query=target).ids
        removed(ben, target)
        sweep(ben, target)
        assert [status_of(ben, one) for one in (kept, alone, twice)] == [200, 404, 200]
        assert mentioning(target["related_to_id"]) == []
        assert {ben.get(f"{PATH}/{one}").status for one in before} == {404}
        assert counters() == {kept: 0, twice: 1}
        assert sorted(ben.get("/api/documents").ids) == sorted([kept, twice])
        assert titles(ben, other) == ["plan.txt"]
        sweep(ben, other)
        assert status_of(ben, twice) == 404

    def test_a_document_that_was_taken_off_before(self, ben: Client, target: Target) -> None:
        made = attach(ben, target).json
        ben.delete(f"{PATH}/{made['id']}")
        sweep(ben, target)
        assert status_of(ben, made["document_id"]) == 200

    def test_its_files_go_as_those_of_any_document(self, ben: Client, target: Target) -> None:
        made = attach(ben, target)
        upload(made)
        with recorded() as records:
            sweep(ben, target)
        project(records)
        assert mentioning(made.json["document_id"]) == []
        assert "Contents" not in client("s3").list_objects_v2(Bucket=BUCKET)

    def test_by_request(self, ben: Client, target: Target) -> None:
        made, kept = attach(ben, target).json, document(ben)
        attached(ben, target, kept)
        assert ben.delete(f"/api/entities/{target['related_to_id']}").status == 204
        assert [status_of(ben, one) for one in (made["document_id"], kept)] == [404, 200]
        assert ben.get(f"{PATH}/{made['id']}").problem == (404, "not_found")
        assert mentioning(made["id"]) == []

    def test_cut_off_after_any_step(
        self, ben: Client, target: Target, other: Target, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(attachments, "BATCH", 2)
        shared = [attach(ben, target).json["document_id"] for _ in range(3)]
        attached(ben, other, *shared[:2])
        attached(ben, target, document(ben), document(ben))
        whole = snapshot()
        sweep(ben, target)
        wanted = items()
        restore(whole)
        for commits in range(1, 10):
            with crash_after(commits) as crash:
                sweep(ben, target)
            if not crash.happened:
                break
            count_of(ben, target)
            sweep(ben, target)
            assert items() == wanted
            restore(whole)
        assert commits == 4

    def test_a_document_with_many_teams(self, ada: Client, target: Target) -> None:
        """As many as fit into one transaction go at a time."""
        teams = [ada.post("/api/teams", {"name": f"Team {n}"}).json["id"] for n in range(30)]
        made = [attach(ada, target).json["document_id"] for _ in range(3)]
        for one in made:
            body = {"shared_with": teams, "status": "inactive"}
            assert ada.patch(f"/api/documents/{one}", body).status == 200
        sweep(ada, target)
        assert {status_of(ada, one) for one in made} == {404}
        assert ada.get("/api/documents", query={"shared_with": teams[0]}).ids == []

    def test_of_two_records_at_once(self, ben: Client, target: Target, other: Target) -> None:
        """Each of them sees that the document hangs on the other one; one has to look again."""
        one = attach(ben, target).json["document_id"]
        attach(ben, other, document_id=one)
        with before_commit(lambda: sweep(ben, other)):
            sweep(ben, target)
        assert status_of(ben, one) == 404
        assert counters() == {}

    def test_while_its_document_is_attached_elsewhere(
        self, ben: Client, target: Target, other: Target
    ) -> None:
        one = attach(ben, target).json["document_id"]
        with before_commit(lambda: attach(ben, other, document_id=one)):
            sweep(ben, target)
        assert status_of(ben, one) == 200
        assert (titles(ben, other), counters()) == (["plan.txt"], {one: 1})

    def test_while_its_document_goes(self, ben: Client, target: Target) -> None:
        one = attach(ben, target).json["document_id"]
        with before_commit(lambda: ben.delete(f"/api/documents/{one}")):
            sweep(ben, target)
        assert (status_of(ben, one), counters()) == (404, {})

    def test_when_others_are_quicker_each_time(
        self, ben: Client, target: Target, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_: Transaction) -> None:
            raise StaleReadError

        attach(ben, target)
        monkeypatch.setattr("crm.platform.dynamodb.transaction.RETRY_PAUSE", 0)
        monkeypatch.setattr(Transaction, "commit", refuse)
        with pytest.raises(UnavailableError):
            sweep(ben, target)

    @pytest.mark.parametrize("end", [removed, merging])
    @pytest.mark.parametrize("new", [True, False])
    def test_nothing_is_attached_in_the_middle_of_it(
        self, ben: Client, target: Target, end: Callable[[Client, Target], None], new: bool
    ) -> None:
        what = {"file": declared()} if new else {"document_id": document(ben)}
        before = ben.get("/api/documents").json["count"]
        with before_commit(lambda: end(ben, target)):
            reply = ben.post(PATH, {**target, **what})
        assert (reply.problem, reply.fields) == ((422, "validation_failed"), ["related_to_id"])
        assert ben.get("/api/documents").json["count"] == before
        assert counters() == {}


class TestTheEndOfADocument:
    def test_its_attachments_go_before_the_answer(self, ben: Client) -> None:
        targets, one, kept = [on(entity(ben)) for _ in range(3)], document(ben), document(ben)
        for target in targets:
            attached(ben, target, one, kept)
        ids = [ben.get(PATH, query=target).ids[1] for target in targets]
        assert ben.delete(f"/api/documents/{one}").status == 204
        assert [count_of(ben, target) for target in targets] == [1, 1, 1]
        assert {ben.get(f"{PATH}/{one}").status for one in ids} == {404}
        assert [key for one in ids for key in mentioning(one)] == []
        assert counters() == {kept: 3}
        reply = ben.post(PATH, {**targets[0], "document_id": one})
        assert (reply.problem, reply.fields) == ((422, "validation_failed"), ["document_id"])

    def test_cut_off_after_any_step(
        self, ada: Client, ben: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is invisible at once; the stream does the rest."""
        monkeypatch.setattr(attached_documents, "SWEEP_BATCH", 2)
        targets, one = [on(entity(ben)) for _ in range(3)], document(ben)
        ids = [attached(ben, target, one)[0] for target in targets]
        whole = snapshot()
        for commits in range(1, 10):
            with recorded() as records, crash_after(commits) as crash:
                ben.delete(f"/api/documents/{one}")
            assert status_of(ben, one) == 404
            for target, attachment_id in zip(targets, ids, strict=True):
                assert ben.get(f"{PATH}/{attachment_id}").problem == (404, "not_found")
                assert ben.get(PATH, query=target).ids == []
                for who in (ada, ben):
                    assert who.get("/api/documents", query=target).json["count"] == 0
            project(records)
            assert mentioning(one) == []
            project(records)
            if not crash.happened:
                break
            restore(whole)
        assert commits == 4

    def test_when_others_are_quicker_each_time(
        self, ben: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def busy(*_: str) -> None:
            raise UnavailableError

        target, one = on(entity(ben)), document(ben)
        attached(ben, target, one)
        with recorded() as records, monkeypatch.context() as context:
            context.setattr(attached_documents, "delete_of_document", busy)
            assert ben.delete(f"/api/documents/{one}").status == 204
        project(records)
        assert mentioning(one) == []

    def test_it_is_attached_after_it_was_found_that_it_is_not(self, ben: Client) -> None:
        target, one = on(entity(ben)), document(ben)
        with before_commit(lambda: attached(ben, target, one)):
            assert ben.delete(f"/api/documents/{one}").status == 204
        assert (count_of(ben, target), counters()) == (0, {})

    def test_it_was_taken_off_before(self, ben: Client) -> None:
        target, one = on(entity(ben)), document(ben)
        [attachment_id] = attached(ben, target, one)
        assert ben.delete(f"{PATH}/{attachment_id}").status == 204
        assert counters() == {one: 0}
        assert ben.delete(f"/api/documents/{one}").status == 204
        assert (status_of(ben, one), counters()) == (404, {})

    def test_it_is_not_attached_in_the_middle_of_it(self, ben: Client) -> None:
        target, one = on(entity(ben)), document(ben)
        with before_commit(lambda: ben.delete(f"/api/documents/{one}")):
            reply = ben.post(PATH, {**target, "document_id": one})
        assert (reply.problem, reply.fields) == ((422, "validation_failed"), ["document_id"])
        assert (count_of(ben, target), counters()) == (0, {})

    def test_it_is_not_attached_once_it_is_hidden(
        self, ben: Client, cleo: Client, team: str
    ) -> None:
        target, one = on(entity(cleo)), document(ben, shared_with=[team])
        with before_commit(lambda: ben.patch(f"/api/documents/{one}", {"status": "inactive"})):
            reply = cleo.post(PATH, {**target, "document_id": one})
        assert (reply.problem, reply.fields) == ((422, "validation_failed"), ["document_id"])

    def test_a_change_meanwhile_is_looked_at(self, ben: Client) -> None:
        one = document(ben)
        path = f"/api/documents/{one}"
        with before_commit(lambda: ben.patch(path, {"title": "New"})):
            assert ben.delete(path, headers={"if-match": '"1"'}).status == 412
        with before_commit(lambda: ben.patch(path, {"title": "Newer"})):
            assert ben.delete(path).status == 204


class TestAnotherRecord:
    """The dependents of a merged or converted record move to the other one."""

    @pytest.fixture
    def old(self, ben: Client) -> Target:
        return on(entity(ben))

    @pytest.fixture
    def new(self, ben: Client) -> Target:
        return on(entity(ben, "New"))

    @pytest.fixture
    def shelf(self, ben: Client, cleo: Client, team: str, old: Target, new: Target) -> list[str]:
        """Three documents on the old record, two on the new one, one of them on both."""
        ben.patch(f"/api/entities/{new['related_to_id']}", {"shared_with": [team]})
        made = [document(ben, title) for title in ("Both", "New", "Old")]
        attached(ben, old, made[0], made[2])
        attached(ben, new, made[0], made[1])
        made.append(attach(ben, old, description="Of old").json["document_id"])
        return made

    def test_all_of_it_moves(
        self, ben: Client, cleo: Client, old: Target, new: Target, shelf: list[str]
    ) -> None:
        ids = ben.get(PATH, query=old).ids
        assert {status_of(cleo, shelf[1]), status_of(cleo, shelf[2])} == {200, 403}
        retarget(ben, old, new)
        assert titles(ben, old) == []
        assert titles(ben, new) == ["Both", "New", "Old", "plan.txt"]
        assert [ben.get(f"{PATH}/{one}").status for one in ids] == [200, 200, 404]
        moved = ben.get(f"{PATH}/{ids[0]}").json
        assert {name: moved[name] for name in new} == new
        assert (moved["description"], moved["version"]) == ("Of old", 2)
        assert counters() == dict.fromkeys(shelf, 1)
        assert status_of(cleo, shelf[2]) == 200
        assert (
            cleo.get("/api/documents", query={**new, "created_by": ben.user_id}).json["count"] == 3
        )
        sweep(ben, new)
        assert [status_of(ben, one) for one in shelf] == [200, 200, 200, 404]

    def test_cut_off_after_any_step(
        self, ben: Client, old: Target, new: Target, shelf: list[str]
    ) -> None:
        whole = snapshot()
        retarget(ben, old, new)
        wanted = timeless(items())
        restore(whole)
        for commits in range(1, 10):
            with crash_after(commits) as crash:
                retarget(ben, old, new)
            if not crash.happened:
                break
            retarget(ben, old, new)
            assert timeless(items()) == wanted
            restore(whole)
        assert commits == 4

    def test_nothing_is_lost_on_the_way(
        self, ben: Client, old: Target, new: Target, shelf: list[str]
    ) -> None:
        seen: list[set[str]] = []
        with after_each_commit(lambda: seen.append({*titles(ben, old), *titles(ben, new)})):
            retarget(ben, old, new)
        assert seen == [{"Both", "New", "Old", "plan.txt"}] * 3

    def test_to_itself(self, ben: Client, old: Target, shelf: list[str]) -> None:
        before = items()
        retarget(ben, old, old)
        assert items() == before

    @pytest.mark.parametrize(("end", "error"), [(removed, NotFoundError), (merging, ConflictError)])
    def test_to_one_that_is_going_itself(
        self, ben: Client, old: Target, new: Target, shelf: list[str], end: Any, error: Any
    ) -> None:
        end(ben, new)
        with pytest.raises(error):
            retarget(ben, old, new)
        assert titles(ben, old) == ["Both", "Old", "plan.txt"]

    def test_while_documents_go(
        self, ben: Client, old: Target, new: Target, shelf: list[str]
    ) -> None:
        """Between the reading of them and the move, and with the move half done."""
        last = shelf[-1]
        read_all = documents.of_attachments

        def late(*arguments: Any) -> Any:
            found = read_all(*arguments)
            if status_of(ben, last) == 200:
                ben.delete(f"/api/documents/{last}")
            return found

        with patch.object(documents, "of_attachments", late):
            retarget(ben, old, new)
        assert titles(ben, new) == ["Both", "New", "Old"]
        assert count_of(ben, old) == 0
        assert last not in counters()

    def test_one_whose_document_has_just_gone(
        self, ben: Client, old: Target, new: Target, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = attach(ben, old).json["document_id"]
        with recorded() as records, crash_after(1):
            ben.delete(f"/api/documents/{one}")
        retarget(ben, old, new)
        project(records)
        assert (mentioning(one), count_of(ben, new)) == ([], 0)

    def test_by_request(self, ben: Client, old: Target, new: Target, shelf: list[str]) -> None:
        """A merge of the two."""
        into = path_of({"id": new["related_to_id"]})
        assert ben.post(f"{into}/merge", {"from": old["related_to_id"]}).status == 200
        assert titles(ben, new) == ["Both", "New", "Old", "plan.txt"]
