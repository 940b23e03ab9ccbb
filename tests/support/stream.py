"""Stream records of the writes within a block."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from crm.platform import config
from crm.platform.dynamodb.table import connection
from tests.support.client import function

StreamRecord = dict[str, Any]


@contextmanager
def recorded() -> Iterator[list[StreamRecord]]:
    """Stream records of what is written inside; a write that changes nothing makes none."""
    records: list[StreamRecord] = []
    before = _items()
    yield records
    after = _items()
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old != new:
            records.append(stream_record(old, new))


def stream_record(old: Any, new: Any) -> StreamRecord:
    """A stream record as Lambda hands it on.

    Args:
        old: the item before, as attribute values; None when it was made.
        new: the item after; None when it was deleted.
    """
    keys = {name: (new or old)[name] for name in ("pk", "sk")}
    images = {"OldImage": old, "NewImage": new}
    name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    return {
        "eventID": "event-1",
        "eventName": name,
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": keys,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **{name: image for name, image in images.items() if image is not None},
        },
    }


def project(records: list[StreamRecord]) -> None:
    """Hand stream records to the function that derives things from them."""
    function("projections")({"Records": records}, None)


def _items() -> dict[tuple[str, str], Any]:
    found = connection().scan(config.records_table())["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}
