"""Lines of cases in archives. Pure."""

from typing import Any

from crm.platform.fields import Time
from crm.records.archive.lines import OwnedLine, require_together
from crm.records.archive.section import OwnedSection
from crm.sales.cases.schemas import CLOSING, Case, CaseWrite


class CaseLine(OwnedLine, CaseWrite):  # type: ignore[misc]
    """A case."""

    RECORD = Case

    closed_on: Time | None = None

    def fields(self, organization_id: str) -> dict[str, Any]:
        require_together("closed_on", self.status in CLOSING, self.closed_on)
        return super().fields(organization_id)


SECTION = OwnedSection(CaseLine)
