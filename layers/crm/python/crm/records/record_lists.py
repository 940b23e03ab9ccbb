"""Filtered lists of records with an owner, and the rows of their responses."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, EntryList, Intersection
from crm.platform.dynamodb.record import Answer
from crm.records import repository as owned
from crm.records.custom_fields import service as custom_fields
from crm.records.custom_fields.definitions import Definitions
from crm.records.owned_record import OwnedRecord
from crm.records.search import index
from crm.records.search.text import fold, matches
from crm.tenancy.permissions import Caller


class Filters(Protocol):
    """The filters that the lists of all kinds with a searchable name share."""

    @property
    def assigned_to(self) -> str | None: ...

    @property
    def name(self) -> str | None: ...


class Lists(owned.Lists):
    """The lists of one kind with a searchable name, as one request reads them."""

    def narrowed(self, query: Filters, further: Iterable[EntryList]) -> EntryList:
        """Return the list of records that the caller may see, narrowed by a query's filters.

        Args:
            query: the query; only its owner and its name are used.
            further: the lists of its other filters.
        """
        operands = list(further)
        if query.assigned_to:
            operands.append(self.assigned_to(query.assigned_to))
        # Items of the text index hold no attributes that a filter could test.
        is_accepted = bool(operands) or self._accept is None
        operands += index.lists_of(
            self._kind,
            self._caller.organization_id,
            query.name or "",
            self.budget,
            (LOWEST, HIGHEST),
        )
        sees_all = self._caller.is_admin and len(self._tiles) == len(self._kind.list_partitions)
        everything = sees_all or query.assigned_to == self._caller.user_id
        if not operands or not (everything and is_accepted):
            operands.append(self.visible())
        return operands[0] if len(operands) == 1 else Intersection(operands)


def rows(
    kind: type[OwnedRecord], caller: Caller, query: Filters, entries: Sequence[Item]
) -> list[Answer]:
    """Return the rows of a page of a narrowed list, without records that no longer match."""
    if not entries:
        return []
    known = custom_fields.definitions(caller.organization_id, kind.KIND)
    sought = fold(query.name or "")
    return [
        answer(record, known)
        for record in owned.visible_rows(kind, caller, entries)
        if matches(fold(record.searched_text() or ""), sought)
    ]


def answer(record: OwnedRecord, known: Definitions) -> Answer:
    """Return a record as lists and writes return it."""
    return {**record.answer(), "custom_fields": known.answer(record.custom_fields)}
