"""The lists that a query for activities reads, by creation time or by due date."""

from collections.abc import Iterable

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList, Intersection, Lookup, Succession, Union
from crm.platform.dynamodb.queries import Accept, record_list
from crm.records import repository as owned
from crm.records.date_ranges import in_range
from crm.related.activities.schemas import (
    Activity,
    ActivityQuery,
    due_between,
    due_list,
    related_list,
    type_list,
)
from crm.tenancy.permissions import Caller


class Lists(owned.Lists):
    """The lists of activities, by creation time.

    The attributes of an index item (type, due date, whether it is completed) are tested wherever
    items are read, so that they need no lists of their own. A range of due dates that holds few
    activities is read by due date, without the rest of the list.

    Args:
        caller: the caller of the request.
        query: its filters.
    """

    def __init__(self, caller: Caller, query: ActivityQuery) -> None:
        self._entry_fits = _accepts(query)
        self._between = due_between(query.due_after, query.due_before)
        self._has_range = query.has_range
        super().__init__(Activity, caller, _tiles(query), self._entry_fits)

    def named(self, names: Iterable[str], lookup: Lookup | None = None) -> EntryList:
        names = list(names)
        if not self._has_range:
            return super().named(names, lookup)
        found = in_range(
            Activity,
            self._caller.organization_id,
            [due_list(name) for name in names],
            self._between,
            self.budget,
            self._entry_fits,
        )
        return super().named(names, lookup) if found is None else found


class ListsByDueDate(Lists):
    """The same lists by due date; without a range, undated activities follow by creation time."""

    def named(
        self,
        names: Iterable[str],
        lookup: Lookup | None = None,  # noqa: ARG002
    ) -> EntryList:
        """Return the union of lists; sort keys are no ids, so there is no lookup."""
        names = list(names)
        organization_id, budget = self._caller.organization_id, self.budget
        dated = [
            record_list(
                Activity,
                organization_id,
                due_list(name),
                budget,
                self._between,
                self._entry_fits,
            )
            for name in names
        ]
        if self._has_range:
            return Union(dated)
        undated = [
            record_list(Activity, organization_id, name, budget, accept=self._undated)
            for name in names
        ]
        return Succession(Union(dated), Union(undated))

    def _undated(self, entry: Item) -> bool:
        return entry.get("due_date") is None and self._entry_fits(entry)


def search(caller: Caller, query: ActivityQuery, *, sees_record: bool) -> EntryList:
    """Return the list of activities that a query asks for.

    Args:
        caller: the caller of the request.
        query: its filters.
        sees_record: whether the caller may see the query's record, and so its activities.
    """
    lists = (ListsByDueDate if query.order else Lists)(caller, query)
    operands: list[EntryList] = []
    if query.about:
        operands.append(lists.named([related_list(*query.about)]))
    if query.assigned_to:
        operands.append(lists.assigned_to(query.assigned_to))
    if query.type and not (operands or query.order or query.has_range):
        operands.append(lists.named([type_list(query.type)]))
    everything = caller.is_admin or sees_record or query.assigned_to == caller.user_id
    if not (operands and everything):
        operands.append(lists.visible())
    return operands[0] if len(operands) == 1 else Intersection(operands)


def _tiles(query: ActivityQuery) -> list[str] | None:
    if query.is_completed is None:
        return None
    return ["completed" if query.is_completed else "open"]


def _accepts(query: ActivityQuery) -> Accept:
    """Return the filter of index items for the query's filters on their attributes."""

    def fits(entry: Item) -> bool:
        return (
            query.type in {None, entry["type"]}
            and query.is_completed in {None, entry["is_completed"]}
            and query.is_due(entry.get("due_date"))
        )

    return fits
