"""Stream records, parsed as changes of CRM records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item, from_raw
from crm.platform.dynamodb.keys import RECORD, Key, RecordAddress
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.transaction import ORIGIN
from crm.records.registry import KINDS


@dataclass(frozen=True)
class Change:
    """One write of one record.

    Attributes:
        address: organization, kind and id, taken from the key and never from an attribute.
        old: the record before the write; None if the write created it.
        new: the record after the write; None if the write deleted it.
        cause: the origin of the write; None if a request is the origin.
    """

    address: RecordAddress
    old: Record | None
    new: Record | None
    cause: Item | None = None

    @property
    def key(self) -> Key:
        return keys.record(*self.address)

    @property
    def suppresses_rules(self) -> bool:
        """True if the change runs no workflow rules."""
        return bool((self.cause or {}).get("quiet"))

    @property
    def is_restored(self) -> bool:
        """True if the record is restored together with its own history."""
        return bool((self.cause or {}).get("restored"))


def read(record: Mapping[str, Any]) -> Change | None:
    """Return the change of a stream record; None for a child item or an unknown kind.

    Only the images in the event are used: a later read would show later changes too.
    """
    images = record["dynamodb"]
    raw_key = from_raw(images["Keys"])
    key = Key(raw_key["pk"], raw_key["sk"])
    address = keys.parse_record(key)
    if address is None or key.sk != RECORD or address.kind not in KINDS:
        return None
    kind = KINDS[address.kind]

    def image(name: str) -> Record | None:
        return kind.from_item(from_raw(images[name])) if images.get(name) else None

    written = from_raw(images.get("NewImage") or {})
    return Change(address, image("OldImage"), image("NewImage"), written.get(ORIGIN))
