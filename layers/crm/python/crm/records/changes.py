"""Stream records, read as changes of Brook's records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item, from_raw
from crm.platform.dynamodb.keys import RECORD, Key, RecordAddress
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.transaction import CAUSE
from crm.records.registry import KINDS


@dataclass(frozen=True)
class Change:
    """One write of one record.

    Attributes:
        address: organization, kind and id, taken from the key and never from an attribute.
        old: the record before; None when it was made.
        new: the record after; None when it was deleted.
        cause: what set the write off, if no request did.
    """

    address: RecordAddress
    old: Record | None
    new: Record | None
    cause: Item | None = None

    @property
    def key(self) -> Key:
        return keys.record(*self.address)

    @property
    def is_quiet(self) -> bool:
        """Whether no workflow rule runs for it."""
        return bool((self.cause or {}).get("quiet"))

    @property
    def is_restored(self) -> bool:
        """Whether it brings its own history."""
        return bool((self.cause or {}).get("restored"))


def read(record: Mapping[str, Any]) -> Change | None:
    """The change that a stream record tells of; None if it is of a record's part or of no kind.

    The images in the event are what is looked at: a later reading would tell of later changes.
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
    return Change(address, image("OldImage"), image("NewImage"), written.get(CAUSE))
