"""Items between Python values and DynamoDB's attribute values."""

from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

Item = dict[str, Any]
RawItem = dict[str, Any]


class _Deserializer(TypeDeserializer):
    """Whole numbers come back as `int`, others exactly, as `Decimal`."""

    def _deserialize_n(self, value: str) -> int | Decimal:
        number = Decimal(value)
        return int(number) if number == number.to_integral_value() else number


_serializer = TypeSerializer()
_deserializer = _Deserializer()


def to_raw(item: Item) -> RawItem:
    """Attribute values of an item; attributes that are None are left out."""
    return {name: _serializer.serialize(value) for name, value in item.items() if value is not None}


def from_raw(raw: RawItem) -> Item:
    """An item from its attribute values."""
    return {name: _deserializer.deserialize(value) for name, value in raw.items()}
