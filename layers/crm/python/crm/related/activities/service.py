"""Create, find, change and delete activities, alone and together with their record."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress

from crm.platform import ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.lists import EntryList, ReadBudget, take
from crm.platform.dynamodb.queries import read_many, record_ids_of, record_list
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.transaction import (
    MAX_OPERATIONS,
    StaleReadError,
    Transaction,
    retry_on_conflict,
)
from crm.platform.errors import (
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
    ValidationFailedError,
)
from crm.platform.merge_patch import Patch
from crm.records import repository as owned
from crm.records.custom_fields.definitions import Definitions, StoredFields
from crm.records.owned_record import OwnedRecord
from crm.records.owned_service import OwnedService
from crm.related.activities import completion, lists
from crm.related.activities.schemas import Activity, ActivityQuery, ActivityWrite, related_list
from crm.related.documents import attachments
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

Sought = Callable[[], OwnedRecord | None]
"""A pending read of a record: returns None if the caller may not see it."""

BATCH = 30
SPARE_OPERATIONS = 3
"""Operations reserved for index items that move, and for a condition check."""

MAX_SUBJECT = 255

MAX_BYTES = 200_000
"""Size of an activity as JSON: both of its versions fit one item of its history."""


class _Activities(OwnedService[Activity, ActivityWrite, ActivityQuery]):
    """The service of activities. `around` is the pending read of the record of a change."""

    def create(
        self,
        transaction: Transaction,
        caller: Caller,
        record_id: str,
        body: ActivityWrite,
        known: Definitions,
    ) -> Activity:
        """Create an activity; the caller is the owner unless the body names one.

        Raises:
            ValidationFailedError: The caller may not see the record that the activity is about, or
                the status and `is_completed` contradict each other.
        """
        about, target_id = body.root.related_to_type, body.root.related_to_id
        target = owned.look_for(caller, about, target_id) if about and target_id else None
        made = self.made(caller, record_id, completion.fields(body.root), known)
        activity = completion.stamped(made, None)
        _save(transaction, caller, activity, None, target)
        return activity

    def read_ahead(
        self, caller: Caller, change: ActivityWrite | Patch[ActivityWrite]
    ) -> Sought | None:
        """Start reading the record that a PATCH names; a PUT mostly repeats the activity's."""
        if not isinstance(change, Patch):
            return None
        about, record_id = change.named_text("related_to_type"), change.named_id("related_to_id")
        return owned.look_for(caller, about, record_id) if about and record_id else None

    def update(
        self,
        transaction: Transaction,
        caller: Caller,
        old: Activity,
        body: ActivityWrite,
        custom: StoredFields,
        around: Sought | None = None,
    ) -> Activity:
        """Replace an activity. Raises the errors of `create`.

        Raises:
            ValidationFailedError: The body is of another type.
        """
        if body.root.type != old.type:
            raise ValidationFailedError.of("type", "cannot change")
        changed = self.changed(caller, old, completion.fields(body.root), custom)
        new = completion.stamped(changed, old)
        _save(transaction, caller, new, old, around)
        return new

    def patch(
        self,
        transaction: Transaction,
        caller: Caller,
        old: Activity,
        changes: Patch[ActivityWrite],
        known: Definitions,
        around: Sought | None = None,
    ) -> Activity:
        """Change parts of an activity; status and completion change together."""
        custom = known.patch(changes.changes("custom_fields"), old.custom_fields)
        whole = changes.over(old, lambda named: completion.implied(old, named))
        return self.update(transaction, caller, old, whole, custom, around)

    def delete(self, old: Activity) -> None:
        """Delete an activity with its attachments."""
        removal = Transaction()
        removal.delete_record(old)
        removal.commit()
        # The activity is deleted even if the rest fails: the stream deletes what is left.
        with suppress(UnavailableError):
            attachments.delete_of_record(old.organization_id, Activity.KIND, old.id)

    def search(self, caller: Caller, query: ActivityQuery) -> EntryList:
        """List the activities that the caller may see, also through the query's record."""
        return lists.search(caller, query, sees_record=_sees_record(caller, query))

    def rows(self, caller: Caller, query: ActivityQuery, entries: Sequence[Item]) -> list[Answer]:
        return _rows(caller, query, entries, sees_record=lambda: _sees_record(caller, query))


ACTIVITIES = _Activities(Activity)


def note(
    transaction: Transaction,
    caller: Caller,
    record_type: str,
    record_id: str,
    subject: str,
    description: str | None = None,
) -> Activity:
    """Create a note about a record that the same transaction writes.

    Args:
        transaction: the one that writes the record, so that it exists.
        caller: the owner of the note.
        record_type: the kind of the record.
        record_id: the id of the record.
        subject: truncated to the maximum length of a subject.
        description: further text.
    """
    made = Activity.create(
        caller.organization_id,
        caller.user_id,
        id=ids.new_id(),
        type="note",
        subject=subject[:MAX_SUBJECT].strip(),
        description=description,
        related_to_type=record_type,
        related_to_id=record_id,
        assigned_to=caller.user_id,
    )
    owned.save(transaction, caller, made, None)
    return made


def require_record(caller: Caller, query: ActivityQuery) -> None:
    """Raises: PermissionDeniedError: The caller may not see the record of the query."""
    if not _sees_record(caller, query):
        raise PermissionDeniedError


