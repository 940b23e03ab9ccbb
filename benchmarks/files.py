"""Files to import. Rows are numbered, and those of the same number are the same."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from benchmarks.world import World
from crm.platform import clock

CONTACT_COLUMNS = ("type", "name", "email", "phone", "note")
DEAL_COLUMNS = ("name", "amount", "currency", "entity_id", "expected_close_date")
DAYS = 360
"""Deals close within so many days from now on."""


def contacts(count: int, note: str = "Met at the fair") -> bytes:
    """Contacts with an email address and a phone number each.

    Args:
        count: how many.
        note: is what differs in a file that updates them.
    """
    return _csv(CONTACT_COLUMNS, (_contact(number, note) for number in range(count)))


def broken_contacts(count: int) -> bytes:
    """Contacts that cannot be written: they are of a type that there is not."""
    rows = (_contact(number, "") for number in range(count))
    return _csv(CONTACT_COLUMNS, (("nobody", *rest) for _, *rest in rows))


def deals(world: World, count: int) -> bytes:
    """Deals with one entity, in the first stage of the pipeline."""
    return _csv(DEAL_COLUMNS, _deals(world.entity(), count))


def _contact(number: int, note: str) -> Sequence[str]:
    return (
        "contact",
        f"Grace Hopper {number:06d}",
        f"grace.{number:06d}@example.com",
        f"+44207{number:07d}",
        note,
    )


def _deals(entity: str, count: int) -> Iterator[Sequence[str]]:
    today = clock.now().date()
    for number in range(count):
        closes = today + timedelta(days=number % DAYS)
        yield f"Spring order {number:06d}", "1250.50", "USD", entity, closes.isoformat()


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
