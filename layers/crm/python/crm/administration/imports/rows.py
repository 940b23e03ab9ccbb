"""Writes rows as records: each in its own transaction, once, even if its chunk is repeated.

The marker of a finished row is written in the transaction that writes its record. So a worker
that repeats the chunk of a crashed one skips the rows that are done.
"""

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pynamodb.expressions.operand import Path

from crm.administration.csv.columns import Plan
from crm.administration.csv.reader import Row
from crm.administration.imports.deduplication import Matcher, Probe
from crm.administration.imports.match_fields import ID
from crm.administration.imports.schemas import Import
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keyed_locks import KeyedLocks
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.dynamodb.transaction import SUPPRESS_RULES, StaleReadError, Transaction
from crm.platform.errors import (
    ConflictError,
    CRMError,
    FieldError,
    UnavailableError,
    ValidationFailedError,
)
from crm.records import repository as owned
from crm.records.custom_fields.definitions import Definitions
from crm.records.owned_service import AnyService
from crm.records.record_service import Fields
from crm.tenancy.permissions import Caller

ATTEMPTS = 20
PAUSE = 0.02
WORKERS = 8

Result = Literal["created", "updated", "skipped", "failed"]


@dataclass(frozen=True)
class Outcome:
    """The result of a row.

    Attributes:
        row: the row.
        result: whether a record was created or updated, or the row skipped or failed.
        errors: the errors of a row that failed.
    """

    row: Row
    result: Result
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True)
class _Read:
    """A readable row: its fields, and the values it is compared by."""

    row: Row
    fields: Fields
    probes: Sequence[Probe]

    @property
    def things(self) -> list[tuple[str, str]]:
        """The (field, value) pairs that it shares with rows matching the same record."""
        return [thing for probe in self.probes for thing in probe.things()]


class Writer:
    """Writes rows of one import.

    Args:
        job: the import.
        service: the service of the records that the rows become.
        caller: the caller in whose name the records are written.
        known: the custom fields of the record type.
        plan: the fields that its columns fill.
    """

    def __init__(
        self, job: Import, service: AnyService, caller: Caller, known: Definitions, plan: Plan
    ) -> None:
        self._job = job
        self._service = service
        self._caller = caller
        self._known = known
        self._plan = plan
        self._matcher = Matcher(job, service, caller)
        self._locks = KeyedLocks()

    def write(self, rows: Sequence[Row]) -> list[Outcome]:
        """Write rows, concurrently unless one can match a record that another one writes.

        Raises:
            UnavailableError: DynamoDB is overloaded. Finished rows stay written; the call can be
                repeated.
        """
        outcomes = self._done(rows)
        waiting: list[_Read] = []
        for row in rows:
            if row.line not in outcomes:
                try:
                    waiting.append(self._read(row))
                except CRMError as error:
                    outcomes[row.line] = _failed(row, error)
        for group in _pool().map(self._in_turn, _groups(waiting)):
            outcomes.update((one.row.line, one) for one in group)
        return [outcomes[row.line] for row in rows]

    def _done(self, rows: Sequence[Row]) -> dict[int, Outcome]:
        """Return the results of finished rows, of a worker that crashed before its report."""
        job = self._job
        first, last = (
            keys.import_row(job.organization_id, job.id, row.line) for row in (rows[0], rows[-1])
        )
        found = SYSTEM.query(first.pk, (first.sk, last.sk), len(rows))
        results = {int(item["sk"]): item["result"] for item in found}
        return {row.line: Outcome(row, results[row.line]) for row in rows if row.line in results}

    def _read(self, row: Row) -> _Read:
        if row.error:
            raise ValidationFailedError(row.error)
        fields = self._plan.fields(row.cells)
        return _Read(row, fields, self._matcher.probes(fields))

    def _in_turn(self, group: Sequence[_Read]) -> list[Outcome]:
        return [self._one(one) for one in group]

    def _one(self, one: _Read) -> Outcome:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return Outcome(one.row, self._attempt(one))
            except StaleReadError:
                if done := self._done([one.row]):
                    return done[one.row.line]
                time.sleep(random.uniform(0, PAUSE * attempt))  # noqa: S311
            except UnavailableError:
                raise
            except CRMError as error:
                return _failed(one.row, error)
        return _failed(one.row, ConflictError("Others kept changing the record."))

    def _attempt(self, one: _Read) -> Result:
        options = self._job.options
        found = self._matcher.find(one.probes)
        rehearsed = found is None and self._matcher.is_rehearsed(one.probes)
        if (found is not None or rehearsed) and options.on_duplicate == "skip":
            return "skipped"
        if rehearsed:
            return "updated"
        transaction = Transaction(None if options.fire_rules else SUPPRESS_RULES)
        if found is None:
            fields = _without_id(one.fields)
            record = self._service.create_of_row(transaction, self._caller, fields, self._known)
            self._commit(transaction, one, self._matcher.claim(record.id), "created")
            return "created"
        owned.require_changeable(self._caller, found)
        current = self._service.answer(found, self._known)
        fields = _without_id(self._plan.fields(one.row.cells, current))
        record = self._service.patch_of_row(transaction, self._caller, found, fields, self._known)
        self._commit(transaction, one, self._matcher.claim(record.id), "updated")
        return "updated"

    def _commit(self, transaction: Transaction, one: _Read, claim: Item, result: Result) -> None:
        job, claims = self._job, self._matcher.claims(one.probes)
        marker = keys.import_row(job.organization_id, job.id, one.row.line)
        done = {"result": result, "expires_on": job.expires_on}
        if job.options.dry_run:
            with self._locks.hold(transaction.items):
                transaction.validate_only()
            SYSTEM.batch_write([{**key._asdict(), **claim} for key in claims], [])
            return
        transaction.put(marker, done, Path("pk").does_not_exist(), table=SYSTEM)
        for key in claims:
            transaction.put(key, claim, table=SYSTEM)
        with self._locks.hold(transaction.items):
            transaction.commit()
        transaction.follow_up()


def _without_id(fields: Fields) -> Fields:
    """Return the fields of a row without the id, which the matching has already used."""
    return {name: value for name, value in fields.items() if name != ID}


def _failed(row: Row, error: CRMError) -> Outcome:
    errors = error.errors or (FieldError("", error.detail),)
    return Outcome(row, "failed", tuple(errors))


def _groups(waiting: Sequence[_Read]) -> list[list[_Read]]:
    """Group rows that share a compared value, each group in the order of the file."""
    groups: dict[int, list[_Read]] = {}
    group_of: dict[tuple[str, str], list[_Read]] = {}
    for one in waiting:
        joined = [one]
        met = [group_of[thing] for thing in one.things if thing in group_of]
        for group in {id(group): group for group in met}.values():
            joined += groups.pop(id(group))
        groups[id(joined)] = joined
        group_of.update((thing, joined) for member in joined for thing in member.things)
    return [sorted(group, key=lambda one: one.row.line) for group in groups.values()]


@cache
def _pool() -> ThreadPoolExecutor:
    """Own threads for rows: each row reads in parallel, in another pool that must not fill up."""
    return ThreadPoolExecutor(max_workers=WORKERS)
