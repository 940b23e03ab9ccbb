"""Record types that rows become, created and changed by the services of the API."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from crm.platform import ids
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.merge_patch import Patch
from crm.platform.validation import validate
from crm.records.custom_fields.service import Definitions
from crm.records.owned_record import OwnedRecord
from crm.records.service_interface import OwnedService
from crm.related.activities import service as activities
from crm.sales.cases import service as cases
from crm.sales.deals import service as deals
from crm.sales.entities import service as entities
from crm.sales.entities.service import Entity, EntityWrite
from crm.sales.leads import service as leads
from crm.tenancy.permissions import Caller

Fields = Mapping[str, Any]
"""Fields of a row, as `csv.columns` reads them: a body of POST, for entities with child items."""


MatchLists = Callable[[str, Fields], Sequence[str] | None]


def _no_lists(_field: str, _fields: Fields) -> None:
    return None


def _lead_lists(field: str, fields: Fields) -> Sequence[str] | None:
    if field != "email":
        return None
    return [leads.email_list(fields["email"])] if fields.get("email") else []


@dataclass(frozen=True)
class Target:
    """The records of one type.

    Attributes:
        kind: the record class.
        service: the service that creates and changes them.
        body: the model of a record's writable fields.
        match_lists: returns the index names under which records matching a row's field are found;
            None if the table has no index by the field.
    """

    kind: type[OwnedRecord]
    service: OwnedService[Any, Any, Any]
    body: type[BaseModel]
    match_lists: MatchLists = _no_lists

    def create(
        self, transaction: Transaction, caller: Caller, fields: Fields, known: Definitions
    ) -> OwnedRecord:
        """Stage a new record. Raises what the service's `create` raises."""
        body = validate(self.body, fields)
        record: OwnedRecord = self.service.create(transaction, caller, ids.new_id(), body, known)
        return record

    def update(
        self,
        transaction: Transaction,
        caller: Caller,
        old: OwnedRecord,
        fields: Fields,
        known: Definitions,
    ) -> OwnedRecord:
        """Stage the changes of a record. Raises what the service's `patch` raises."""
        changes = Patch(self.body, dict(fields))
        record: OwnedRecord = self.service.patch(transaction, caller, old, changes, known)
        return record


class _Entities(Target):
    """Entities with their child items."""

    def create(
        self, transaction: Transaction, caller: Caller, fields: Fields, known: Definitions
    ) -> OwnedRecord:
        entity = super().create(transaction, caller, _without_parts(fields), known)
        assert isinstance(entity, Entity)
        entities.add_parts(transaction, caller, entity, fields, is_new=True)
        return entity

    def update(
        self,
        transaction: Transaction,
        caller: Caller,
        old: OwnedRecord,
        fields: Fields,
        known: Definitions,
    ) -> OwnedRecord:
        entity = super().update(transaction, caller, old, _without_parts(fields), known)
        assert isinstance(entity, Entity)
        entities.add_parts(transaction, caller, entity, fields, is_new=False)
        return entity


def _without_parts(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if name not in entities.PART_FIELDS}


TARGETS: Mapping[str, Target] = {
    "entity": _Entities(Entity, entities, EntityWrite, entities.match_lists),
    "deal": Target(deals.Deal, deals, deals.DealWrite),
    "activity": Target(activities.Activity, activities, activities.ActivityWrite),
    "lead": Target(leads.Lead, leads, leads.LeadWrite, _lead_lists),
    "case": Target(cases.Case, cases, cases.CaseWrite),
}
