"""Lines of tickets in archives."""

from crm.records.archive.lines import OwnedLine
from crm.records.archive.section import OwnedSection
from tests.support.new_kind.schemas import Ticket, TicketWrite


class TicketLine(OwnedLine, TicketWrite):
    """A ticket."""

    RECORD = Ticket


SECTION = OwnedSection(TicketLine)
