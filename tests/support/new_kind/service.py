"""Create, find, change and delete tickets."""

from collections.abc import Iterator, Sequence

from crm.records.owned_record import entity_list
from crm.records.owned_service import OwnedService
from crm.related import cascade
from tests.support.new_kind.schemas import Ticket, TicketQuery, TicketWrite, level_list


class _Tickets(OwnedService[Ticket, TicketWrite, TicketQuery]):
    """The service of tickets."""

    def filters(self, query: TicketQuery) -> Iterator[Sequence[str]]:
        if query.level:
            yield [level_list(query.level)]
        if query.entity_id:
            yield [entity_list(query.entity_id)]

    def delete(self, old: Ticket) -> None:
        cascade.delete(old)


TICKETS = _Tickets(Ticket)
