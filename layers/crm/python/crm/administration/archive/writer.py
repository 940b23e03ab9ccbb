"""Writes the records of an archive: each once, in a transaction with its conditions."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from pynamodb.expressions.operand import Path

from crm.administration.archive import iteration
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keyed_locks import KeyedLocks
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import (
    ORIGIN,
    RESTORED,
    StaleReadError,
    Transaction,
    retry_on_conflict,
)
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
"""Lines that are written in parallel."""

LISTS_AT_ONCE = 50
"""Index items that fit into a transaction with the teams and references of a record."""

MOST_LISTS = 90
"""Maximum lists per record: a transaction deletes it from all of them, and from a few counters."""

Subject = TypeVar("Subject")
Stage = Callable[[Transaction, Any], None]
"""Stages the writing of a record."""

Numbered = Sequence[tuple[str, Subject]]
"""Subjects of a piece, each with a description of its location."""


@contextmanager
def at(where: str) -> Iterator[None]:
    """Add the location in the archive to errors.

    Raises:
        ValidationFailedError: The body raised a `CRMError` other than `UnavailableError`.
    """
    try:
        yield
    except UnavailableError:
        raise
    except CRMError as error:
        errors = [FieldError(f"{where}: {one.field}"[:255], one.message) for one in error.errors]
        messages = [f"{one.field}: {one.message}" for one in error.errors[:1]] or [error.detail]
        raise ValidationFailedError(f"{where}: {messages[0]}", errors) from error


def each(write: Callable[[Subject], None], numbered: Iterable[tuple[str, Subject]]) -> None:
    """Write each subject of a piece, several in parallel; the first error is raised."""

    def one(place: tuple[str, Subject]) -> None:
        where, subject = place
        with at(where):
            write(subject)

    with ThreadPoolExecutor(max_workers=WRITERS) as pool:
        for _ in pool.map(one, numbered):
            pass


def all_of(records: Numbered[Record], stage: Stage) -> None:
    """Write those of the records that do not exist yet.

    Raises:
        ValidationFailedError: A record is invalid.
        UnavailableError: DynamoDB is overloaded or unreachable; repeat the call.
    """
    there = iteration.existing([record.key for _, record in records])
    missing = [(where, record) for where, record in records if record.key not in there]
    locks = KeyedLocks()
    each(lambda record: once(record, stage, locks), missing)


def once(record: Record, stage: Stage, locks: KeyedLocks) -> None:
    """Write a record, unless another worker is writing it or has written it.

    Args:
        record: the record to write.
        stage: stages the writing of the record.
        locks: the locks of the threads that write in parallel.
    """

    def step() -> None:
        transaction = Transaction(RESTORED)
        stage(transaction, record)
        try:
            with locks.hold(transaction.items):
                transaction.commit()
        except StaleReadError:
            if RECORDS.get(record.key) is None:
                raise

    retry_on_conflict(step)


def save(transaction: Transaction, record: Record) -> None:
    """Stage a record with its index items.

    A record may have come into its lists one by one; if they are too many for one transaction, some
    index items are written before the record, and have no effect until it exists.

    Raises:
        LimitExceededError: The index items are too many for the record ever to be deleted.
    The commit raises:
        DuplicateError: Another record has one of its unique values.
        ValidationFailedError: The record is shared with a team that does not exist.
    """
    if isinstance(record, SharedRecord):
        teams.require(transaction, record.organization_id, record.shared_with)
    entries = [
        (keys.index_item(record.organization_id, record.KIND, name, position), record.entry(name))
        for name, position in record.index_entries().items()
    ]
    if len(entries) > MOST_LISTS:
        raise LimitExceededError("The record would stand in too many lists.")
    if len(entries) <= LISTS_AT_ONCE:
        transaction.save(record, None)
        return
    ahead = entries[LISTS_AT_ONCE:]
    RECORDS.batch_write([{**key._asdict(), **entry} for key, entry in ahead], [])
    transaction.put(record.key, {**record.item(), ORIGIN: RESTORED}, Path("pk").does_not_exist())
    for key, entry in entries[:LISTS_AT_ONCE]:
        transaction.put(key, entry)
