"""Finds the record that a row matches, if any.

If the table has an index by the field, or the field is the id, the record is looked up there.
For any other field, all records are read once, before the first row, and their values are
stored with the import; the values that its rows write are added. So a row also matches a record
that an earlier row of the same file has written.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.administration.imports.match_fields import ID
from crm.administration.imports.schemas import Import
from crm.platform import ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import take
from crm.platform.dynamodb.queries import read_many, record_ids_of
from crm.platform.dynamodb.table import SYSTEM
from crm.records import repository as owned
from crm.records.owned_record import OwnedRecord
from crm.records.owned_service import AnyService
from crm.records.record_service import Fields
from crm.records.search.text import fold
from crm.tenancy.permissions import Caller

PAGE = 100
MAX_ALIKE = 25
"""Maximum number of records with the same value that are compared."""


@dataclass(frozen=True)
class Probe:
    """The values of one field by which a row matches; any one of them suffices.

    Attributes:
        field: the field.
        values: the values in the form in which they are compared: index names, if the table has an
            index by the field.
        are_lists: whether the table has such an index.
    """

    field: str
    values: tuple[str, ...]
    are_lists: bool = False

    def things(self) -> list[tuple[str, str]]:
        """Return the (field, value) pairs that rows matching the same record share."""
        return [(self.field, value) for value in self.values]


class Matcher:
    """Finds the records that the rows of one import match.

    Args:
        job: the import.
        service: the service of the records that the rows become.
        caller: only records that the caller may see match.
    """

    def __init__(self, job: Import, service: AnyService, caller: Caller) -> None:
        self._job = job
        self._service = service
        self._caller = caller
        self._fields = job.options.match_on if job.options.on_duplicate != "create" else []

    @property
    def indexed(self) -> list[str]:
        """Fields without an index in the table, for which the import indexes all records."""
        return [
            field
            for field in self._fields
            if field != ID and self._service.match_lists(field, {}) is None
        ]

    def probes(self, fields: Fields) -> list[Probe]:
        """Return the probes of a row, in the order of `match_on`; empty values match nothing."""
        return [probe for field in self._fields for probe in self._probes_of(field, fields)]

    def find(self, probes: Sequence[Probe]) -> OwnedRecord | None:
        """Return the record that a row matches: the oldest match of the first successful probe."""
        for probe in probes:
            found = [
                record
                for record in self._found(probe)
                if owned.may_see(self._caller, record)
                and getattr(record, "merging_into", None) is None
            ]
            if found:
                return min(found, key=lambda record: record.id)
        return None

    def is_rehearsed(self, probes: Sequence[Probe]) -> bool:
        """Return whether an earlier row of a dry run would have written the record of this row."""
        claims = self.claims(probes) if self._job.options.dry_run else []
        return bool(SYSTEM.batch_get(claims))

    def claims(self, probes: Iterable[Probe]) -> list[Key]:
        """Return the keys under which this import stores which record has a value."""
        kept = set(self.indexed)
        return [
            keys.import_match(self._job.organization_id, self._job.id, *thing)
            for probe in probes
            if probe.field in kept or (self._job.options.dry_run and probe.field != ID)
            for thing in probe.things()
        ]

    def index(self, start: str | None) -> str | None:
        """Index one page of the records; idempotent.

        Args:
            start: sort key at which the page begins; None for the first page.

        Returns:
            Sort key at which the next page begins; None after the last one.
        """
        kind, known = self._service.model, self._service.definitions(self._caller)
        page = take(owned.Lists(kind, self._caller).visible(), PAGE, start=start)
        records = owned.visible(kind, self._caller, record_ids_of(page.entries))
        claims: dict[Key, Item] = {}
        for record in sorted(records, key=lambda one: one.id, reverse=True):
            shown = self._service.answer(record, known)
            found = [probe for field in self.indexed for probe in self._probes_of(field, shown)]
            claims |= dict.fromkeys(self.claims(found), self.claim(record.id))
        SYSTEM.batch_write(
            [{"pk": key.pk, "sk": key.sk, **item} for key, item in claims.items()], []
        )
        return page.next_position

    def claim(self, record_id: str) -> Item:
        """Return the item that stores which record has, or was given, a value."""
        return {"record_id": record_id, "expires_on": self._job.expires_on}

    def _probes_of(self, field: str, fields: Fields) -> list[Probe]:
        if field == ID:
            return [Probe(ID, (fields[ID],))] if ids.is_id(str(fields.get(ID))) else []
        lists = self._service.match_lists(field, fields)
        if lists is not None:
            return [Probe(field, tuple(lists), are_lists=True)] if lists else []
        value = comparable(fields, field)
        return [Probe(field, (value,))] if value else []

    def _found(self, probe: Probe) -> list[OwnedRecord]:
        kind = self._service.model
        if probe.field == ID:
            found = list(probe.values)
        elif probe.are_lists:
            listed = owned.Lists(kind, self._caller).named(probe.values)
            found = record_ids_of(take(listed, MAX_ALIKE).entries)
        else:
            found = []
        written = SYSTEM.batch_get(self.claims([probe])).values()
        found += [item["record_id"] for item in written]
        return list(read_many(kind, self._caller.organization_id, found).values())


def comparable(fields: Mapping[str, Any], field: str) -> str:
    """Return a field's value for comparison, without case, accents and white space; "" for none."""
    outer, _, inner = field.partition(".")
    value = fields.get(outer)
    if inner:
        value = (value or {}).get(inner)
    if value is None or value in ("", []):
        return ""
    return fold(value if isinstance(value, str) else json.dumps(value, sort_keys=True))
