"""The descriptor of leads."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.records.kind import Fields, OwnedKind
from crm.sales.leads import service
from crm.sales.leads.schemas import Lead, email_list


@dataclass(frozen=True, kw_only=True)
class _Leads(OwnedKind):
    """Leads: the table has an index by the email address."""

    def match_lists(self, field: str, row: Fields) -> Sequence[str] | None:
        if field != "email":
            return None
        return [email_list(row["email"])] if row.get("email") else []


KIND = _Leads(model=Lead, service=service, match_on=("id", "email"))
