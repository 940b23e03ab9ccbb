"""The descriptor of a record kind: what code that processes records of all kinds knows of one.

Each record kind has a module `kind` in its own package, with its descriptor as `KIND`; the registry
finds it by the kind's name.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.platform import ids
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.merge_patch import Patch
from crm.platform.validation import validate
from crm.records.custom_fields.service import Definitions
from crm.records.owned_record import OwnedRecord
from crm.records.registry import OWNED_TYPES, RECORD_TYPES, described
from crm.records.service_interface import OwnedService, Row
from crm.records.shared_record import SharedRecord
from crm.tenancy.permissions import Caller

Fields = Mapping[str, Any]
"""Fields of a body of POST or PATCH: name → JSON value."""


@dataclass(frozen=True, kw_only=True)
class RecordKind(ABC):
    """A kind of records with a history, lists per caller, and workflow rules.

    Attributes:
        model: the model of its records.
    """

    model: type[SharedRecord]

    @abstractmethod
    def definitions(self, caller: Caller) -> Definitions:
        """Return the custom fields of the kind."""

    @abstractmethod
    def patch(
        self,
        transaction: Transaction,
        caller: Caller,
        old: Any,
        changes: Fields,
        known: Definitions,
    ) -> SharedRecord:
        """Stage the changes of a record. Raises what a PATCH of the record raises."""

    @abstractmethod
    def search(self, caller: Caller, query: Any) -> EntryList:
        """List the records that match a query and that the caller may see."""

    @abstractmethod
    def export_rows(self, caller: Caller, query: Any, entries: Sequence[Item]) -> Iterable[Row]:
        """Return the rows of an exported file for index items of `search`."""

    def check_query(self, caller: Caller, query: Any) -> None:  # noqa: B027  # optional
        """Check what the model of a query cannot check.

        Raises:
            ValidationFailedError: The query is invalid.
        """


@dataclass(frozen=True, kw_only=True)
class OwnedKind(RecordKind):
    """A kind of records with an owner and custom fields.

    Attributes:
        service: the module that creates, lists, changes and deletes its records.
        match_on: the fields by which the rows of an import match records by default.
    """

    model: type[OwnedRecord]
    service: OwnedService[Any, Any, Any]
    match_on: tuple[str, ...] = ("id",)

    def definitions(self, caller: Caller) -> Definitions:
        return self.service.definitions(caller)

    def patch(
        self,
        transaction: Transaction,
        caller: Caller,
        old: Any,
        changes: Fields,
        known: Definitions,
    ) -> OwnedRecord:
        patch = Patch(self.model.BODY, dict(changes))
        record: OwnedRecord = self.service.patch(transaction, caller, old, patch, known)
        return record

    def search(self, caller: Caller, query: Any) -> EntryList:
        return self.service.search(caller, query)

    def export_rows(self, caller: Caller, query: Any, entries: Sequence[Item]) -> Iterable[Row]:
        return self.service.rows(caller, query, entries)

    def create_of_row(
        self, transaction: Transaction, caller: Caller, row: Fields, known: Definitions
    ) -> OwnedRecord:
        """Stage the record of an imported row. Raises what the service's `create` raises."""
        body = validate(self.model.BODY, row)
        record: OwnedRecord = self.service.create(transaction, caller, ids.new_id(), body, known)
        return record

    def patch_of_row(
        self,
        transaction: Transaction,
        caller: Caller,
        old: OwnedRecord,
        row: Fields,
        known: Definitions,
    ) -> OwnedRecord:
        """Stage the changes of an imported row. Raises what the service's `patch` raises."""
        return self.patch(transaction, caller, old, row, known)

    def match_lists(self, field: str, row: Fields) -> Sequence[str] | None:  # noqa: ARG002
        """Return the index names under which records that match a row's field are found.

        Args:
            field: a field of `match_on`.
            row: the fields of the row.

        Returns:
            None if the table has no index by the field.
        """
        return None


DESCRIPTORS: Mapping[str, RecordKind] = described(RECORD_TYPES, "kind:KIND")
"""Descriptors of the record kinds, imported on use."""

OWNED_DESCRIPTORS: Mapping[str, OwnedKind] = described(OWNED_TYPES, "kind:KIND")
"""Descriptors of the kinds of records with an owner, imported on use."""
