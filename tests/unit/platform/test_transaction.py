"""Errors of cancelled transactions, and the operations of a transaction."""

from collections.abc import Iterator
from typing import Any

import pytest
from pynamodb.exceptions import CancellationReason, TransactWriteError, VerboseClientError
from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import table, transaction
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.transaction import MAX_OPERATIONS, StaleReadError, Transaction
from crm.platform.errors import (
    ConflictError,
    DuplicateError,
    LastAdminError,
    LimitExceededError,
    UnavailableError,
)

FAILED, CONFLICT, NONE = "ConditionalCheckFailed", "TransactionConflict", "None"


class Note(Record):
    """A record with a list and a unique value."""

    KIND = "note"
    name: str
    shelf: str

    def index_entries(self) -> dict[str, str]:
        return {"all": self.id, f"shelf#{self.shelf}": self.id}

    def unique_constraints(self) -> dict[str, str]:
        return {"name": self.name.lower()}


class Wire:
    """Stands where the connection does: keeps what is sent, and may answer with an error."""

    def __init__(self) -> None:
        self.sent: list[list[dict[str, Any]]] = []
        self.error: Exception | None = None

    def transact_write_items(self, *groups: list[dict[str, Any]]) -> None:
        self.sent = list(groups)
        if self.error:
            raise self.error


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    monkeypatch.setenv("RECORDS_TABLE", "records")
    monkeypatch.setenv("BOOKKEEPING_TABLE", "bookkeeping")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    table.connection.cache_clear()
    made = Wire()
    monkeypatch.setattr(transaction, "connection", lambda: made)
    yield made
    table.connection.cache_clear()


def refused(*reasons: str, code: str = "TransactionCanceledException") -> TransactWriteError:
    """The error for a transaction whose operations failed so, in the order that they were sent."""
    cause = VerboseClientError(
        {"Error": {"Code": code, "Message": "cancelled"}},
        "TransactWriteItems",
        {"request_id": "1", "table_name": "records"},
        cancellation_reasons=[None if one == NONE else CancellationReason(one) for one in reasons],
    )
    return TransactWriteError("cancelled", cause)


def staged() -> Transaction:
    """Four operations, staged in another order than the one in which they are sent."""
    work, here = Transaction(), Path("pk").exists()
    work.update(Key("u", "#"), [Path("n").set(1)], here, LastAdminError)
    work.put(Key("p", "#"), {"n": 1}, here, DuplicateError)
    work.delete(Key("d", "#"), here)
    work.check(Key("c", "#"), here, ConflictError)
    return work


@pytest.mark.parametrize(
    ("reasons", "error"),
    [
        ((FAILED, NONE, NONE, NONE), ConflictError),
        ((NONE, FAILED, NONE, NONE), StaleReadError),
        ((NONE, NONE, FAILED, NONE), DuplicateError),
        ((NONE, NONE, NONE, FAILED), LastAdminError),
        ((FAILED, NONE, FAILED, FAILED), ConflictError),
        ((NONE, NONE, FAILED, FAILED), DuplicateError),
        ((FAILED, FAILED, FAILED, FAILED), StaleReadError),
        ((NONE, NONE, CONFLICT, FAILED), StaleReadError),
        ((NONE, NONE, CONFLICT, NONE), StaleReadError),
        ((NONE, NONE, "ThrottlingError", NONE), StaleReadError),
        ((NONE, NONE, "ValidationError", NONE), TransactWriteError),
    ],
)
def test_a_stale_read_outranks_a_refusal(
    wire: Wire, reasons: tuple[str, ...], error: type[Exception]
) -> None:
    wire.error = refused(*reasons)
    with pytest.raises(error) as caught:
        staged().commit()
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ThrottlingException", UnavailableError),
        ("ProvisionedThroughputExceededException", UnavailableError),
        ("TransactionInProgressException", UnavailableError),
        ("InternalServerError", UnavailableError),
        ("ValidationException", TransactWriteError),
        ("AccessDeniedException", TransactWriteError),
    ],
)
def test_what_is_no_cancellation(wire: Wire, code: str, error: type[Exception]) -> None:
    wire.error = refused(code=code)
    with pytest.raises(error) as caught:
        staged().commit()
    assert type(caught.value) is error


def keys_of(group: list[dict[str, Any]]) -> list[tuple[str, str]]:
    wholes = [one.get("Key") or one["Item"] for one in group]
    return [(whole["pk"]["S"], whole["sk"]["S"]) for whole in wholes]


def test_each_operation_goes_to_its_kind(wire: Wire) -> None:
    work = staged()
    work.commit()
    assert len(work) == 4
    assert [keys_of(group) for group in wire.sent] == [
        [("c", "#")],
        [("d", "#")],
        [("p", "#")],
        [("u", "#")],
    ]


def test_nothing_to_do_asks_for_nothing(wire: Wire) -> None:
    wire.error = AssertionError("sent")
    Transaction().commit()


def test_more_than_one_transaction_holds(wire: Wire) -> None:
    work = Transaction()
    for number in range(MAX_OPERATIONS + 1):
        work.put(Key(f"p{number}", "#"), {})
    with pytest.raises(LimitExceededError):
        work.commit()
    assert wire.sent == []


class TestRecords:
    """A record goes with its list entries and its unique values."""

    NOTE = Note.create("org", "me", name="Brook", shelf="a")
    LIST, UNIQUE = "ORG#org#LIST#NOTE#", "ORG#org#UNIQUE#NOTE#"

    def sent(self, wire: Wire, new: Note, old: Note | None) -> tuple[set[str], set[str]]:
        """Partition keys that are put and deleted, the record's own aside."""
        work = Transaction()
        work.save(new, old)
        work.commit()
        _, deletes, puts, _ = (keys_of(group) for group in wire.sent)
        assert new.key in puts
        return {pk for pk, _ in puts} - {new.key.pk}, {pk for pk, _ in deletes}

    def test_made(self, wire: Wire) -> None:
        puts, deletes = self.sent(wire, self.NOTE, None)
        assert puts == {f"{self.LIST}all", f"{self.LIST}shelf#a", f"{self.UNIQUE}brook"}
        assert deletes == set()

    def test_unchanged_in_what_is_listed(self, wire: Wire) -> None:
        assert self.sent(wire, self.NOTE.changed("me"), self.NOTE) == (set(), set())

    def test_respelt(self, wire: Wire) -> None:
        assert self.sent(wire, self.NOTE.changed("me", name="BROOK"), self.NOTE) == (set(), set())

    def test_moved_and_renamed(self, wire: Wire) -> None:
        new = self.NOTE.changed("me", name="Creek", shelf="b")
        assert self.sent(wire, new, self.NOTE) == (
            {f"{self.LIST}shelf#b", f"{self.UNIQUE}creek"},
            {f"{self.LIST}shelf#a", f"{self.UNIQUE}brook"},
        )

    def test_removed(self, wire: Wire) -> None:
        work = Transaction()
        work.delete_record(self.NOTE)
        work.commit()
        assert set(keys_of(wire.sent[1])) == {
            self.NOTE.key,
            (f"{self.LIST}all", self.NOTE.id),
            (f"{self.LIST}shelf#a", self.NOTE.id),
            (f"{self.UNIQUE}brook", "#unique"),
        }
