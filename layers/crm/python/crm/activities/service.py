"""Activities: making, finding, changing and deleting them, alone and with what they are about."""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from crm import access, ids
from crm.access import Caller
from crm.activities import completing, lists
from crm.activities.schemas import Activity as Activity
from crm.activities.schemas import ActivityQuery as ActivityQuery
from crm.activities.schemas import ActivityWrite as ActivityWrite
from crm.activities.schemas import related_list as related_list
from crm.attachments import service as attachments
from crm.custom_fields import service as custom_fields
from crm.custom_fields.service import Definitions
from crm.errors import ConflictError, NotFoundError, UnavailableError, ValidationFailedError
from crm.owned import service as owned
from crm.owned import writing
from crm.owned.listing import answer as answer
from crm.patch import Patch
from crm.store import keys
from crm.store.codec import Item
from crm.store.lists import Allowance, EntryList, take
from crm.store.reading import read_many, record_ids_of, record_list
from crm.store.repeating import until_done
from crm.store.transaction import MAX_OPERATIONS, StaleReadError, Transaction

Target = tuple[str, str]
"""A record, by kind and id."""

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
    made = writing.made(Activity, caller, activity_id, completing.fields(body.root), known)
    activity = completing.stamped(made, None)
    _save(transaction, caller, activity, None)
    return activity


def update(
    transaction: Transaction,
    caller: Caller,
    old: Activity,
    body: ActivityWrite,
    custom: dict[str, Any],
) -> Activity:
    """Change an activity as a whole. Raises what `create` raises.

    Raises:
        ValidationFailedError: it is of another type.
    """
    if body.root.type != old.type:
        raise ValidationFailedError.of("type", "cannot change")
    changed = writing.changed(caller, old, completing.fields(body.root), custom)
    new = completing.stamped(changed, old)
    _save(transaction, caller, new, old)
    return new


def patch(
    transaction: Transaction,
    caller: Caller,
    old: Activity,
    changes: Patch[ActivityWrite],
    known: Definitions,
) -> Activity:
    """Change an activity in part: status and completion go together.

    Raises what `update` raises, and for its custom fields.
    """
    custom = known.patch(changes.changes("custom_fields"), old.custom_fields)
    whole = changes.over(old, lambda named: completing.implied(old, named))
    return update(transaction, caller, old, whole, custom)


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
    if not entries:
        return []
    known, sees_record = definitions(caller), _sees_record(caller, query)
    found = read_many(Activity, caller.organization_id, record_ids_of(entries))
    return [
        answer(one, known)
        for one in found.values()
        if access.may_see(caller, one) or (sees_record and one.parent == query.about)
    ]


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
        removed = []
        for activity in _batch(organization_id, (record_type, record_id)):
            if _fits(transaction, activity):
                transaction.remove(activity)
                removed.append(activity.id)
        transaction.commit()
        gone.extend(removed)
        return bool(removed)

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
        batch = _batch(caller.organization_id, old)
        for activity in batch:
            if _fits(transaction, activity):
                moved = activity.changed(
                    caller.user_id, related_to_type=new[0], related_to_id=new[1]
                )
                transaction.save(moved, activity)
        if batch:
            owned.require_standing(transaction, target, refusal)
        transaction.commit()
        return bool(batch)

    until_done(step)


def _batch(organization_id: str, about: Target) -> list[Activity]:
    """Some of the activities about a record; none if there are none.

    Raises:
        StaleReadError: those that the list holds have gone in between.
    """
    listed = record_list(Activity, organization_id, related_list(*about), Allowance())
    entries = take(listed, BATCH).entries
    found = read_many(Activity, organization_id, record_ids_of(entries))
    batch = [one for one in found.values() if one.parent == about]
    if entries and not batch:
        raise StaleReadError
    return batch


def _fits(transaction: Transaction, activity: Activity) -> bool:
    """Whether another activity fits, with its entries; its first one always does."""
    operations = 1 + len(activity.lists()) + SPARE_OPERATIONS
    return not len(transaction) or len(transaction) + operations <= MAX_OPERATIONS


def _sees_record(caller: Caller, query: ActivityQuery) -> bool:
    """Whether the caller may see the record that a request asks for."""
    if query.about is None:
        return False
    record = owned.read_owned(caller.organization_id, *query.about)
    return record is not None and owned.may_see(caller, record)


def _save(transaction: Transaction, caller: Caller, new: Activity, old: Activity | None) -> None:
    """Write an activity, if what it has come to be about is there, and to be seen.

    Raises:
        ValidationFailedError: it is not, or the activity is too large.
    The commit raises:
        ValidationFailedError: it has gone, or the owner is no active member.
    """
    _require_fitting(new)
    if new.parent and (old is None or new.parent != old.parent):
        target = owned.read_owned(new.organization_id, *new.parent)
        if target is None or not owned.may_see(caller, target):
            raise _no_target()
        owned.require_standing(transaction, target.key, _no_target)
    owned.save(transaction, caller, new, old)


def _require_fitting(activity: Activity) -> None:
    """Raises: ValidationFailedError: it is too large. Only what an email holds can be that much."""
    if len(json.dumps(activity.answer(), ensure_ascii=False).encode()) > MAX_BYTES:
        message = f"must not, with all else, make more than {MAX_BYTES:,} bytes"
        raise ValidationFailedError.of("body", message)


def _no_target() -> Exception:
    return ValidationFailedError.of("related_to_id", "is no record that can be seen here")
