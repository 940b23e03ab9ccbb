"""The descriptor of deals."""

from crm.records.kind import OwnedKind
from crm.sales.deals import service
from crm.sales.deals.schemas import Deal

KIND = OwnedKind(model=Deal, service=service)
