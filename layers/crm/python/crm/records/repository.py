"""Finding, listing and writing records with an owner."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import Allowance, EntryList, Lookup, Union
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
        caller: whose request it is.
        tiles: the tiles asked for; all of them if the request does not say.
        accept: entries that it refuses are passed over.
    """

    def __init__(
        self,
        kind: type[OwnedRecord],
        caller: Caller,
        tiles: Sequence[str] | None = None,
        accept: Accept | None = None,
    ) -> None:
        self._kind = kind
        self._caller = caller
        self._tiles = tiles or kind.tiles
        self._accept = accept
        self.allowance = Allowance()

    def named(self, names: Iterable[str], lookup: Lookup | None = None) -> EntryList:
        """Everything that one of these lists holds.

        Args:
            names: of the lists.
            lookup: tells for all of them which of some positions they hold.
        """
        return Union(
            [
                record_list(
                    self._kind,
                    self._caller.organization_id,
                    name,
                    self.allowance,
                    accept=self._accept,
                )
                for name in names
            ],
            lookup,
        )

    def assigned_to(self, user_id: str) -> EntryList:
        return self.named(assigned_list(user_id, tile) for tile in self._tiles)

    def visible(self) -> EntryList:
        """What is the caller's by name: created, assigned, shared with a team; all, for admins."""
        if self._caller.is_admin:
            return self.named([all_list(tile) for tile in self._tiles], self._seen)
        user_id, team_ids = self._caller.user_id, sorted(self._caller.teams)
        names = [
            name
            for tile in self._tiles
            for name in (
                creator_list(user_id, tile),
                assigned_list(user_id, tile),
                *(team_list(team_id, tile) for team_id in team_ids),
            )
        ]
        return self.named(names, self._seen)

    def _seen(self, positions: Sequence[str]) -> list[Item]:
        """The entries at these positions in lists by age of what is visible.

        There may be a dozen of these lists; their records say the same at one read each.
        """
        found = read_many(self._kind, self._caller.organization_id, positions)
        entries = [
            {"sk": record_id, **record.entry(all_list(record.tile))}
            for record_id, record in found.items()
            if permissions.may_see(self._caller, record) and record.tile in self._tiles
        ]
        return [one for one in entries if self._accept is None or self._accept(one)]


def find(kind: type[AnyOwned], caller: Caller, record_id: str) -> AnyOwned:
    """A record that the caller may see.

    Raises:
        NotFoundError: the organization has no such record.
        PermissionDeniedError: it is not the caller's to see.
    """
    return require_visible(caller, read(kind, caller.organization_id, record_id))


def require_visible(caller: Caller, record: AnyOwned | None) -> AnyOwned:
    """A record as it was read, if the caller may see it. Raises what `find` raises."""
    if record is None:
        raise NotFoundError
    if not may_see(caller, record):
        raise PermissionDeniedError
    return record


def may_see(caller: Caller, record: OwnedRecord) -> bool:
    """Whether a record is the caller's to see, by itself or through the one that it belongs to."""
    if permissions.may_see(caller, record):
        return True
    if record.parent is None:
        return False
    parent = read_owned(caller.organization_id, *record.parent)
    return parent is not None and may_see(caller, parent)


def read_owned(organization_id: str, record_type: str, record_id: str) -> OwnedRecord | None:
    """A record of any kind with an owner, None if the organization has no such one."""
    kind = OWNED_KINDS.get(record_type)
    return read(kind, organization_id, record_id) if kind else None


def seen(caller: Caller, record_type: str, record_id: str) -> OwnedRecord | None:
    """A record that somebody names; None if the caller may not see it, or there is no such one."""
    record = read_owned(caller.organization_id, record_type, record_id)
    return record if record is not None and may_see(caller, record) else None


def look_for(caller: Caller, record_type: str, record_id: str) -> Callable[[], OwnedRecord | None]:
    """Begin to read what `seen` answers, beside whatever is read next."""
    return ahead(lambda: seen(caller, record_type, record_id))


def find_to_change(kind: type[AnyOwned], caller: Caller, record_id: str) -> AnyOwned:
    """A record that the caller may change.

    Raises:
        NotFoundError: the organization has no such record.
        PermissionDeniedError: it is not the caller's to change.
    """
    return require_changeable(caller, find(kind, caller, record_id))


def require_changeable(caller: Caller, record: AnyOwned) -> AnyOwned:
    """A record as it was read.

    Raises:
        PermissionDeniedError: it is not the caller's to change.
    """
    if not permissions.may_change(caller, record):
        raise PermissionDeniedError
    return record


def visible_rows(kind: type[AnyOwned], caller: Caller, entries: Sequence[Item]) -> list[AnyOwned]:
    """The records of list entries, without those that are gone or no longer the caller's."""
    return visible(kind, caller, record_ids_of(entries))


def visible(kind: type[AnyOwned], caller: Caller, record_ids: Iterable[str]) -> list[AnyOwned]:
    """Those of the records that exist and that the caller may see."""
    found = read_many(kind, caller.organization_id, record_ids)
    return [record for record in found.values() if permissions.may_see(caller, record)]


def save(
    transaction: Transaction, caller: Caller, new: OwnedRecord, old: OwnedRecord | None
) -> None:
    """Write a record, if its owner is an active member and its teams exist.

    The commit raises:
        ValidationFailedError: the owner is no active member, or a team is unknown.
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
    """Demand that a record can be pointed to when the transaction commits.

    It exists, and is not on its way into another one: whatever is added until then moves with
    it, and nothing is added afterwards.

    The commit raises what `refusal` answers.
    """
    standing = Path("pk").exists() & Path("merging_into").does_not_exist()
    transaction.check(record, standing, refusal)
