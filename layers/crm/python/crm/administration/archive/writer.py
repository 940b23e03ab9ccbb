"""Writing the records of an archive: each once, with all that must be true together with it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from pynamodb.expressions.operand import Path

from crm.administration.archive import iteration
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keyed_locks import Turns
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.retries import until_done
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import CAUSE, RESTORED, StaleReadError, Transaction
from crm.platform.errors import (
    CRMError,
    FieldError,
    LimitExceededError,
    UnavailableError,
    ValidationFailedError,
)
from crm.records.shared_record import SharedRecord
from crm.tenancy.teams import service as teams

WRITERS = 8
"""How many lines are written at the same time."""

LISTS_AT_ONCE = 50
"""With the teams of a record and all that it points to, so many entries fit a transaction."""

MOST_LISTS = 90
"""A deletion takes a record out of all of them at once, and out of a few counts."""

Subject = TypeVar("Subject")
Stage = Callable[[Transaction, Any], None]
"""Stages the writing of a record."""

Numbered = Sequence[tuple[str, Subject]]
"""Things of a piece, each with the words for where it stands."""


@contextmanager
def at(where: str) -> Iterator[None]:
    """Say where in an archive something is wrong.

    Raises:
        ValidationFailedError: instead of whatever refusal it was.
    """
    try:
        yield
    except UnavailableError:
        raise
    except CRMError as error:
        errors = [FieldError(f"{where}: {one.field}"[:255], one.message) for one in error.errors]
        told = [f"{one.field}: {one.message}" for one in error.errors[:1]] or [error.detail]
        raise ValidationFailedError(f"{where}: {told[0]}", errors) from error


def each(write: Callable[[Subject], None], numbered: Iterable[tuple[str, Subject]]) -> None:
    """Do something with each thing of a piece, several at a time; the first refusal is raised."""

    def one(place: tuple[str, Subject]) -> None:
        where, subject = place
        with at(where):
            write(subject)

    with ThreadPoolExecutor(max_workers=WRITERS) as pool:
        for _ in pool.map(one, numbered):
            pass


def all_of(records: Numbered[Record], stage: Stage) -> None:
    """Write those of the records that have not been written yet.

    Raises:
        ValidationFailedError: one of them is refused.
        UnavailableError: DynamoDB is overloaded or out of reach; repeat it.
    """
    there = iteration.existing([record.key for _, record in records])
    missing = [(where, record) for where, record in records if record.key not in there]
    turns = Turns()
    each(lambda record: once(record, stage, turns), missing)


def once(record: Record, stage: Stage, turns: Turns) -> None:
    """Write a record, unless somebody else is just doing that, or has done it.

    Args:
        record: as it shall be.
        stage: stages the writing of it.
        turns: of the threads that write at the same time.
    """

    def step() -> bool:
        transaction = Transaction(RESTORED)
        stage(transaction, record)
        try:
            with turns.at(transaction.items):
                transaction.commit()
        except StaleReadError:
            if RECORDS.get(record.key) is None:
                raise
        return False

    until_done(step)


def save(transaction: Transaction, record: Record) -> None:
    """Stage a record with the entries of its lists.

    A record has come into its lists one by one; where they are too many for one transaction,
    some entries stand there before the record, and tell nobody of anything until it does.

    Raises:
        LimitExceededError: they are so many that the record could never be deleted.
    The commit raises:
        DuplicateError: another record has one of its unique values.
        ValidationFailedError: it is shared with a team that is not there.
    """
    if isinstance(record, SharedRecord):
        teams.require(transaction, record.organization_id, record.shared_with)
    entries = [
        (keys.entry(record.organization_id, record.KIND, name, position), record.entry(name))
        for name, position in record.lists().items()
    ]
    if len(entries) > MOST_LISTS:
        raise LimitExceededError("The record would stand in too many lists.")
    if len(entries) <= LISTS_AT_ONCE:
        transaction.save(record, None)
        return
    ahead = entries[LISTS_AT_ONCE:]
    RECORDS.batch_write([{**key._asdict(), **entry} for key, entry in ahead], [])
    transaction.put(record.key, {**record.item(), CAUSE: RESTORED}, Path("pk").does_not_exist())
    for key, entry in entries[:LISTS_AT_ONCE]:
        transaction.put(key, entry)
