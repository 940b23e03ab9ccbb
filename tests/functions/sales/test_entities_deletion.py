"""The end of an entity: with all that hangs on it, in one transaction or in many"""

from typing import Any
from unittest.mock import patch

import pytest

from crm.platform.dynamodb import transaction as transactions
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.sales.entities import deletion
from tests.support.client import Client
from tests.support.crashes import crash_after
from tests.support.entities import (
    ADDRESS,
    EMAIL,
    IDENTIFIER,
    PATH,
    address,
    contact_point,
    detail,
    entity,
    identifier,
    path_of,
    related,
)
from tests.support.stream import StreamRecord, project, recorded, stream_record
from tests.support.tables import Items, items, mentioning, restore, snapshot

pytestmark = pytest.mark.thorough

EACH = 6
"""Parts of each of four kinds: 24 of them, and a primary in some groups."""

FEW = 32
"""Operations of one transaction, so that 24 parts take many."""


@pytest.fixture
def other(ada: Client) -> Any:
    return entity(ada, "Other")


@pytest.fixture
def large(ada: Client, other: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An entity larger than a transaction, related to another one in both directions."""
    monkeypatch.setattr(deletion, "MAX_OPERATIONS", FEW)
    made = entity(ada, "Large")
    for n in range(EACH):
        address(ada, made, is_primary=n == 0)
        contact_point(ada, made, value=f"ada{n}@example.com", is_primary=n % 2 == 0)
        identifier(ada, made, value=f"DE{n:09}", is_primary=n == 5)
        ends = (made, other) if n % 2 else (other, made)
        related(ada, *ends, kind=f"type {n}")
    return made


def removal(key: tuple[str, str], before: Items) -> list[StreamRecord]:
    """Return the stream record of a deleted item."""
    return [stream_record(before[key], None)]


def test_a_small_one_goes_in_one_transaction(ada: Client, other: Any) -> None:
    before = items()
    made = entity(ada)
    for add in (address, contact_point, identifier):
        add(ada, made, is_primary=True)
    related(ada, made, other)
    with crash_after(1) as crash:
        ada.delete(path_of(made))
    assert crash.happened
    assert items() == before


def test_nothing_is_left_of_a_large_one(ada: Client, other: Any, large: Any) -> None:
    before = mentioning(large["id"])
    assert len(before) > 4 * EACH
    assert len(detail(ada, other)["relationships"]) == EACH
    assert ada.delete(path_of(large)).status == 204
    assert mentioning(large["id"]) == []
    assert detail(ada, other)["relationships"] == []
    assert ada.get(PATH).ids == [other["id"]]
    assert ada.get(PATH, query={"contact_point": "ada1@example.com"}).json["count"] == 0
    identifier(ada, other, value="DE000000005")
    related(ada, other, entity(ada), "type 0")
    assert ada.delete(path_of(large)).problem == (404, "not_found")


def test_cut_off_anywhere_it_is_gone_and_the_stream_goes_on(
    ada: Client, other: Any, large: Any
) -> None:
    whole = snapshot()
    key = next(key for key in items() if key == record_key(ada, large))
    before = items()
    commits = 0
    while True:
        commits += 1
        with crash_after(commits) as crash:
            ada.delete(path_of(large))
        if not crash.happened:
            break
        left = mentioning(large["id"])
        invisible(ada, other, large)
        project(removal(key, before))
        assert mentioning(large["id"]) == []
        assert detail(ada, other)["relationships"] == []
        if commits == 1:
            assert len(left) > 30
        restore(whole)
    assert commits > 3


def invisible(ada: Client, other: Any, gone: Any) -> None:
    """No request shows an entity that is gone, although much of it is still there."""
    assert ada.get(path_of(gone)).problem == (404, "not_found")
    assert ada.get(f"{path_of(gone)}/addresses").problem == (404, "not_found")
    assert ada.get(PATH).ids == [other["id"]]
    assert ada.get(PATH, query={"contact_point": "ada3@example.com"}).ids == []
    assert detail(ada, other)["relationships"] == []
    relationships = f"{path_of(other)}/relationships"
    assert ada.get(relationships).ids == []
    for pk, sk in mentioning(gone["id"]):
        if pk.endswith(other["id"]) and sk.startswith("#RELATIONSHIP#"):
            path = f"{relationships}/{sk.rpartition('#')[2]}"
            assert ada.get(path).problem == (404, "not_found")
            changed = ada.patch(path, {"inverse_type": "x"})
            assert changed.problem == (404, "not_found")
    new = {"to_entity": gone["id"], "relationship_type": "owns"}
    assert ada.post(relationships, new).fields == ["to_entity"]
    assert ada.post(f"{path_of(gone)}/addresses", ADDRESS).problem == (404, "not_found")


def record_key(client: Client, one: Any) -> tuple[str, str]:
    return f"ORG#{client.organization_id}#ENTITY#{one['id']}", "#"


def test_two_who_sweep_do_not_disturb_each_other(ada: Client, other: Any, large: Any) -> None:
    """The stream tells of the deletion while the request is still at it."""
    before = items()
    removed = removal(record_key(ada, large), before)
    commit, calls = Transaction.commit, 0

    def raced(transaction: Transaction) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            with patch.object(Transaction, "commit", commit):
                project(removed)
        commit(transaction)

    with patch.object(Transaction, "commit", raced):
        assert ada.delete(path_of(large)).status == 204
    assert mentioning(large["id"]) == []
    assert detail(ada, other)["relationships"] == []


def test_who_is_always_slower_has_still_deleted_it(ada: Client, other: Any, large: Any) -> None:
    before = items()
    commit, calls = Transaction.commit, 0

    def slower(transaction: Transaction) -> None:
        nonlocal calls
        calls += 1
        if calls > 1 and len(transaction):
            raise StaleReadError
        commit(transaction)

    with patch.object(Transaction, "commit", slower), patch.object(transactions, "RETRY_PAUSE", 0):
        assert ada.delete(path_of(large)).status == 204
        assert ada.get(path_of(large)).problem == (404, "not_found")
    project(removal(record_key(ada, large), before))
    assert mentioning(large["id"]) == []


def test_redelivery_and_an_event_of_nothing_left(ada: Client, large: Any) -> None:
    before = items()
    ada.delete(path_of(large))
    after = items()
    for _ in range(2):
        project(removal(record_key(ada, large), before))
    assert items() == after


def test_what_is_added_at_the_last_moment_goes_too(ada: Client) -> None:
    """A part that is written between the reading of all parts and the end of the entity."""
    made = entity(ada)
    commit = Transaction.commit
    added: list[Any] = []

    def late(transaction: Transaction) -> None:
        if not added:
            added.append(True)
            with patch.object(Transaction, "commit", commit):
                contact_point(ada, made, is_primary=True)
                identifier(ada, made)
        commit(transaction)

    with patch.object(Transaction, "commit", late):
        assert ada.delete(path_of(made)).status == 204
    assert mentioning(made["id"]) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [("addresses", ADDRESS), ("contact-points", EMAIL), ("identifiers", IDENTIFIER)],
)
def test_a_part_of_an_entity_that_goes_meanwhile(ada: Client, kind: str, body: Any) -> None:
    made = entity(ada)
    commit = Transaction.commit
    gone: list[Any] = []

    def late(transaction: Transaction) -> None:
        if not gone:
            gone.append(True)
            with patch.object(Transaction, "commit", commit):
                assert ada.delete(path_of(made)).status == 204
        commit(transaction)

    with patch.object(Transaction, "commit", late):
        reply = ada.post(f"{path_of(made)}/{kind}", body)
    assert reply.problem == (404, "not_found")
    assert mentioning(made["id"]) == []


def test_a_relationship_to_an_entity_that_goes_meanwhile(ada: Client, other: Any) -> None:
    made = entity(ada)
    commit = Transaction.commit
    gone: list[Any] = []

    def late(transaction: Transaction) -> None:
        if not gone:
            gone.append(True)
            with patch.object(Transaction, "commit", commit):
                assert ada.delete(path_of(made)).status == 204
        commit(transaction)

    body = {"to_entity": made["id"], "relationship_type": "owns"}
    with patch.object(Transaction, "commit", late):
        assert ada.post(f"{path_of(other)}/relationships", body).status in {404, 422}
    assert mentioning(made["id"]) == []


def test_the_index_forgets_it(ada: Client) -> None:
    with recorded() as made_records:
        made = entity(ada, "Forgotten")
    project(made_records)
    assert ada.get(f"{PATH}?name=forgotten").ids == [made["id"]]
    with recorded() as gone:
        ada.delete(path_of(made))
    project(gone)
    assert ada.get(f"{PATH}?name=forgotten").json["count"] == 0
