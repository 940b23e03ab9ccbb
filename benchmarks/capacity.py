"""Capacity units, by DynamoDB's published rules. Pure.

The embedded engine charges writes as DynamoDB does, but says nothing of BatchGetItem. So writes are
taken from its answers and reads are worked out here, from the items themselves: see "DynamoDB
read and write operations" and "DynamoDB item sizes and formats" in the developer guide.
"""

from collections.abc import Mapping
from math import ceil
from typing import Any

READ_UNIT_BYTES = 4096
WRITE_UNIT_BYTES = 1024
CONTAINER_BYTES = 3
TRANSACTION_FACTOR = 2

READS = frozenset({"GetItem", "BatchGetItem", "Query"})
HIDING_SIZE = ("FilterExpression", "ProjectionExpression", "Select", "IndexName")
"""With these, an answer does not hold all that was read, and nothing can be told from it."""

Mapped = Mapping[str, Any]


def read_units(operation: str, request: Mapped, answer: Mapped) -> float:
    """What a read consumed; items that do not exist cost like small ones.

    Raises:
        ValueError: the answer does not show what was read.
    """
    if operation == "BatchGetItem":
        return sum(
            _batch_units(asked, answer["Responses"].get(table, []))
            for table, asked in request["RequestItems"].items()
        )
    if hidden := [name for name in HIDING_SIZE if name in request]:
        raise ValueError(f"the cost of a {operation} with {hidden} cannot be told")
    items = [answer["Item"]] if "Item" in answer else answer.get("Items", [])
    return _units(sum(map(item_bytes, items)), consistent=request.get("ConsistentRead", False))


def write_units(answer: Mapped) -> float:
    """What a write consumed, as its answer says."""
    consumed = answer.get("ConsumedCapacity", [])
    tables = consumed if isinstance(consumed, list) else [consumed]
    return float(sum(table["CapacityUnits"] for table in tables))


def refused_units(request: Mapped) -> float:
    """What a write consumed that a condition refused: as much as if it had been done."""
    if "TransactItems" in request:
        operations = [next(iter(one.values())) for one in request["TransactItems"]]
        return TRANSACTION_FACTOR * sum(map(refused_units, operations))
    written = request.get("Item") or request["Key"]
    return float(max(1, ceil(item_bytes(written) / WRITE_UNIT_BYTES)))


def item_bytes(item: Mapped) -> int:
    """The size of an item as DynamoDB bills it: names and values."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _batch_units(asked: Mapped, items: list[Mapped]) -> float:
    """Each item of a batch is rounded up by itself."""
    consistent = asked.get("ConsistentRead", False)
    sizes = [item_bytes(item) for item in items]
    sizes += [0] * (len(asked["Keys"]) - len(items))
    return sum(_units(size, consistent=consistent) for size in sizes)


def _units(size: int, *, consistent: bool) -> float:
    units = max(1, ceil(size / READ_UNIT_BYTES))
    return float(units if consistent else units / 2)


def _value_bytes(typed: Mapped) -> int:
    [(kind, value)] = typed.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return _number_bytes(value)
        case "B":
            return len(value)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return CONTAINER_BYTES + sum(1 + _value_bytes(one) for one in value)
        case "M":
            return CONTAINER_BYTES + len(value) + item_bytes(value)
        case _:
            return sum(_value_bytes({kind[0]: one}) for one in value)


def _number_bytes(text: str) -> int:
    """About one byte for two significant digits, one for the exponent, one for a minus sign."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return ceil(len(digits) / 2) + 1 + text.startswith("-")
