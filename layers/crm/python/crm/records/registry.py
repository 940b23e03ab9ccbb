"""Every record kind by its name, for code that processes records of all kinds.

A kind's model is imported on first use: one request needs few kinds, and importing the models of
all kinds takes long.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Generic, TypeVar

from crm.platform.dynamodb.record import Record
from crm.records.owned_record import OwnedRecord
from crm.records.shared_record import SharedRecord

AnyKind = TypeVar("AnyKind")

_OWNED = {
    "activity": "crm.related.activities.schemas:Activity",
    "case": "crm.sales.cases.schemas:Case",
    "deal": "crm.sales.deals.schemas:Deal",
    "entity": "crm.sales.entities.schemas:Entity",
    "lead": "crm.sales.leads.schemas:Lead",
}

_OTHERS = {
    "attachment": "crm.related.documents.attachment_schemas:Attachment",
    "custom_field": "crm.records.custom_fields.schemas:CustomField",
    "document": "crm.related.documents.schemas:Document",
    "member": "crm.tenancy.members.schemas:Member",
    "notification": "crm.tenancy.notifications.schemas:Notification",
    "organization": "crm.tenancy.organizations.schemas:Organization",
    "pipeline": "crm.sales.pipelines.schemas:Pipeline",
    "team": "crm.tenancy.teams.schemas:Team",
    "webhook_endpoint": "crm.webhooks.schemas:WebhookEndpoint",
    "workflow_rule": "crm.workflows.rules.schemas:WorkflowRule",
}


_SHARED = {
    name: {**_OWNED, **_OTHERS}[name] for name in ("lead", "case", "deal", "document", "entity")
}


class _Kinds(Mapping[str, AnyKind], Generic[AnyKind]):
    """Models by kind name, imported on use."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> AnyKind:
        model: AnyKind = _model(self._places[name])
        return model

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@cache
def _model(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


OWNED_KINDS: Mapping[str, type[OwnedRecord]] = _Kinds(_OWNED)

KINDS: Mapping[str, type[Record]] = _Kinds({**_OWNED, **_OTHERS})

SHARED_KINDS: Mapping[str, type[SharedRecord]] = _Kinds(_SHARED)
"""Kinds that a deleted team is removed from, in this order. Leads come first: a conversion copies
a lead's teams to the records that it creates, and once the lead has lost them none are copied.
"""

HISTORY_KINDS = frozenset({*_OWNED, "document"})
