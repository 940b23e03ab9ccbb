"""The lists that a query for documents reads."""

from collections.abc import Iterator, Sequence

from crm.platform import ids
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import (
    HIGHEST,
    LOWEST,
    EntryList,
    Intersection,
    Lookup,
    ReadBudget,
    Union,
)
from crm.platform.dynamodb.queries import Accept, read_many, record_list
from crm.records.search import index
from crm.related.documents.schemas import (
    VISIBLE_LIST,
    Document,
    DocumentQuery,
    Status,
    creator_list,
    related_list,
    status_list,
    team_list,
)
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

STATUSES: tuple[Status, ...] = ("active", "inactive")


def may_see_on_record(caller: Caller, document: Document) -> bool:
    """Return whether a caller may see a document attached to a record that they may see."""
    return document.visibility == "visible" or permissions.may_see(caller, document)


def search(caller: Caller, query: DocumentQuery, *, through_record: bool) -> EntryList:
    """List the documents that a caller may see, narrowed by filters.

    Args:
        caller: the caller of the request.
        query: the filters.
        through_record: whether the caller may see the query's record, and so its documents;
            otherwise only the caller's own documents and those shared with their teams match.
    """
    operands = list(_Lists(caller, query, through_record=through_record).operands())
    return operands[0] if len(operands) == 1 else Intersection(operands)


class _Lists:
    """The lists of documents, as one request reads them.

    Lists by status cost no more than the whole list, because every list is partitioned by
    status. Each index item names the document's creator, who is tested wherever items are read.
    """

    def __init__(self, caller: Caller, query: DocumentQuery, *, through_record: bool) -> None:
        self._caller, self._query, self._through_record = caller, query, through_record
        self._statuses = [query.status] if query.status else STATUSES
        self._between = _between(query)
        self._allowance = ReadBudget()

    def operands(self) -> Iterator[EntryList]:
        """Yield the lists to intersect."""
        caller, query = self._caller, self._query
        is_mine = query.created_by == caller.user_id or query.shared_with in caller.teams
        titled = index.lists_of(
            Document, caller.organization_id, query.title or "", self._allowance, self._between
        )
        filters = [*self._asked_for(), *titled]
        yield from filters
        if not caller.is_admin and not is_mine:
            yield self._visible()
        elif not filters or self._is_by_status_only():
            names = [status_list(one) for one in self._statuses]
            yield self._named(names, self._is_made, self._seen)

    def _asked_for(self) -> Iterator[EntryList]:
        query = self._query
        if query.created_by:
            names = [creator_list(query.created_by, one) for one in self._statuses]
            yield self._named(names, self._is_made)
        if query.shared_with:
            yield self._shared_with(query.shared_with)
        if query.related_to_type and query.related_to_id:
            names = [related_list(query.related_to_type, query.related_to_id)]
            yield self._named(names, self._is_made)

    def _is_by_status_only(self) -> bool:
        """Return whether a status matters, but no list that is partitioned by status is read.

        The status matters for the documents of a record too: a document that has just been
        deleted remains in the list of its record for a moment.
        """
        query = self._query
        matters = query.status or query.related_to_id
        return bool(matters) and not (query.created_by or query.shared_with)

    def _shared_with(self, team_id: str) -> EntryList:
        """List a team's documents; if it is the caller's team, those that the caller may see."""
        visible = [team_list(team_id, "visible")] if "active" in self._statuses else []
        hidden = {"active": "unavailable", "inactive": "inactive"}
        others = [team_list(team_id, hidden[one]) for one in self._statuses]
        if self._caller.is_admin or team_id not in self._caller.teams:
            return self._named([*visible, *others], self._is_made)
        shown = self._named(visible, self._is_made)
        return Union([shown, self._named(others, self._is_made_by_caller)])

    def _visible(self) -> EntryList:
        """List the documents that the caller may see, by themselves or through the record."""
        caller = self._caller
        names = [creator_list(caller.user_id, one) for one in self._statuses]
        if "active" in self._statuses and self._through_record:
            names.append(VISIBLE_LIST)
        elif "active" in self._statuses:
            names += [team_list(team, "visible") for team in sorted(caller.teams)]
        return self._named(names, self._is_made, self._seen)

    def _named(
        self, names: Sequence[str], accept: Accept, lookup: Lookup | None = None
    ) -> EntryList:
        organization_id = self._caller.organization_id
        return Union(
            [
                record_list(Document, organization_id, one, self._allowance, self._between, accept)
                for one in names
            ],
            lookup,
        )

    def _is_made(self, entry: Item) -> bool:
        """Return whether the document is by the creator that the query names, if it names one."""
        return self._query.created_by in {None, entry["created_by"]}

    def _is_made_by_caller(self, entry: Item) -> bool:
        return self._is_made(entry) and bool(entry["created_by"] == self._caller.user_id)

    def _seen(self, positions: Sequence[str]) -> list[Item]:
        """Return the index items of the visible ones among some documents, at one read each."""
        found = read_many(Document, self._caller.organization_id, positions)
        may_see = may_see_on_record if self._through_record else permissions.may_see
        entries = [
            {"sk": document_id, "created_by": document.created_by}
            for document_id, document in found.items()
            if document.status in self._statuses and may_see(self._caller, document)
        ]
        return [one for one in entries if self._is_made(one)]


def _between(query: DocumentQuery) -> tuple[str, str]:
    """Return the range of ids between two moments: ids are time-ordered, so they index dates."""
    lowest = ids.first_id(query.created_after) if query.created_after else LOWEST
    highest = ids.first_id(query.created_before) if query.created_before else HIGHEST
    return lowest, highest
