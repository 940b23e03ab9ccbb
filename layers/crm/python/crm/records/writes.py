"""The shared part of writing a record with an owner: the owner, and custom fields."""

from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec

from crm.platform.dynamodb.transaction import Transaction
from crm.platform.merge_patch import Patch
from crm.records.custom_fields.service import Definitions
from crm.records.service_interface import AnyBody, AnyOwned
from crm.tenancy.permissions import Caller

Further = ParamSpec("Further")

Fields = Mapping[str, Any]
"""All fields of a body, as it was sent or in normal form."""


def made(
    kind: type[AnyOwned], caller: Caller, record_id: str, fields: Fields, known: Definitions
) -> AnyOwned:
    """Return a new record, not yet written; the caller is the owner unless the fields name one.

    Raises:
        CustomFieldValidationError: The custom fields are invalid.
    """
    own = {
        "id": record_id,
        "assigned_to": fields["assigned_to"] or caller.user_id,
        "custom_fields": known.create(fields["custom_fields"]),
    }
    return kind.create(caller.organization_id, caller.user_id, **{**fields, **own})


def changed(caller: Caller, old: AnyOwned, fields: Fields, custom: dict[str, Any]) -> AnyOwned:
    """Return a record's next version, not yet written; its creator is the default owner."""
    own = {"assigned_to": fields["assigned_to"] or old.created_by, "custom_fields": custom}
    return old.changed(caller.user_id, **{**fields, **own})


def in_part(
    update: Callable[
        Concatenate[Transaction, Caller, AnyOwned, AnyBody, dict[str, Any], Further], AnyOwned
    ],
) -> Callable[
    Concatenate[Transaction, Caller, AnyOwned, Patch[AnyBody], Definitions, Further], AnyOwned
]:
    """Return the `patch` that goes with the `update` of a service, further arguments included.

    It raises the errors of `update`, and those of invalid custom fields.
    """

    def patch(
        transaction: Transaction,
        caller: Caller,
        old: AnyOwned,
        changes: Patch[AnyBody],
        known: Definitions,
        /,
        *args: Further.args,
        **kwargs: Further.kwargs,
    ) -> AnyOwned:
        custom = known.patch(changes.changes("custom_fields"), old.custom_fields)
        return update(transaction, caller, old, changes.over(old), custom, *args, **kwargs)

    return patch
