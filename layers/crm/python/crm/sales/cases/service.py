"""Create, find, change and delete cases."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.merge_patch import Patch
from crm.records import record_lists, references, writes
from crm.records import repository as owned
from crm.records.custom_fields import service as custom_fields
from crm.records.custom_fields.service import Definitions
from crm.records.owned_record import entity_list
from crm.records.record_lists import answer as answer
from crm.related import cascade
from crm.sales.cases.schemas import CLOSING, facet
from crm.sales.cases.schemas import Case as Case
from crm.sales.cases.schemas import CaseQuery as CaseQuery
from crm.sales.cases.schemas import CaseWrite as CaseWrite
from crm.tenancy.permissions import Caller

_FACETS = ("status", "priority", "case_type")


def definitions(caller: Caller) -> Definitions:
    """Return the custom fields of cases."""
    return custom_fields.definitions(caller.organization_id, Case.KIND)


def create(
    transaction: Transaction, caller: Caller, case_id: str, body: CaseWrite, known: Definitions
) -> Case:
    """Create a case; the caller is the owner unless the body names one.

    Raises:
        ValidationFailedError: The caller cannot see the entity, or it does not exist.
        CustomFieldValidationError: The custom fields are invalid.
    The commit raises:
        ValidationFailedError: The owner is no active member, a team is unknown, or the entity
            is deleted or being merged.
    """
    entity = references.look_for_entity(caller, body.entity_id) if body.entity_id else None
    case = _stamped(writes.made(Case, caller, case_id, body.model_dump(), known), None)
    owned.save(transaction, caller, case, None)
    _point(transaction, caller, case, None, entity)
    return case


def update(
    transaction: Transaction,
    caller: Caller,
    old: Case,
    body: CaseWrite,
    custom: dict[str, Any],
    entity: Callable[[], None] | None = None,
) -> Case:
    """Replace a case.

    Args:
        transaction: takes the write.
        caller: the caller of the request.
        old: the case as it was read.
        body: the new content.
        custom: its custom fields in their new stored form.
        entity: the pending read of the body's entity, if it has been started.

    Raises:
        ValidationFailedError: The caller cannot see the entity, or it does not exist.
    """
    new = _stamped(writes.changed(caller, old, body.model_dump(), custom), old)
    owned.save(transaction, caller, new, old)
    _point(transaction, caller, new, old, entity)
    return new


patch = writes.in_part(update)


def look_for_entity(caller: Caller, changes: Patch[CaseWrite]) -> Callable[[], None] | None:
    """Start reading the entity that a PATCH names, in parallel to reading the case."""
    entity_id = changes.named_id("entity_id")
    return references.look_for_entity(caller, entity_id) if entity_id else None


def delete(old: Case) -> None:
    """Delete a case and its dependents.

    Raises:
        StaleReadError: The case was changed since it was read.
    """
    removal = Transaction()
    removal.remove(old)
    if old.entity_id is not None:
        references.remove(removal, old.organization_id, old.entity_id, Case.KIND)
    cascade.delete(old, removal)


def search(caller: Caller, query: CaseQuery) -> EntryList:
    """List the cases that the caller may see, narrowed by the query's filters."""
    lists = record_lists.Lists(Case, caller)
    names = [
        facet(field, value) for field in _FACETS if (value := getattr(query, field)) is not None
    ]
    if query.entity_id:
        names.append(entity_list(query.entity_id))
    return lists.narrowed(query, [lists.named([name]) for name in names])


def rows(caller: Caller, query: CaseQuery, entries: Sequence[Item]) -> list[dict[str, Any]]:
    """Return the rows of a page of `search`, without cases that no longer match."""
    return record_lists.rows(Case, caller, query, entries)


def _stamped(new: Case, old: Case | None) -> Case:
    """Return the case with its closing time, which does not change while the case is closed."""
    if new.status not in CLOSING:
        return new.model_copy(update={"closed_on": None})
    since = old.closed_on if old else None
    return new.model_copy(update={"closed_on": since or new.updated_on})


def _point(
    transaction: Transaction,
    caller: Caller,
    new: Case,
    old: Case | None,
    entity: Callable[[], None] | None = None,
) -> None:
    """Count the case's reference to a new entity, whose read may have been started."""
    before = old.entity_id if old else None
    if new.entity_id == before:
        return
    if new.entity_id is not None:
        (entity or partial(references.require_entity, caller, new.entity_id))()
        references.add(transaction, new.organization_id, new.entity_id, Case.KIND)
    if before is not None:
        references.remove(transaction, new.organization_id, before, Case.KIND)
