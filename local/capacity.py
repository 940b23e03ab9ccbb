"""Corrects the consumed capacity of reads: the engine reports half a unit for every read.

DynamoDB counts the evaluated bytes, 4 KB per unit, half of that for eventually consistent reads.
The benchmark reports these figures, so they have to be right here.
"""

import importlib
import math
from contextvars import ContextVar
from typing import Any

UNIT = 4096
_evaluated: ContextVar[int] = ContextVar("evaluated", default=0)


def install() -> None:
    dynamodb: Any = importlib.import_module("ministack.services.dynamodb")
    paginate, add = dynamodb._paginate_evaluated_items, dynamodb._add_consumed_capacity

    def paginate_and_measure(items: Any, *arguments: Any, **options: Any) -> Any:
        evaluated, more = paginate(items, *arguments, **options)
        _evaluated.set(sum(dynamodb._item_size_bytes(item) for item in evaluated))
        return evaluated, more

    def add_by_size(
        result: Any, data: Any, table: str, write: bool = False, **options: Any
    ) -> None:
        add(result, data, table, write=write, **options)
        if write or "ConsumedCapacity" not in result:
            return
        is_page = "ScannedCount" in result
        size = _evaluated.get() if is_page else dynamodb._item_size_bytes(result.get("Item", {}))
        _multiply(result["ConsumedCapacity"], max(1, math.ceil(size / UNIT)))

    dynamodb._paginate_evaluated_items = paginate_and_measure
    dynamodb._add_consumed_capacity = add_by_size


def _multiply(capacity: dict[str, Any], factor: int) -> None:
    for name, value in capacity.items():
        if isinstance(value, dict):
            _multiply(value, factor)
        elif name == "CapacityUnits":
            capacity[name] = value * factor
