"""Erases the projections of one record of a deleted organization."""

from crm.administration.erasure import derived
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import SYSTEM
from crm.sales.reports.aggregates.contributions import CONTRIBUTIONS

PAGE = 100


def erase(organization_id: str, kind: str, record_id: str) -> None:
    """Erase the projections of a record, and their markers; safe to repeat."""
    derived.forget(organization_id, kind, record_id)
    SYSTEM.delete(keys.indexed(organization_id, kind, record_id))
    if kind in CONTRIBUTIONS:
        pk = keys.summed(organization_id, kind, record_id, "").pk
        while items := SYSTEM.query(pk, (LOWEST, HIGHEST), PAGE):
            SYSTEM.batch_write([], [Key(item["pk"], item["sk"]) for item in items])
