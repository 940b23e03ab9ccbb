"""Activities: making, finding, changing and deleting them, alone and with what they are about."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from crm.platform import ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import Allowance, EntryList, take
from crm.platform.dynamodb.queries import read_many, record_ids_of, record_list
from crm.platform.dynamodb.retries import until_done
from crm.platform.dynamodb.transaction import MAX_OPERATIONS, StaleReadError, Transaction
from crm.platform.errors import (
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
    ValidationFailedError,
)
from crm.platform.merge_patch import Patch
from crm.records import repository as owned
from crm.records import writes
from crm.records.custom_fields import service as custom_fields
from crm.records.custom_fields.service import Definitions
from crm.records.listing import answer as answer
from crm.records.owned_record import OwnedRecord
from crm.related.activities import completion, lists
from crm.related.activities.schemas import Activity as Activity
from crm.related.activities.schemas import ActivityQuery as ActivityQuery
from crm.related.activities.schemas import ActivityWrite as ActivityWrite
from crm.related.activities.schemas import related_list as related_list
from crm.related.documents import attachments
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

Target = tuple[str, str]
"""A record, by kind and id."""

Sought = Callable[[], OwnedRecord | None]
"""A record that is being looked for: None if it is not to be seen."""

BATCH = 30
SPARE_OPERATIONS = 3
"""For entries that move, and for a check."""

MAX_SUBJECT = 255

MAX_BYTES = 200_000
"""Of an activity as JSON: both versions of it fit an item of its history."""


def definitions(caller: Caller) -> Definitions:
    """The custom fields of activities."""
    return custom_fields.definitions(caller.organization_id, Activity.KIND)


def create(
    transaction: Transaction,
    caller: Caller,
    activity_id: str,
    body: ActivityWrite,
    known: Definitions,
) -> Activity:
    """Make an activity, the caller's own unless it says whose.

    Raises:
        CustomFieldValidationError: its custom fields.
        ValidationFailedError: the record that it is about cannot be seen, or its status and
            `is_completed` contradict each other.
    The commit raises:
        ValidationFailedError: the owner is no active member, or the record has gone.
    """
    about, record_id = body.root.related_to_type, body.root.related_to_id
    target = owned.look_for(caller, about, record_id) if about and record_id else None
    made = writes.made(Activity, caller, activity_id, completion.fields(body.root), known)
    activity = completion.stamped(made, None)
    _save(transaction, caller, activity, None, target)
    return activity


def update(
    transaction: Transaction,
    caller: Caller,
    old: Activity,
    body: ActivityWrite,
    custom: dict[str, Any],
    target: Sought | None = None,
) -> Activity:
    """Change an activity as a whole. Raises what `create` raises.

    Args:
        transaction: takes the write.
        caller: whose request it is.
        old: the activity as it was read.
        body: what it shall be.
        custom: its custom fields as they shall be stored.
        target: what the body says it is about, if that is looked for already.

    Raises:
        ValidationFailedError: it is of another type.
    """
    if body.root.type != old.type:
        raise ValidationFailedError.of("type", "cannot change")
    changed = writes.changed(caller, old, completion.fields(body.root), custom)
    new = completion.stamped(changed, old)
    _save(transaction, caller, new, old, target)
    return new


def patch(
    transaction: Transaction,
    caller: Caller,
    old: Activity,
    changes: Patch[ActivityWrite],
    known: Definitions,
    target: Sought | None = None,
) -> Activity:
    """Change an activity in part: status and completion go together.

    Raises what `update` raises, and for its custom fields.
    """
    custom = known.patch(changes.changes("custom_fields"), old.custom_fields)
    whole = changes.over(old, lambda named: completion.implied(old, named))
    return update(transaction, caller, old, whole, custom, target)


def look_for_target(caller: Caller, changes: Patch[ActivityWrite]) -> Sought | None:
    """Begin to look for what a PATCH says an activity is about, beside the activity."""
    about, record_id = changes.named_text("related_to_type"), changes.named_id("related_to_id")
    return owned.look_for(caller, about, record_id) if about and record_id else None


def delete(old: Activity) -> None:
    """Delete an activity with its attachments.

    Raises:
        StaleReadError: somebody changed it meanwhile.
    """
    removal = Transaction()
    removal.remove(old)
    removal.commit()
    # The activity is gone, whatever becomes of the rest: the stream does what is not done here.
    with suppress(UnavailableError):
        attachments.sweep(old.organization_id, Activity.KIND, old.id)


def note(
    transaction: Transaction,
    caller: Caller,
    record_type: str,
    record_id: str,
    subject: str,
    description: str | None = None,
) -> Activity:
    """Write a note about a record that the same transaction writes.

    Args:
        transaction: the one that writes the record, so that it stands.
        caller: whose note it is.
        record_type: the kind of the record.
        record_id: which.
        subject: cut to the length that a subject can have.
        description: more of it.
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


def search(caller: Caller, query: ActivityQuery) -> EntryList:
    """The activities that are the caller's by name, or all about a record that they may see."""
    return lists.search(caller, query, sees_record=_sees_record(caller, query))


