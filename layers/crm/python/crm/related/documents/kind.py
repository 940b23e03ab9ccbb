"""The descriptor of documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.merge_patch import Patch
from crm.records.custom_fields.service import Definitions
from crm.records.kind import Fields, RecordKind
from crm.records.service_interface import Row
from crm.related.documents import service
from crm.related.documents.schemas import Document, DocumentQuery, DocumentReplace
from crm.tenancy.permissions import Caller


@dataclass(frozen=True, kw_only=True)
class _Documents(RecordKind):
    """Documents: they have no custom fields, and a record shows those attached to it."""

    def definitions(self, caller: Caller) -> Definitions:  # noqa: ARG002
        return Definitions([])

    def patch(
        self,
        transaction: Transaction,
        caller: Caller,
        old: Any,
        changes: Fields,
        known: Definitions,  # noqa: ARG002
    ) -> Document:
        whole = Patch(DocumentReplace, dict(changes)).over(old)
        return service.update(transaction, caller, old, whole)

    def search(self, caller: Caller, query: DocumentQuery) -> EntryList:
        through = service.sees_related(caller, query)
        return service.search(caller, query, through_record=through)

    def export_rows(
        self, caller: Caller, query: DocumentQuery, entries: Sequence[Item]
    ) -> list[Row]:
        through = service.sees_related(caller, query)
        return service.rows(caller, query, entries, through_record=through)

    def check_query(self, caller: Caller, query: DocumentQuery) -> None:
        service.sees_related(caller, query)


KIND = _Documents(model=Document)
