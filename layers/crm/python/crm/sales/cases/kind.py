"""The descriptor of cases."""

from crm.records.kind import OwnedKind
from crm.sales.cases import service
from crm.sales.cases.schemas import Case

KIND = OwnedKind(model=Case, service=service)
