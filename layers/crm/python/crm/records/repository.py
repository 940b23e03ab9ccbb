"""Find, list and write records with an owner."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import EntryList, Lookup, ReadBudget, Union
from crm.platform.dynamodb.parallel import ahead
from crm.platform.dynamodb.queries import Accept, read, read_many, record_ids_of, record_list
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import NotFoundError, PermissionDeniedError
from crm.records.owned_record import OwnedRecord, all_list, assigned_list, creator_list, team_list
from crm.records.registry import OWNED_KINDS
from crm.tenancy import permissions
from crm.tenancy.members import service as members
from crm.tenancy.permissions import Caller
from crm.tenancy.teams import service as teams

AnyOwned = TypeVar("AnyOwned", bound=OwnedRecord)


class Lists:
    """The lists of one kind, as one request reads them.

    Args:
        kind: the record kind.
        caller: the caller of the request.
        list_partitions: the requested list partitions; by default all of them.
        accept: filter of index items; items that it refuses are skipped.
    """

    def __init__(
        self,
        kind: type[OwnedRecord],
        caller: Caller,
        list_partitions: Sequence[str] | None = None,
        accept: Accept | None = None,
    ) -> None:
        self._kind = kind
        self._caller = caller
        self._tiles = list_partitions or kind.list_partitions
        self._accept = accept
        self.budget = ReadBudget()

    def named(self, names: Iterable[str], lookup: Lookup | None = None) -> EntryList:
        """Return the union of lists.

        Args:
            names: the names of the lists.
            lookup: returns which of some sort keys the union holds.
        """
        return Union(
            [
                record_list(
                    self._kind,
                    self._caller.organization_id,
                    name,
                    self.budget,
                    accept=self._accept,
                )
                for name in names
            ],
            lookup,
        )

    def assigned_to(self, user_id: str) -> EntryList:
        return self.named(assigned_list(user_id, list_partition) for list_partition in self._tiles)

    def visible(self) -> EntryList:
        """List records created by, assigned or shared with the caller; all records for admins."""
        if self._caller.is_admin:
            return self.named(
                [all_list(list_partition) for list_partition in self._tiles], self._seen
            )
        user_id, team_ids = self._caller.user_id, sorted(self._caller.teams)
        names = [
            name
            for list_partition in self._tiles
            for name in (
                creator_list(user_id, list_partition),
                assigned_list(user_id, list_partition),
                *(team_list(team_id, list_partition) for team_id in team_ids),
            )
        ]
        return self.named(names, self._seen)

    def _seen(self, positions: Sequence[str]) -> list[Item]:
        """Return the index items, at these sort keys by creation time, of visible records.

        There may be a dozen of these lists; reading the records themselves costs one read each.
        """
        found = read_many(self._kind, self._caller.organization_id, positions)
        entries = [
            {"sk": record_id, **record.entry(all_list(record.list_partition))}
            for record_id, record in found.items()
            if permissions.may_see(self._caller, record) and record.list_partition in self._tiles
        ]
        return [one for one in entries if self._accept is None or self._accept(one)]


def find(kind: type[AnyOwned], caller: Caller, record_id: str) -> AnyOwned:
    """Return a record that the caller may see.

    Raises:
        NotFoundError: The organization has no such record.
        PermissionDeniedError: The caller may not see the record.
    """
    return require_visible(caller, read(kind, caller.organization_id, record_id))


def require_visible(caller: Caller, record: AnyOwned | None) -> AnyOwned:
    """Return a record as it was read, if the caller may see it. Raises the errors of `find`."""
    if record is None:
        raise NotFoundError
    if not may_see(caller, record):
        raise PermissionDeniedError
    return record


def may_see(caller: Caller, record: OwnedRecord) -> bool:
    """Return whether the caller may see a record, by itself or through its parent."""
    if permissions.may_see(caller, record):
        return True
    if record.parent is None:
        return False
    parent = read_owned(caller.organization_id, *record.parent)
    return parent is not None and may_see(caller, parent)


def read_owned(organization_id: str, record_type: str, record_id: str) -> OwnedRecord | None:
    """Return a record of any kind with an owner; None if it does not exist."""
    kind = OWNED_KINDS.get(record_type)
    return read(kind, organization_id, record_id) if kind else None


def seen(caller: Caller, record_type: str, record_id: str) -> OwnedRecord | None:
    """Return a record that a request names; None if it is missing or the caller may not see it."""
    record = read_owned(caller.organization_id, record_type, record_id)
    return record if record is not None and may_see(caller, record) else None


def look_for(caller: Caller, record_type: str, record_id: str) -> Callable[[], OwnedRecord | None]:
    """Start reading the result of `seen`, in parallel to the next reads."""
    return ahead(lambda: seen(caller, record_type, record_id))


def find_to_change(kind: type[AnyOwned], caller: Caller, record_id: str) -> AnyOwned:
    """Return a record that the caller may change.

    Raises:
        NotFoundError: The organization has no such record.
        PermissionDeniedError: The caller may not change the record.
    """
    return require_changeable(caller, find(kind, caller, record_id))


def require_changeable(caller: Caller, record: AnyOwned) -> AnyOwned:
    """Return a record as it was read, if the caller may change it.

    Raises:
        PermissionDeniedError: The caller may not change the record.
    """
    if not permissions.may_change(caller, record):
        raise PermissionDeniedError
    return record


def visible_rows(kind: type[AnyOwned], caller: Caller, entries: Sequence[Item]) -> list[AnyOwned]:
    """Return the records of index items, without those that are deleted or no longer visible."""
    return visible(kind, caller, record_ids_of(entries))


def visible(kind: type[AnyOwned], caller: Caller, record_ids: Iterable[str]) -> list[AnyOwned]:
    """Return those of the records that exist and that the caller may see."""
    found = read_many(kind, caller.organization_id, record_ids)
    return [record for record in found.values() if permissions.may_see(caller, record)]


def save(
    transaction: Transaction, caller: Caller, new: OwnedRecord, old: OwnedRecord | None
) -> None:
    """Write a record, if its owner is an active member and its teams exist.

    The commit raises:
        ValidationFailedError: The owner is no active member, or a team is unknown.
    """
    before = old.shared_with if old else []
    teams.require(
        transaction, new.organization_id, [team for team in new.shared_with if team not in before]
    )
    unchanged = old is not None and old.assigned_to == new.assigned_to
    # A super admin need not be a member of the organization that they work in.
    if not unchanged and new.assigned_to != caller.user_id:
        members.require_active(transaction, new.organization_id, new.assigned_to, "assigned_to")
    transaction.save(new, old)


def require_standing(
    transaction: Transaction, record: Key, refusal: Callable[[], Exception]
) -> None:
    """Add the condition that a record can be referred to when the transaction commits.

    The record exists and is not being merged into another one: references added before the merge
    move with it, and none are added afterwards.

    The commit raises the error that `refusal` returns.
    """
    standing = Path("pk").exists() & Path("merging_into").does_not_exist()
    transaction.check(record, standing, refusal)
