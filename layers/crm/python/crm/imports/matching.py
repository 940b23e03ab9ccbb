"""Which record a row stands for, if any.

Where the store keeps a list by the value of a field, or the field is the id, the record is looked
up there. For any other field the records are looked through once, before the first row, and
what they hold is kept with the import; what its rows write is added to that. So a row also
matches what an earlier row of the same file has written.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.access import Caller
from crm.imports.naming import ID
from crm.imports.schemas import Import
from crm.imports.targets import Fields, Target
from crm.owned import service as owned
from crm.owned.records import OwnedRecord
from crm.search.text import fold
from crm.store import keys
from crm.store.codec import Item
from crm.store.keys import Key
from crm.store.lists import take
from crm.store.reading import read, read_many, record_ids_of
from crm.store.table import BOOKKEEPING

PAGE = 100
MAX_ALIKE = 25
"""How many records of the same value are looked at."""


@dataclass(frozen=True)
class Probe:
    """The value by which a row matches, of one field.

    Attributes:
        field: the field.
        value: in the form in which it is compared.
        lists: the lists that are kept by it; None where there are none.
    """

    field: str
    value: str
    lists: tuple[str, ...] | None = None


class Matcher:
    """Finds the records that the rows of one import stand for.

    Args:
        job: the import.
        target: what its rows become.
        caller: only records that they may see match.
    """

    def __init__(self, job: Import, target: Target, caller: Caller) -> None:
        self._job = job
        self._target = target
        self._caller = caller
        self._fields = job.options.match_on if job.options.on_duplicate != "create" else []

    @property
    def indexed(self) -> list[str]:
        """The fields for which the records have to be looked through."""
        return [
            field
            for field in self._fields
            if field != ID and self._target.match_lists(field, {}) is None
        ]

    def probes(self, fields: Fields) -> list[Probe]:
        """What a row is compared by, in the order of `match_on`; empty values match nothing."""
        return [probe for field in self._fields for probe in self._probes_of(field, fields)]

    def find(self, probes: Sequence[Probe]) -> OwnedRecord | None:
        """The record that a row stands for: the oldest of what the first successful probe finds."""
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
        """Whether an earlier row of a dry run would have written what a row stands for."""
        claims = self.claims(probes) if self._job.options.dry_run else []
        return bool(BOOKKEEPING.batch_get(claims))

    def claims(self, probes: Iterable[Probe]) -> list[Key]:
        """Where it is kept which record the rows of this import have written by a value."""
        kept = set(self.indexed)
        return [
            self._key(probe)
            for probe in probes
            if probe.field in kept or (self._job.options.dry_run and probe.field != ID)
        ]

    def index(self, start: str | None) -> str | None:
        """Look through one page of the records; safe to repeat.

        Args:
            start: where the page begins; None at the beginning.

        Returns:
            Where the next one begins; None at the end.
        """
        kind, known = self._target.kind, self._target.service.definitions(self._caller)
        page = take(owned.Lists(kind, self._caller).visible(), PAGE, start=start)
        records = owned.visible(kind, self._caller, record_ids_of(page.entries))
        claims: dict[Key, Item] = {}
        for record in sorted(records, key=lambda one: one.id, reverse=True):
            shown = self._target.service.answer(record, known)
            for field in self.indexed:
                for probe in self._probes_of(field, shown):
                    key = self._key(probe)
                    claims[key] = self.claim(record.id)
        BOOKKEEPING.batch_write(
            [{"pk": key.pk, "sk": key.sk, **item} for key, item in claims.items()], []
        )
        return page.next_position

    def claim(self, record_id: str) -> Item:
        """What is kept of a record that was found, or written, by a value."""
        return {"record_id": record_id, "expires_on": self._job.expires_on}

    def _key(self, probe: Probe) -> Key:
        job = self._job
        return keys.import_match(job.organization_id, job.id, probe.field, probe.value)

    def _probes_of(self, field: str, fields: Fields) -> list[Probe]:
        if field == ID:
            return [Probe(ID, str(fields[ID]))] if fields.get(ID) else []
        lists = self._target.match_lists(field, fields)
        if lists is not None:
            return [Probe(field, " ".join(lists), tuple(lists))] if lists else []
        value = comparable(fields, field)
        return [Probe(field, value)] if value else []

    def _found(self, probe: Probe) -> list[OwnedRecord]:
        organization_id, kind = self._caller.organization_id, self._target.kind
        if probe.field == ID:
            record = read(kind, organization_id, probe.value)
            return [record] if record else []
        ids = []
        if probe.lists is not None:
            listed = owned.Lists(kind, self._caller).named(probe.lists)
            ids = record_ids_of(take(listed, MAX_ALIKE).entries)
        if self.claims([probe]) and (item := BOOKKEEPING.get(self._key(probe))):
            ids.append(item["record_id"])
        return list(read_many(kind, organization_id, ids).values())


def comparable(fields: Mapping[str, Any], field: str) -> str:
    """The value of a field as it is compared: case, accents and white space aside; "" for none."""
    outer, _, inner = field.partition(".")
    value = fields.get(outer)
    if inner:
        value = (value or {}).get(inner)
    if value is None or value in ("", []):
        return ""
    return fold(value if isinstance(value, str) else json.dumps(value, sort_keys=True))