def rows(caller: Caller, query: ActivityQuery, entries: Sequence[Item]) -> list[dict[str, Any]]:
    """The rows of a page of `search`; what no longer belongs on it is left out."""
    return _rows(caller, query, entries, sees_record=lambda: _sees_record(caller, query))


def require_record(caller: Caller, query: ActivityQuery) -> None:
    """Raises: PermissionDeniedError: the record that a request asks for is not to be seen."""
    if not _sees_record(caller, query):
        raise PermissionDeniedError


def search_about(caller: Caller, query: ActivityQuery) -> EntryList:
    """All activities about the record that a request asks for: `require_record` must hold."""
    return lists.search(caller, query, sees_record=True)


def rows_about(
    caller: Caller, query: ActivityQuery, entries: Sequence[Item]
) -> list[dict[str, Any]]:
    """The rows of a page of `search_about`; what no longer belongs on it is left out."""
    return _rows(caller, query, entries, sees_record=lambda: True)


def sweep(organization_id: str, record_type: str, record_id: str) -> list[str]:
    """Delete all activities about a deleted record; safe to repeat, also while others are at it.

    Returns:
        The ids of those that it has deleted: what hangs on them is left to whoever asks.

    Raises:
        UnavailableError: others were quicker each time.
    """
    gone: list[str] = []

    def step() -> bool:
        transaction = Transaction()
        batch, is_last = _batch(organization_id, (record_type, record_id))
        removed = []
        for activity in batch:
            if _fits(transaction, activity):
                transaction.remove(activity)
                removed.append(activity.id)
        transaction.commit()
        gone.extend(removed)
        return len(removed) < len(batch) or not is_last

    until_done(step)
    return gone


def retarget(caller: Caller, old: Target, new: Target) -> None:
    """Make all activities about one record be about another; safe to repeat.

    Args:
        caller: who does it.
        old: the record that they are about, to which nothing is added any more.
        new: the record that they shall be about.

    Raises:
        NotFoundError: there is no such record.
        ConflictError: it is being merged into another one.
        UnavailableError: others were quicker each time.
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

    until_done(step)


def _rows(
    caller: Caller,
    query: ActivityQuery,
    entries: Sequence[Item],
    *,
    sees_record: Callable[[], bool],
) -> list[dict[str, Any]]:
    """Activities that are the caller's to see, some through the record that they ask for."""
    if not entries:
        return []
    known = definitions(caller)
    found = read_many(Activity, caller.organization_id, record_ids_of(entries)).values()
    own = [one.id for one in found if permissions.may_see(caller, one)]
    through = len(own) < len(found) and sees_record()
    return [
        answer(one, known)
        for one in found
        if one.id in own or (through and one.parent == query.about)
    ]


def _batch(organization_id: str, about: Target) -> tuple[list[Activity], bool]:
    """Some of the activities about a record, none if there are none; and whether these are all.

    Raises:
        StaleReadError: those that the list holds have gone in between.
    """
    listed = record_list(Activity, organization_id, related_list(*about), Allowance())
    page = take(listed, BATCH)
    found = read_many(Activity, organization_id, record_ids_of(page.entries))
    batch = [one for one in found.values() if one.parent == about]
    if page.entries and not batch:
        raise StaleReadError
    return batch, page.next_position is None


def _fits(transaction: Transaction, activity: Activity) -> bool:
    """Whether another activity fits, with its entries; its first one always does."""
    operations = 1 + len(activity.lists()) + SPARE_OPERATIONS
    return not len(transaction) or len(transaction) + operations <= MAX_OPERATIONS


def _sees_record(caller: Caller, query: ActivityQuery) -> bool:
    """Whether the caller may see the record that a request asks for; admins see what there is."""
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
    """Write an activity, if what it has come to be about is there, and to be seen.

    Args:
        transaction: the one to write it in.
        caller: who writes it.
        new: the activity as it shall be.
        old: as it was read; None for a new one.
        target: what it has come to be about, if that is looked for already.

    Raises:
        ValidationFailedError: it is not, or the activity is too large.
    The commit raises:
        ValidationFailedError: it has gone, or the owner is no active member.
    """
    _require_fitting(new)
    if new.parent and (old is None or new.parent != old.parent):
        about = target() if target else owned.seen(caller, *new.parent)
        if about is None:
            raise _no_target()
        owned.require_standing(transaction, about.key, _no_target)
    owned.save(transaction, caller, new, old)


def _require_fitting(activity: Activity) -> None:
    """Raises: ValidationFailedError: it is too large. Only what an email holds can be that much."""
    if len(json.dumps(activity.answer(), ensure_ascii=False).encode()) > MAX_BYTES:
        message = f"must not, with all else, make more than {MAX_BYTES:,} bytes"
        raise ValidationFailedError.of("body", message)


def _no_target() -> Exception:
    return ValidationFailedError.of("related_to_id", "is no record that can be seen here")
