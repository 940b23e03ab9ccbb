"""Exportable lists: one per record type, with the rows that its route returns."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList
from crm.platform.fields import PageQuery
from crm.records.custom_fields.service import Definitions
from crm.related.activities import service as activities
from crm.related.documents import service as documents
from crm.related.documents.service import DocumentQuery
from crm.sales.cases import service as cases
from crm.sales.deals import service as deals
from crm.sales.entities import service as entities
from crm.sales.entities.service import EntityQuery
from crm.sales.leads import service as leads
from crm.tenancy.permissions import Caller

AT_ONCE = 25
"""Entities held in memory at once with their child items, of which each may have a thousand."""

Row = dict[str, Any]


def _nothing(_caller: Caller, _query: Any) -> None:
    """Accept every query: its model has checked all of it."""


@dataclass(frozen=True)
class Source:
    """The list of one record type.

    Attributes:
        query: the query parameters of its route.
        search: returns the index items that match a query and that the caller may see.
        rows: returns the API's responses for some index items.
        definitions: returns the custom fields of the type; None if it has none.
        check: raises ValidationFailedError for errors that the query's model cannot find.
    """

    query: type[PageQuery]
    search: Callable[[Caller, Any], EntryList]
    rows: Callable[[Caller, Any, Sequence[Item]], Iterable[Row]]
    definitions: Callable[[Caller], Definitions] | None
    check: Callable[[Caller, Any], object] = _nothing


def _entities(caller: Caller, query: EntityQuery, entries: Sequence[Item]) -> Iterator[Row]:
    """Yield entities with all their child items."""
    found = [row["id"] for row in entities.rows(caller, query, entries)]
    for start in range(0, len(found), AT_ONCE):
        yield from entities.details(caller, found[start : start + AT_ONCE])


def _search_documents(caller: Caller, query: DocumentQuery) -> EntryList:
    through = documents.sees_related(caller, query)
    return documents.search(caller, query, through_record=through)


def _documents(caller: Caller, query: DocumentQuery, entries: Sequence[Item]) -> list[Row]:
    through = documents.sees_related(caller, query)
    return documents.rows(caller, query, entries, through_record=through)


SOURCES: Mapping[str, Source] = {
    "entity": Source(entities.EntityQuery, entities.search, _entities, entities.definitions),
    "deal": Source(deals.DealQuery, deals.search, deals.rows, deals.definitions),
    "activity": Source(
        activities.ActivityQuery, activities.search, activities.rows, activities.definitions
    ),
    "lead": Source(leads.LeadQuery, leads.search, leads.rows, leads.definitions),
    "case": Source(cases.CaseQuery, cases.search, cases.rows, cases.definitions),
    "document": Source(DocumentQuery, _search_documents, _documents, None, documents.sees_related),
}
"""Sources by record type, named as in custom fields and the archive."""
