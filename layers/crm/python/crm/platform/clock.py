"""Timestamps in the format of Brook: UTC, milliseconds, RFC 3339 with `Z`."""

import time
from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """Return the current time in UTC, truncated to milliseconds."""
    return from_milliseconds(time.time_ns() // 1_000_000)


def from_milliseconds(milliseconds: int) -> datetime:
    """Convert milliseconds since 1970-01-01T00:00:00Z to a datetime."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC) + timedelta(
        milliseconds=milliseconds % 1000
    )


def to_milliseconds(moment: datetime) -> int:
    """Return the milliseconds since 1970-01-01T00:00:00Z, rounded down."""
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def timestamp(moment: datetime) -> str:
    """Format as `2026-11-21T08:30:00.123Z`: fixed width, so that text order is time order."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def moment(timestamp: str) -> datetime:
    """Parse a timestamp that Brook wrote."""
    return datetime.fromisoformat(timestamp)


def seconds_between(earlier: str, later: str) -> int:
    """Return the whole seconds from one timestamp to another, rounded down, at least 0."""
    return max(int((moment(later) - moment(earlier)).total_seconds()), 0)
