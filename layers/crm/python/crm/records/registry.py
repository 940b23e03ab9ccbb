"""The registry of kinds: every kind by its name, for code that processes records of all kinds.

The registry names modules and does not import them: a module is imported on first use, because one
request needs few kinds, and importing the modules of all kinds takes long.

A record kind is described in its own package: `schemas` holds its models, `service` what creates
and changes its records, `archive` the lines of its archive sections. A new record kind is one more
entry of `_RECORD_KINDS`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from crm.platform.dynamodb.record import Record
    from crm.records.owned_record import OwnedRecord
    from crm.records.shared_record import SharedRecord

Entry = TypeVar("Entry")


class _RecordKind(NamedTuple):
    """The entry of a record kind.

    Attributes:
        package: the package that describes it.
        model: the name of its model.
        plural: its plural noun, as in the paths of the API.
        is_owned: whether its records have an owner and custom fields.
        is_shared: whether its records are shared with teams.
        has_activities: whether activities can be about its records.
        refers_to_entity: whether its records refer to an entity, in `entity_id`.
        extensible_parts: kinds of its records' child items that have custom fields too.
    """

    package: str
    model: str
    plural: str
    is_owned: bool = True
    is_shared: bool = True
    has_activities: bool = True
    refers_to_entity: bool = False
    extensible_parts: tuple[str, ...] = ()


_RECORD_KINDS = {
    "entity": _RecordKind(
        "crm.sales.entities", "Entity", "entities", extensible_parts=("relationship",)
    ),
    "deal": _RecordKind("crm.sales.deals", "Deal", "deals", refers_to_entity=True),
    "activity": _RecordKind(
        "crm.related.activities", "Activity", "activities", is_shared=False, has_activities=False
    ),
    "lead": _RecordKind("crm.sales.leads", "Lead", "leads"),
    "case": _RecordKind("crm.sales.cases", "Case", "cases", refers_to_entity=True),
    "document": _RecordKind(
        "crm.related.documents", "Document", "documents", is_owned=False, has_activities=False
    ),
}
"""Record kinds, in the order in which the API names them; each after the kinds it refers to."""

_OTHERS = {
    "attachment": "crm.related.documents.attachment_schemas:Attachment",
    "custom_field": "crm.records.custom_fields.schemas:CustomField",
    "member": "crm.tenancy.members.schemas:Member",
    "notification": "crm.tenancy.notifications.schemas:Notification",
    "organization": "crm.tenancy.organizations.schemas:Organization",
    "pipeline": "crm.sales.pipelines.schemas:Pipeline",
    "team": "crm.tenancy.teams.schemas:Team",
    "webhook_endpoint": "crm.webhooks.schemas:WebhookEndpoint",
    "workflow_rule": "crm.workflows.rules.schemas:WorkflowRule",
}


class _Loaded(Mapping[str, Entry], Generic[Entry]):
    """Objects by kind name, imported on use."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> Entry:
        loaded: Entry = _load(self._places[name])
        return loaded

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@cache
def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def _names(accept: Callable[[_RecordKind], bool]) -> tuple[str, ...]:
    return tuple(name for name, kind in _RECORD_KINDS.items() if accept(kind))


def _models(names: Iterable[str]) -> dict[str, str]:
    kinds = ((name, _RECORD_KINDS[name]) for name in names)
    return {name: f"{kind.package}.schemas:{kind.model}" for name, kind in kinds}


def described(names: Iterable[str], what: str) -> Mapping[str, Any]:
    """Return what the packages of some record kinds define under one name.

    Args:
        names: names of record kinds.
        what: module and name in each package, such as `archive:SECTION`; `{PLURAL}` stands for
            the kind's plural noun in capitals.
    """
    kinds = ((name, _RECORD_KINDS[name]) for name in names)
    return _Loaded(
        {name: f"{kind.package}.{what.format(PLURAL=kind.plural.upper())}" for name, kind in kinds}
    )


RECORD_TYPES = tuple(_RECORD_KINDS)
"""Names of the record kinds."""

OWNED_TYPES = _names(lambda kind: kind.is_owned)
"""Names of the kinds of records with an owner."""

EXTENSIBLE_TYPES = tuple(
    name for kind in OWNED_TYPES for name in (kind, *_RECORD_KINDS[kind].extensible_parts)
)
"""Names of the kinds that have custom fields."""

TARGET_TYPES = _names(lambda kind: kind.has_activities)
"""Names of the kinds of records that activities can be about."""

REFERRING_TYPES = _names(lambda kind: kind.refers_to_entity)
"""Names of the kinds of records that refer to an entity."""

PLURALS = {name: kind.plural for name, kind in _RECORD_KINDS.items()}

RECORD_KINDS: Mapping[str, "type[SharedRecord]"] = _Loaded(_models(RECORD_TYPES))
"""Models of the record kinds. They have a history, lists per caller, and workflow rules."""

OWNED_KINDS: Mapping[str, "type[OwnedRecord]"] = _Loaded(_models(OWNED_TYPES))

KINDS: Mapping[str, "type[Record]"] = _Loaded({**_models(RECORD_TYPES), **_OTHERS})
"""Models of all kinds, records and others."""

SHARED_KINDS: Mapping[str, "type[SharedRecord]"] = _Loaded(
    _models(sorted(_names(lambda kind: kind.is_shared), key=lambda name: (name != "lead", name)))
)
"""Kinds that a deleted team is removed from, in this order. Leads come first: a conversion copies
a lead's teams to the records that it creates, and once the lead has lost them none are copied.
"""
