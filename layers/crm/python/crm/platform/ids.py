"""Record ids: UUIDv7 (RFC 9562), whose text order is the order of creation."""

import re
from datetime import datetime

import uuid_utils

from crm.platform import clock

_INVERSE = str.maketrans("0123456789abcdef", "fedcba9876543210")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new_id() -> str:
    """Generate a UUIDv7."""
    return str(uuid_utils.uuid7())


def is_id(text: str) -> bool:
    """Return whether a text is a UUID in the spelling of Brook: lower case, hyphenated."""
    return _ID.fullmatch(text) is not None


def created_on(record_id: str) -> datetime | None:
    """Return the creation time in a UUIDv7; None for any other id."""
    if not is_id(record_id) or record_id[14] != "7":
        return None
    return clock.from_milliseconds(int(record_id[:8] + record_id[9:13], 16))


def first_id(moment: datetime) -> str:
    """Return a text above all ids created before a moment, and below all that were not."""
    milliseconds = f"{max(clock.to_milliseconds(moment), 0):012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:12]}"


def inverse(text: str) -> str:
    """Invert the sort order of a text of digits or an id; applied twice, it changes nothing."""
    return text.translate(_INVERSE)