def search_about(caller: Caller, query: ActivityQuery) -> EntryList:
    """List all activities about the record of the query; call `require_record` before."""
    return lists.search(caller, query, sees_record=True)


def rows_about(caller: Caller, query: ActivityQuery, entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of `search_about`, without activities that no longer match."""
    return _rows(caller, query, entries, sees_record=lambda: True)


def delete_about(organization_id: str, record_type: str, record_id: str) -> list[str]:
    """Delete all activities about a deleted record; safe to repeat, also concurrently.

    Returns:
        The ids of the activities that this call deleted; the caller deletes their dependents.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted.
    """
    deleted: list[str] = []

    def step() -> bool:
        transaction = Transaction()
        batch, is_last = _batch(organization_id, RecordRef(record_type, record_id))
        removed = []
        for activity in batch:
            if _fits(transaction, activity):
                transaction.delete_record(activity)
                removed.append(activity.id)
        transaction.commit()
        deleted.extend(removed)
        return len(removed) < len(batch) or not is_last

    retry_on_conflict(step)
    return deleted


def retarget(caller: Caller, old: RecordRef, new: RecordRef) -> None:
    """Move all activities from one record to another; safe to repeat.

    Args:
        caller: the user who moves them.
        old: the record that they are about, which gets no new activities.
        new: the record to move them to.

    Raises:
        NotFoundError: The new record does not exist.
        ConflictError: The new record is being merged into another one.
        UnavailableError: Optimistic-lock retries are exhausted.
    """
    if old == new:
        return
    target = keys.record(caller.organization_id, *new)

    def refusal() -> Exception:
        if owned.read_owned(caller.organization_id, *new) is None:
            return NotFoundError()
        return ConflictError("The record is being merged into another one.")

    def step() -> bool:
        transaction = Transaction()
        batch, is_last = _batch(caller.organization_id, old)
        moved = 0
        for activity in batch:
            if _fits(transaction, activity):
                whose = {"related_to_type": new[0], "related_to_id": new[1]}
                transaction.save(activity.changed(caller.user_id, **whose), activity)
                moved += 1
        if batch:
            owned.require_standing(transaction, target, refusal)
        transaction.commit()
        return moved < len(batch) or not is_last

    retry_on_conflict(step)


def _rows(
    caller: Caller,
    query: ActivityQuery,
    entries: Sequence[Item],
    *,
    sees_record: Callable[[], bool],
) -> list[Answer]:
    """Return the visible activities, some of them visible through the record of the query."""
    if not entries:
        return []
    known = ACTIVITIES.definitions(caller)
    found = read_many(Activity, caller.organization_id, record_ids_of(entries)).values()
    own = [one.id for one in found if permissions.may_see(caller, one)]
    through = len(own) < len(found) and sees_record()
    return [
        ACTIVITIES.answer(one, known)
        for one in found
        if one.id in own or (through and one.parent == query.about)
    ]


def _batch(organization_id: str, about: RecordRef) -> tuple[list[Activity], bool]:
    """Return a batch of the activities about a record, and whether it is the last one.

    Raises:
        StaleReadError: All activities of the page are deleted or moved concurrently.
    """
    listed = record_list(Activity, organization_id, related_list(*about), ReadBudget())
    page = take(listed, BATCH)
    found = read_many(Activity, organization_id, record_ids_of(page.entries))
    batch = [one for one in found.values() if one.parent == about]
    if page.entries and not batch:
        raise StaleReadError
    return batch, page.next_position is None


def _fits(transaction: Transaction, activity: Activity) -> bool:
    """Return whether another activity fits, with its index items; the first one always does."""
    operations = 1 + len(activity.index_entries()) + SPARE_OPERATIONS
    return not len(transaction) or len(transaction) + operations <= MAX_OPERATIONS


def _sees_record(caller: Caller, query: ActivityQuery) -> bool:
    """Return whether the caller may see the query's record; admins may see all."""
    if query.about is None or caller.is_admin:
        return caller.is_admin
    return owned.seen(caller, *query.about) is not None


def _save(
    transaction: Transaction,
    caller: Caller,
    new: Activity,
    old: Activity | None,
    target: Sought | None = None,
) -> None:
    """Write an activity, if the record that it is newly about exists and the caller may see it.

    Args:
        transaction: takes the write.
        caller: the user who writes it.
        new: the new version of the activity.
        old: the activity as it was read; None for a new one.
        target: the pending read of the new record, if it has been started.

    Raises:
        ValidationFailedError: The caller may not see the record, or the activity is too large.
    The commit raises:
        ValidationFailedError: The record is deleted, or the owner is no active member.
    """
    _require_fitting(new)
    if new.parent and (old is None or new.parent != old.parent):
        about = target() if target else owned.seen(caller, *new.parent)
        if about is None:
            raise _no_target()
        owned.require_standing(transaction, about.key, _no_target)
    owned.save(transaction, caller, new, old)


def _require_fitting(activity: Activity) -> None:
    """Raises: ValidationFailedError: The activity is too large. Only emails can reach the limit."""
    if len(json.dumps(activity.answer(), ensure_ascii=False).encode()) > MAX_BYTES:
        message = f"must not, with all else, make more than {MAX_BYTES:,} bytes"
        raise ValidationFailedError.of("body", message)


def _no_target() -> Exception:
    return ValidationFailedError.of("related_to_id", "is no record that can be seen here")
