"""Converts items between Python values and DynamoDB's attribute values.

boto3 has such a codec too, but its import loads all of boto3, which is a fifth of a function's
cold start. So the few types that items consist of are converted here, under the same rules. A
test compares both codecs.
"""

from decimal import Clamped, Context, Decimal, Inexact, Overflow, Rounded, Underflow
from typing import Any

Item = dict[str, Any]
RawItem = dict[str, Any]

NUMBERS = Context(
    Emin=-128, Emax=126, prec=38, traps=[Clamped, Overflow, Inexact, Rounded, Underflow]
)
"""Numbers that DynamoDB accepts; a number that it cannot store exactly is refused."""


def to_raw(item: Item) -> RawItem:
    """Return the attribute values of an item, without attributes that are None.

    Raises:
        TypeError: A value has a type that items do not support, such as a float.
        decimal.DecimalException: A number has more digits than DynamoDB stores.
    """
    return {name: _serialized(value) for name, value in item.items() if value is not None}


def from_raw(raw: RawItem) -> Item:
    """Return an item from attribute values: whole numbers as `int`, others `Decimal`, all exact."""
    return {
        name: value["S"] if "S" in value else _deserialized(value) for name, value in raw.items()
    }


def _serialized(value: Any) -> RawItem:
    if isinstance(value, str):
        return {"S": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, (int, Decimal)):
        return {"N": _number(value)}
    if isinstance(value, dict):
        return {"M": {name: _serialized(inner) for name, inner in value.items()}}
    if isinstance(value, (list, tuple)):
        return {"L": [_serialized(inner) for inner in value]}
    raise TypeError(f"{type(value).__name__} is no type of attributes")


def _number(value: int | Decimal) -> str:
    number = str(NUMBERS.create_decimal(value))
    if number in {"Infinity", "-Infinity", "NaN"}:
        raise TypeError("Infinity and NaN are no numbers of attributes")
    return number


def _deserialized(raw: RawItem) -> Any:
    [(kind, value)] = raw.items()
    if kind in {"S", "BOOL"}:
        return value
    if kind == "N":
        number = Decimal(value)
        return int(number) if number == number.to_integral_value() else number
    if kind == "M":
        return {name: _deserialized(inner) for name, inner in value.items()}
    if kind == "L":
        return [_deserialized(inner) for inner in value]
    if kind == "NULL":
        return None
    raise TypeError(f"{kind} is no kind of attribute that Brook writes")
