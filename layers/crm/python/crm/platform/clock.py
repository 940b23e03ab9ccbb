"""Time as Brook writes it: UTC, milliseconds, RFC 3339 with `Z`."""

import time
from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """The present moment in UTC, cut to milliseconds."""
    return from_milliseconds(time.time_ns() // 1_000_000)


def from_milliseconds(milliseconds: int) -> datetime:
    """The moment that many milliseconds after 1970-01-01T00:00:00Z."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC) + timedelta(
        milliseconds=milliseconds % 1000
    )


def to_milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00:00Z, rounded down."""
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def timestamp(moment: datetime) -> str:
    """`2026-11-21T08:30:00.123Z`: fixed width, so that text order is time order."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def moment(timestamp: str) -> datetime:
    """The moment of a timestamp that Brook wrote."""
    return datetime.fromisoformat(timestamp)


def seconds_between(earlier: str, later: str) -> int:
    """Whole seconds from one timestamp to another, rounded down; never less than none."""
    return max(int((moment(later) - moment(earlier)).total_seconds()), 0)
