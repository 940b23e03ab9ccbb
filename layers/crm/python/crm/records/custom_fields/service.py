"""Create, change and delete custom fields, and read them for other resources."""

from collections.abc import Callable, Sequence
from typing import Any

from crm.platform import config
from crm.platform.dynamodb import queries, quotas
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import READ_LIMIT, EntryList, ReadBudget, take
from crm.platform.dynamodb.parallel import Ahead, ahead
from crm.platform.dynamodb.queries import read_many, record_id_of, record_ids_of, record_list
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import FieldError, ValidationFailedError
from crm.records.custom_fields.definitions import Definitions, check
from crm.records.custom_fields.schemas import (
    LAST_PLACE,
    CustomField,
    CustomFieldQuery,
    CustomFieldWrite,
    Definition,
    RecordType,
    record_type_list,
)
from crm.records.custom_fields.values import Value
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

FIXED = ("record_type", "field_name", "field_type")
"""Fields of a definition that never change: values are stored under its name and type."""

Place = Callable[[], int]
"""A function that returns a definition's position in the display order."""

_WITH_CHOICES = {"choice", "multi_choice"}


def definitions(organization_id: str, record_type: str) -> Definitions:
    """Return the custom fields of a record type: one query, made once per request.

    The query runs in parallel to the next reads of the request: call this as early as possible.

    Args:
        organization_id: the organization's id.
        record_type: one of `schemas.RecordType`.
    """

    def read() -> list[Definition]:
        return [Definition.model_validate(one) for one in _entries(organization_id, record_type)]

    return Definitions(Ahead(read))


def create(
    transaction: Transaction, caller: Caller, custom_field_id: str, body: CustomFieldWrite
) -> CustomField:
    """Define a custom field.

    Raises:
        PermissionDeniedError: The caller is no admin.
        ValidationFailedError: The choices or the default do not fit the type.
    The commit raises:
        DuplicateError: The record type already has a field of this name.
        LimitExceededError: The record type has reached its limit of custom fields.
    """
    permissions.require_admin(caller)
    new = CustomField.create(
        caller.organization_id,
        caller.user_id,
        id=custom_field_id,
        **_fields(body, place(caller, custom_field_id, body)),
    )
    transaction.save(new, None)
    _count_in(transaction, new)
    return new


def restore(transaction: Transaction, definition: CustomField) -> None:
    """Write a definition from an archive.

    Raises:
        ValidationFailedError: The choices or the default do not fit the type.
    The commit raises the errors of `create`.
    """
    body = CustomFieldWrite(**definition.model_dump(include=set(CustomFieldWrite.model_fields)))
    new = definition.model_copy(update={"default_value": _default_value(body)})
    transaction.save(new, None)
    _count_in(transaction, new)


def find(caller: Caller, custom_field_id: str) -> CustomField:
    """Return a definition of the caller's organization.

    Raises:
        NotFoundError: The organization has no such definition.
    """
    return queries.find(CustomField, caller.organization_id, custom_field_id)


def search(caller: Caller, query: CustomFieldQuery) -> EntryList:
    """List all definitions, newest first, or those of a record type in display order."""
    name = record_type_list(query.record_type) if query.record_type else "all"
    return record_list(CustomField, caller.organization_id, name, ReadBudget())


def rows(caller: Caller, _query: CustomFieldQuery, entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of `search`."""
    found = read_many(CustomField, caller.organization_id, record_ids_of(entries))
    return [one.answer() for one in found.values()]


def place(caller: Caller, custom_field_id: str, body: CustomFieldWrite) -> Place:
    """Return a definition's place in the display order: as in its body, or after all others.

    The other definitions are read in parallel to the next reads of the request.
    """
    order = body.display_order
    if order is not None:
        return lambda: order
    return ahead(lambda: _last(caller, custom_field_id, body.record_type))


def update(
    transaction: Transaction,
    caller: Caller,
    old: CustomField,
    body: CustomFieldWrite,
    display_order: Place | None = None,
) -> CustomField:
    """Replace a definition.

    Args:
        transaction: the request's transaction.
        caller: the caller of the request.
        old: the definition as it was read.
        body: the new definition.
        display_order: the result of `place`, if its read has been started.

    Raises:
        PermissionDeniedError: The caller is no admin.
        ValidationFailedError: The body changes the record type, name or type, or its choices or
            default do not fit the type.
    """
    permissions.require_admin(caller)
    _require_same(old, body)
    new = old.changed(caller.user_id, **_fields(body, display_order or place(caller, old.id, body)))
    transaction.save(new, old)
    return new


def delete(transaction: Transaction, caller: Caller, old: CustomField) -> None:
    """Delete a definition: its values are no longer shown, and its name can be used again.

    Raises:
        PermissionDeniedError: The caller is no admin.
    """
    permissions.require_admin(caller)
    transaction.delete_record(old)
    quotas.release(transaction, old.organization_id, CustomField.KIND, old.record_type)


def _count_in(transaction: Transaction, new: CustomField) -> None:
    quotas.consume(
        transaction,
        new.organization_id,
        CustomField.KIND,
        new.record_type,
        config.max_custom_fields_per_entity(),
    )


def _fields(body: CustomFieldWrite, place: Place) -> dict[str, Any]:
    """Return the stored attributes of a definition for a body."""
    default_value = _default_value(body)
    return {**body.model_dump(), "default_value": default_value, "display_order": place()}


def _last(caller: Caller, custom_field_id: str, record_type: RecordType) -> int:
    """Return the place after all other definitions of a record type."""
    taken = [
        int(entry["display_order"])
        for entry in _entries(caller.organization_id, record_type)
        if record_id_of(entry) != custom_field_id
    ]
    return min(max(taken, default=-1) + 1, LAST_PLACE)


def _entries(organization_id: str, record_type: str) -> list[Item]:
    listed = record_list(CustomField, organization_id, record_type_list(record_type), ReadBudget())
    return take(listed, READ_LIMIT).entries


def _require_same(old: CustomField, body: CustomFieldWrite) -> None:
    errors = [
        FieldError(name, "cannot change")
        for name in FIXED
        if getattr(old, name) != getattr(body, name)
    ]
    if errors:
        raise ValidationFailedError("A custom field keeps its name and type.", errors)


def _default_value(body: CustomFieldWrite) -> Value | None:
    """Return the default in its stored form, after checking choices and default against the type.

    Raises:
        ValidationFailedError: The choices or the default do not fit the type.
    """
    _require_choices(body)
    if body.default_value is None:
        return None
    definition = Definition.model_validate(body.model_dump(exclude={"display_order"}))
    try:
        return check(definition, body.default_value)
    except ValueError as error:
        raise ValidationFailedError.of("default_value", str(error)) from error


def _require_choices(body: CustomFieldWrite) -> None:
    takes_choices = body.field_type in _WITH_CHOICES
    if takes_choices and not body.choices:
        raise ValidationFailedError.of("choices", "are required for this type")
    if body.choices and not takes_choices:
        raise ValidationFailedError.of("choices", "do not go with this type")
    if len(set(body.choices)) < len(body.choices):
        raise ValidationFailedError.of("choices", "must not hold a choice twice")
