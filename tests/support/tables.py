"""Both tables as a whole: what stands in them, and how it stood before."""

from typing import Any

from crm.platform import config
from crm.platform.dynamodb.table import connection

WRITES = ("put", "put_if", "delete", "delete_if", "batch_write")
"""The methods of `Table` that write and are no transaction."""

Items = dict[tuple[str, str], Any]
Snapshot = dict[str, Items]


def items(table: str | None = None) -> Items:
    """A table's items as attribute values, by key; the records' table unless it is named."""
    found: list[Any] = []
    after = None
    while True:
        answer = connection().scan(table or config.records_table(), exclusive_start_key=after)
        found += answer["Items"]
        after = answer.get("LastEvaluatedKey")
        if not after:
            return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}


def mentioning(text: str) -> list[tuple[str, str]]:
    """The keys of all records items that hold a text, such as an id, anywhere."""
    return [key for key, item in items().items() if text in str(item)]


def snapshot() -> Snapshot:
    return {name: items(name) for name in (config.records_table(), config.bookkeeping_table())}


def restore(wanted: Snapshot) -> None:
    """Make both tables what they were."""
    for name, before in wanted.items():
        now = items(name)
        changes = [item for key, item in before.items() if now.get(key) != item]
        gone = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in now.keys() - before.keys()]
        for start in range(0, len(changes), 25):
            connection().batch_write_item(name, put_items=changes[start : start + 25])
        for start in range(0, len(gone), 25):
            connection().batch_write_item(name, delete_items=gone[start : start + 25])


def timeless(found: Items) -> Items:
    """Items without the moments at which they were written."""
    return {
        key: {name: value for name, value in item.items() if name != "updated_on"}
        for key, item in found.items()
    }
