"""The default service of records with an owner: it creates, lists, changes and deletes them.

The service of each kind, in the kind's own package, extends it by what is peculiar to the kind.
`crm.records.repository` checks before whether the caller may see or change a record.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from crm.platform import ids
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.fields import PageQuery
from crm.platform.merge_patch import Patch
from crm.platform.validation import validate
from crm.records import record_lists, references
from crm.records import repository as owned
from crm.records.custom_fields import service as custom_fields
from crm.records.custom_fields.definitions import Definitions, StoredFields
from crm.records.owned_record import OwnedRecord
from crm.records.record_service import Fields, RecordService
from crm.records.references import SoughtEntity
from crm.records.registry import OWNED_TYPES, REFERRING_TYPES, described
from crm.tenancy.permissions import Caller

AnyOwned = TypeVar("AnyOwned", bound=OwnedRecord)
AnyBody = TypeVar("AnyBody", bound=BaseModel)
AnyQuery = TypeVar("AnyQuery", bound=PageQuery)


class OwnedService(RecordService, Generic[AnyOwned, AnyBody, AnyQuery]):
    """The service of a kind of records with an owner and custom fields.

    A kind overrides the hooks `fields`, `derived` and `filters`, or a whole method.

    Args:
        model: the model of its records.
    """

    model: type[AnyOwned]

    def __init__(self, model: type[AnyOwned]) -> None:
        self.model = model

    def definitions(self, caller: Caller) -> Definitions:
        return custom_fields.definitions(caller.organization_id, self.model.KIND)

    def create(
        self,
        transaction: Transaction,
        caller: Caller,
        record_id: str,
        body: AnyBody,
        known: Definitions,
    ) -> AnyOwned:
        """Create a record; the caller is the owner unless the body names one.

        Args:
            transaction: takes the write; the calling code commits it.
            caller: the caller of the request.
            record_id: the id of the new record.
            body: the content.
            known: the custom field definitions of the kind.

        Raises:
            ValidationFailedError: A value is invalid, or the caller cannot see the entity.
            CustomFieldValidationError: The custom fields are invalid.
        The commit raises:
            ValidationFailedError: The owner is no active member, a team is unknown, or the entity
                is deleted or being merged.
        """
        entity = SoughtEntity(caller, getattr(body, "entity_id", None))
        new = self.derived(self.made(caller, record_id, self.fields(caller, body, None), known))
        owned.save(transaction, caller, new, None)
        references.count(transaction, new, None, entity.require)
        return new

    def read_ahead(self, caller: Caller, change: AnyBody | Patch[AnyBody]) -> Any:
        """Start the reads that a change needs, in parallel to reading the record.

        Args:
            caller: the caller of the request.
            change: the body of a PUT, or the changes of a PATCH.

        Returns:
            The argument `around` of `update` or `patch`. A PUT mostly repeats the entity of the
            record, so only a PATCH starts to read it.
        """
        entity_id = None
        if isinstance(change, Patch) and self.model.KIND in REFERRING_TYPES:
            entity_id = change.named_id("entity_id")
        return SoughtEntity(caller, entity_id)

    def update(
        self,
        transaction: Transaction,
        caller: Caller,
        old: AnyOwned,
        body: AnyBody,
        custom: StoredFields,
        around: Any = None,
    ) -> AnyOwned:
        """Replace a record. Raises the errors of `create`.

        Args:
            transaction: takes the write.
            caller: the caller of the request.
            old: the record as it was read.
            body: the new content.
            custom: its custom fields in their new stored form.
            around: the result of `read_ahead`, if it was called.
        """
        return self.save(transaction, caller, old, self.fields(caller, body, old), custom, around)

    def patch(
        self,
        transaction: Transaction,
        caller: Caller,
        old: AnyOwned,
        changes: Patch[AnyBody],
        known: Definitions,
        around: Any = None,
    ) -> AnyOwned:
        """Change parts of a record. Raises the errors of `update`.

        Args:
            transaction: takes the write.
            caller: the caller of the request.
            old: the record as it was read.
            changes: the changes.
            known: the custom field definitions of the kind.
            around: the result of `read_ahead`, if it was called.
        """
        custom = known.patch(changes.changes("custom_fields"), old.custom_fields)
        return self.update(transaction, caller, old, changes.over(old), custom, around)

    def patch_fields(
        self,
        transaction: Transaction,
        caller: Caller,
        old: AnyOwned,
        changes: Fields,
        known: Definitions,
    ) -> AnyOwned:
        patch: Patch[Any] = Patch(self.model.BODY, dict(changes))
        return self.patch(transaction, caller, old, patch, known)

    @abstractmethod
    def delete(self, old: AnyOwned) -> None:
        """Delete a record with all its dependents, in transactions of its own.

        Raises:
            StaleReadError: The record was changed since it was read.
        """

    def search(self, caller: Caller, query: Any) -> EntryList:
        lists = record_lists.Lists(self.model, caller)
        return lists.narrowed(query, [lists.named(names) for names in self.filters(query)])

    def rows(self, caller: Caller, query: Any, entries: Sequence[Item]) -> list[Answer]:
        """Return the rows of a page of `search`, without records that no longer match."""
        return record_lists.rows(self.model, caller, query, entries)

    def export_rows(self, caller: Caller, query: Any, entries: Sequence[Item]) -> Iterable[Answer]:
        return self.rows(caller, query, entries)

    def answer(self, record: AnyOwned, known: Definitions) -> Answer:
        """Return a record as lists and writes return it."""
        return record_lists.answer(record, known)

    def create_of_row(
        self, transaction: Transaction, caller: Caller, row: Fields, known: Definitions
    ) -> AnyOwned:
        """Stage the record of an imported row. Raises what `create` raises."""
        body: Any = validate(self.model.BODY, row)
        return self.create(transaction, caller, ids.new_id(), body, known)

    def patch_of_row(
        self,
        transaction: Transaction,
        caller: Caller,
        old: AnyOwned,
        row: Fields,
        known: Definitions,
    ) -> AnyOwned:
        """Stage the changes of an imported row. Raises what `patch` raises."""
        return self.patch_fields(transaction, caller, old, row, known)

    def match_lists(self, field: str, row: Fields) -> Sequence[str] | None:  # noqa: ARG002
        """Return the index names under which records that match a row's field are found.

        Args:
            field: a field of `match_on`.
            row: the fields of the row.

        Returns:
            None if the table has no index by the field.
        """
        return None

    def fields(self, caller: Caller, body: AnyBody, old: AnyOwned | None) -> Fields:  # noqa: ARG002
        """Return the fields of a body in normal form; `old` is None for a new record.

        Raises:
            ValidationFailedError: A value is invalid.
        """
        return body.model_dump()

    def derived(self, new: AnyOwned, old: AnyOwned | None = None) -> AnyOwned:  # noqa: ARG002
        """Return a version with the fields that follow from others; `old` is the one before."""
        return new

    def filters(self, query: Any) -> Iterable[Sequence[str]]:  # noqa: ARG002
        """Return the index names of a query's filters, except owner and name: a union for each."""
        return []

    def made(self, caller: Caller, record_id: str, fields: Fields, known: Definitions) -> AnyOwned:
        """Return a new record, not yet written; the caller is the owner unless the fields name one.

        Raises:
            CustomFieldValidationError: The custom fields are invalid.
        """
        own = {
            "id": record_id,
            "assigned_to": fields["assigned_to"] or caller.user_id,
            "custom_fields": known.create(fields["custom_fields"]),
        }
        return self.model.create(caller.organization_id, caller.user_id, **{**fields, **own})

    def changed(
        self, caller: Caller, old: AnyOwned, fields: Fields, custom: StoredFields
    ) -> AnyOwned:
        """Return a record's next version, not yet written; its creator is the default owner."""
        own = {"assigned_to": fields["assigned_to"] or old.created_by, "custom_fields": custom}
        return old.changed(caller.user_id, **{**fields, **own})

    def save(
        self,
        transaction: Transaction,
        caller: Caller,
        old: AnyOwned,
        fields: Fields,
        custom: StoredFields,
        around: SoughtEntity | None = None,
    ) -> AnyOwned:
        """Write a record's next version, and count the references that it adds and removes."""
        new = self.derived(self.changed(caller, old, fields, custom), old)
        owned.save(transaction, caller, new, old)
        entity = around or SoughtEntity(caller, None)
        references.count(transaction, new, old, entity.require)
        return new


AnyService = OwnedService[Any, Any, Any]
"""The service of any kind of records with an owner."""

OWNED_SERVICES: Mapping[str, AnyService] = described(OWNED_TYPES, "service:{PLURAL}")
"""Services of the kinds of records with an owner, imported on use."""
