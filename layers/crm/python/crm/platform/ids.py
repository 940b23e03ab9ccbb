"""Record ids: UUIDv7 (RFC 9562), whose text order is the order of creation."""

import re
from datetime import datetime

import uuid_utils

from crm.platform import clock

_INVERSE = str.maketrans("0123456789abcdef", "fedcba9876543210")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new_id() -> str:
    """A fresh UUIDv7."""
    return str(uuid_utils.uuid7())


def is_id(text: str) -> bool:
    """Whether this is a UUID in the one spelling that Brook uses: lower case, hyphenated."""
    return _ID.fullmatch(text) is not None


def created_on(record_id: str) -> datetime | None:
    """The moment that a UUIDv7 carries; None for any other id."""
    if not is_id(record_id) or record_id[14] != "7":
        return None
    return clock.from_milliseconds(int(record_id[:8] + record_id[9:13], 16))


def first_id(moment: datetime) -> str:
    """The smallest text that no id made at or after the moment is below."""
    milliseconds = f"{max(clock.to_milliseconds(moment), 0):012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:12]}"


def inverse(text: str) -> str:
    """A text of digits or an id that sorts the other way round; the inverse of it is itself."""
    return text.translate(_INVERSE)
