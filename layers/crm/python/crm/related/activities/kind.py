"""The descriptor of activities."""

from crm.records.kind import OwnedKind
from crm.related.activities import service
from crm.related.activities.schemas import Activity

KIND = OwnedKind(model=Activity, service=service)
