"""Activities of a record that goes, or becomes another one: all of them, cut off or not"""

from typing import Any
from unittest.mock import patch

import pytest

from crm.platform.dynamodb import transaction as transactions
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.queries import read_many
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.platform.errors import ConflictError, NotFoundError, UnavailableError
from crm.related.activities import service
from crm.tenancy.permissions import Caller
from tests.support.activities import BODIES, PATH, about, activity, path_of
from tests.support.client import Client
from tests.support.crashes import crash_after
from tests.support.entities import UNKNOWN, entity
from tests.support.stream import project, recorded
from tests.support.tables import items, mentioning, restore, snapshot

pytestmark = pytest.mark.thorough

MANY = 12
"""More than fit one transaction, as it is made small below."""


@pytest.fixture
def acme(ada: Client) -> Any:
    return entity(ada, "Acme")


@pytest.fixture
def other(ada: Client) -> Any:
    return entity(ada, "Other")


@pytest.fixture
def many(
    ada: Client, ben: Client, acme: Any, other: Any, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Activities about Acme, newest first; there is one more about the other."""
    monkeypatch.setattr(service, "MAX_OPERATIONS", 41)
    monkeypatch.setattr(service, "BATCH", 5)
    activity(ada, **about(other))
    made = [
        activity(
            ada,
            list(BODIES)[n % 5],
            assigned_to=(ada, ben)[n % 2].user_id,
            is_completed=n % 3 == 0,
            **about(acme),
            **({"due_date": f"2026-12-{n + 1:02}"} if n % 2 else {}),
        )["id"]
        for n in range(MANY)
    ]
    return made[::-1]


def of(client: Client, record: Any, **query: str) -> list[str]:
    return client.get(PATH, query={**about(record), "limit": 100, **query}).ids


def caller(client: Client) -> Caller:
    return Caller(client.user_id, str(client.organization_id), "admin")


def sweep(client: Client, record: Any) -> list[str]:
    return service.delete_about(str(client.organization_id), "entity", record["id"])


def retarget(client: Client, old: Any, new: Any) -> None:
    service.retarget(caller(client), RecordRef("entity", old["id"]), RecordRef("entity", new["id"]))


# ── The end of one ──────────────────────────────────────────────────────────────────────────────


def test_nothing_is_left_of_a_deleted_activity(ada: Client, acme: Any) -> None:
    before = items()
    made = activity(ada, due_date="2026-12-01", **about(acme))
    assert len(mentioning(made["id"])) > 8
    assert ada.delete(path_of(made)).status == 204
    assert items() == before
    assert ada.get(path_of(made)).problem == (404, "not_found")


# ── The end of what they are about ──────────────────────────────────────────────────────────────


def test_all_go_and_no_others(ada: Client, acme: Any, other: Any, many: list[str]) -> None:
    left = of(ada, other)
    assert sorted(sweep(ada, acme)) == sorted(many)
    assert ada.get(PATH).ids == left
    for gone in many:
        assert mentioning(gone) == []
    assert sweep(ada, acme) == []


def test_a_deleted_entity_takes_them_along(ada: Client, acme: Any, many: list[str]) -> None:
    assert ada.delete(f"/api/entities/{acme['id']}").status == 204
    assert of(ada, acme) == []
    assert ada.get(PATH).json["count"] == 1
    assert mentioning(acme["id"]) == []


def test_cut_off_anywhere_the_rest_goes_when_repeated(
    ada: Client, acme: Any, many: list[str]
) -> None:
    whole, commits = snapshot(), 0
    while True:
        commits += 1
        with crash_after(commits) as crash:
            sweep(ada, acme)
        if not crash.happened:
            break
        left = of(ada, acme)
        assert sorted(sweep(ada, acme)) == sorted(left)
        assert of(ada, acme) == []
        restore(whole)
    assert commits > 3


def test_two_who_sweep_do_not_disturb_each_other(ada: Client, acme: Any, many: list[str]) -> None:
    commit, calls = Transaction.commit, 0
    swept: list[str] = []

    def raced(transaction: Transaction) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            with patch.object(Transaction, "commit", commit):
                swept.extend(sweep(ada, acme))
        commit(transaction)

    with patch.object(Transaction, "commit", raced):
        swept.extend(sweep(ada, acme))
    assert sorted(swept) == sorted(many)
    assert of(ada, acme) == []


def test_those_that_go_while_they_are_read_are_not_taken_for_the_last(
    ada: Client, acme: Any, many: list[str]
) -> None:
    deleted: list[Any] = []

    def late(kind: Any, organization_id: str, wanted: Any) -> Any:
        wanted = list(wanted)
        if not deleted:
            deleted.extend(wanted)
            with patch.object(service, "read_many", read_many):
                for one in wanted:
                    assert ada.delete(f"{PATH}/{one}").status == 204
        return read_many(kind, organization_id, wanted)

    with patch.object(service, "read_many", late), patch.object(transactions, "RETRY_PAUSE", 0):
        swept = sweep(ada, acme)
    assert sorted([*deleted, *swept]) == sorted(many)
    assert of(ada, acme) == []


def test_who_is_always_slower_gives_up(ada: Client, acme: Any, many: list[str]) -> None:
    calls = 0

    def slower(_: Transaction) -> None:
        nonlocal calls
        calls += 1
        raise StaleReadError

    with (
        patch.object(Transaction, "commit", slower),
        patch.object(transactions, "RETRY_PAUSE", 0),
        pytest.raises(UnavailableError),
    ):
        sweep(ada, acme)
    assert calls == transactions.RETRY_ATTEMPTS
    assert of(ada, acme) == many


# ── What they are about becomes another record ──────────────────────────────────────────────────


def test_all_move_and_stay_what_they_are(
    ada: Client, acme: Any, other: Any, many: list[str]
) -> None:
    before = {one: ada.get(f"{PATH}/{one}").json for one in many}
    dated = of(ada, acme, order="due_date")
    (kept,) = of(ada, other)
    retarget(ada, acme, other)
    assert of(ada, acme) == []
    assert of(ada, acme, order="due_date") == []
    assert of(ada, other) == [*many, kept]
    assert [one for one in of(ada, other, order="due_date") if one != kept] == dated
    for one in many:
        after = ada.get(f"{PATH}/{one}").json
        changed = {name for name in after if after[name] != before[one][name]}
        assert changed - {"updated_on"} == {"related_to_id", "version"}
    retarget(ada, acme, other)
    assert ada.get(f"{PATH}/{many[0]}").json["version"] == 2


def test_a_move_cut_off_anywhere_is_completed_by_repeating_it(
    ada: Client, acme: Any, other: Any, many: list[str]
) -> None:
    whole, commits = snapshot(), 0
    (kept,) = of(ada, other)
    while True:
        commits += 1
        with crash_after(commits) as crash:
            retarget(ada, acme, other)
        if not crash.happened:
            break
        assert sorted(of(ada, acme) + of(ada, other)) == sorted([*many, kept])
        retarget(ada, acme, other)
        assert (of(ada, acme), of(ada, other)) == ([], [*many, kept])
        versions = {ada.get(f"{PATH}/{one}").json["version"] for one in many}
        assert versions == {2}
        restore(whole)
    assert commits > 3


def test_to_a_record_that_is_not_there_nothing_moves(
    ada: Client, acme: Any, many: list[str]
) -> None:
    with pytest.raises(NotFoundError):
        retarget(ada, acme, {"id": UNKNOWN})
    assert of(ada, acme) == many


def test_to_where_it_is_already_nothing_moves(ada: Client, acme: Any, many: list[str]) -> None:
    before = items()
    retarget(ada, acme, acme)
    assert items() == before


def test_to_a_record_on_its_way_into_another_nothing_moves(
    ada: Client, acme: Any, other: Any, many: list[str]
) -> None:
    path = f"/api/entities/{entity(ada)['id']}/merge"
    with crash_after(1):
        ada.post(path, {"from": other["id"]})
    with pytest.raises(ConflictError):
        retarget(ada, acme, other)
    assert of(ada, acme) == many


def test_what_changes_meanwhile_moves_as_it_is(ada: Client, acme: Any, other: Any) -> None:
    made = activity(ada, **about(acme))
    commit = Transaction.commit
    changed: list[Any] = []

    def late(transaction: Transaction) -> None:
        if not changed:
            changed.append(True)
            with patch.object(Transaction, "commit", commit):
                assert ada.patch(path_of(made), {"subject": "Other"}).status == 200
        commit(transaction)

    with patch.object(Transaction, "commit", late):
        retarget(ada, acme, other)
    after = ada.get(path_of(made)).json
    assert (after["subject"], after["related_to_id"], after["version"]) == (
        "Other",
        other["id"],
        3,
    )


def test_who_sees_the_new_record_reads_them(
    ada: Client, cleo: Client, team: str, acme: Any
) -> None:
    shared = entity(ada, "Shared", shared_with=[team])
    made = activity(ada, **about(acme))
    assert cleo.get(path_of(made)).problem == (403, "permission_denied")
    with recorded() as records:
        retarget(ada, acme, shared)
    project(records)
    assert cleo.get(path_of(made)).status == 200
    (latest, *_) = cleo.get(f"{path_of(made)}/history").json["results"]
    assert latest["changes"] == [{"field": "related_to_id", "old": acme["id"], "new": shared["id"]}]


# ── A note that comes with another write ────────────────────────────────────────────────────────


def test_a_note_is_written_with_what_it_is_about(ada: Client, acme: Any) -> None:
    transaction = Transaction()
    note = service.note(
        transaction, caller(ada), "entity", acme["id"], f"{'x' * 254} and more", "Because."
    )
    assert of(ada, acme) == []
    transaction.commit()
    (row,) = ada.get(PATH, query=about(acme)).json["results"]
    assert row["id"] == note.id
    assert (row["type"], row["subject"], row["description"]) == ("note", "x" * 254, "Because.")
    assert row["assigned_to"] == row["created_by"] == ada.user_id
    assert ada.patch(path_of(row), {"is_completed": True}).status == 200
