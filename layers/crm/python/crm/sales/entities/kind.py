"""The descriptor of entities."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.transaction import Transaction
from crm.records.custom_fields.service import Definitions
from crm.records.kind import Fields, OwnedKind
from crm.records.owned_record import OwnedRecord
from crm.records.service_interface import Row
from crm.sales.entities import aggregate, service
from crm.sales.entities.schemas import Entity, EntityQuery
from crm.tenancy.permissions import Caller

AT_ONCE = 25
"""Entities held in memory at once with their child items, of which each may have a thousand."""


@dataclass(frozen=True, kw_only=True)
class _Entities(OwnedKind):
    """Entities: exports and imports hold their child items too."""

    def export_rows(
        self, caller: Caller, query: EntityQuery, entries: Sequence[Item]
    ) -> Iterator[Row]:
        found = [row["id"] for row in service.rows(caller, query, entries)]
        for start in range(0, len(found), AT_ONCE):
            yield from service.details(caller, found[start : start + AT_ONCE])

    def create_of_row(
        self, transaction: Transaction, caller: Caller, row: Fields, known: Definitions
    ) -> OwnedRecord:
        entity = super().create_of_row(transaction, caller, _without_parts(row), known)
        assert isinstance(entity, Entity)
        aggregate.add_parts(transaction, caller, entity, row, is_new=True)
        return entity

    def patch_of_row(
        self,
        transaction: Transaction,
        caller: Caller,
        old: OwnedRecord,
        row: Fields,
        known: Definitions,
    ) -> OwnedRecord:
        entity = super().patch_of_row(transaction, caller, old, _without_parts(row), known)
        assert isinstance(entity, Entity)
        aggregate.add_parts(transaction, caller, entity, row, is_new=False)
        return entity

    def match_lists(self, field: str, row: Fields) -> Sequence[str] | None:
        return aggregate.match_lists(field, row)


def _without_parts(row: Fields) -> Fields:
    return {name: value for name, value in row.items() if name not in aggregate.PART_FIELDS}


KIND = _Entities(model=Entity, service=service, match_on=("id", "email"))
