"""Create, find, change and delete cases."""

from collections.abc import Iterator, Sequence

from crm.records.owned_record import entity_list
from crm.records.owned_service import OwnedService
from crm.related import cascade
from crm.sales.cases.schemas import CLOSING, Case, CaseQuery, CaseWrite, facet

_FACETS = ("status", "priority", "case_type")


class _Cases(OwnedService[Case, CaseWrite, CaseQuery]):
    """The service of cases."""

    def derived(self, new: Case, old: Case | None = None) -> Case:
        """Return the case with its closing time, which does not change while it is closed."""
        since = old.closed_on if old else None
        closed_on = (since or new.updated_on) if new.status in CLOSING else None
        return new.model_copy(update={"closed_on": closed_on})

    def filters(self, query: CaseQuery) -> Iterator[Sequence[str]]:
        for field in _FACETS:
            if (value := getattr(query, field)) is not None:
                yield [facet(field, value)]
        if query.entity_id:
            yield [entity_list(query.entity_id)]

    def delete(self, old: Case) -> None:
        cascade.delete(old)


CASES = _Cases(Case)
