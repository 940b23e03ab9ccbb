"""The operators of conditions, each a function of values. Pure.

- `equals` is exact: strings are case-sensitive, numbers and times are compared by value, a day
  equals each of its moments (in UTC), and lists are equal with the same elements. No value equals
  no value.
- `contains`, `starts_with` and `ends_with` compare as the API's searches do: without case and
  accents. A list contains its elements.
- `greater_than` and similar operators order numbers and times only.
- Values of different kinds are neither equal nor ordered, and a missing value contains and exceeds
  nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm.platform.fields import ValueType
from crm.records.search.text import fold
from crm.workflows.rules.values import Value, day, like, present


@dataclass(frozen=True)
class Operand:
    """The value that a condition compares with.

    Attributes:
        value: the value of another field or of a relative date, or the JSON value of the condition.
        literal: whether it is a JSON value, which takes the kind of the value it is compared with.
        elements: the elements of a list, as operands.
    """

    value: Any
    literal: bool = False
    elements: Sequence["Operand"] | None = None


@dataclass(frozen=True)
class Operator:
    """An operator.

    Attributes:
        holds: takes the current value, the value before, and the operand.
        types: the field types that it supports; None for all.
        takes_value: whether the condition requires a value.
        takes_null: whether the value may be null.
        takes_list: whether the value is a list.
    """

    holds: Callable[[Value, Value, Operand], bool]
    types: frozenset[ValueType] | None = None
    takes_value: bool = True
    takes_null: bool = True
    takes_list: bool = False


def same(one: Value, other: Value) -> bool:
    """Return whether two values are equal, in the sense of `equals`."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return frozenset(one) == frozenset(other)
    pair = _comparable(one, other)
    return pair[0] == pair[1] if pair else type(one) is type(other) and one == other


def _comparable(one: Value, other: Value) -> tuple[Any, Any] | None:
    """Return two ordered values in a common form; None if they have no order."""
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one, other
    if not isinstance(one, date) or not isinstance(other, date):
        return None
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one, other
    return day(one), day(other)


def _resolved(operand: Operand, other: Value) -> Value:
    """Return an operand in the kind of a value. Raises ValueError: It is of another kind."""
    value: Value = like(operand.value, other) if operand.literal else operand.value
    return present(value)


def _equals(now: Value, operand: Operand) -> bool:
    if operand.value is None or now is None:
        return now is None and (operand.value is None or _resolved_text(operand) is None)
    try:
        return same(now, _resolved(operand, now))
    except ValueError:
        return False


def _resolved_text(operand: Operand) -> Any:
    """Return the value of an operand of unknown kind; None for blank strings and empty lists."""
    value = tuple(operand.value) if isinstance(operand.value, list) else operand.value
    return None if value == () or (isinstance(value, str) and not value.strip()) else value


def _among(now: Value, operand: Operand) -> bool:
    if operand.elements is not None:
        return any(_equals(now, one) for one in operand.elements)
    return isinstance(operand.value, tuple) and isinstance(now, str) and now in operand.value


def _contains(now: Value, operand: Operand) -> bool:
    if isinstance(now, tuple):
        return isinstance(operand.value, str) and operand.value in now
    return _by_text(lambda text, part: part in text)(now, operand)


def _by_text(test: Callable[[str, str], bool]) -> Callable[[Value, Operand], bool]:
    def holds(now: Value, operand: Operand) -> bool:
        if not isinstance(now, str) or not isinstance(operand.value, str):
            return False
        sought = fold(operand.value)
        return bool(sought) and test(fold(now), sought)

    return holds


def _by_order(test: Callable[[Any, Any], bool]) -> Callable[[Value, Operand], bool]:
    def holds(now: Value, operand: Operand) -> bool:
        if operand.value is None:
            return False
        try:
            pair = _comparable(now, _resolved(operand, now))
        except ValueError:
            return False
        return pair is not None and test(*pair)

    return holds


def _now(test: Callable[[Value, Operand], bool]) -> Callable[[Value, Value, Operand], bool]:
    return lambda now, before, operand: test(now, operand)  # noqa: ARG005


def _not(
    test: Callable[[Value, Value, Operand], bool],
) -> Callable[[Value, Value, Operand], bool]:
    return lambda now, before, operand: not test(now, before, operand)


def _changed(now: Value, before: Value, operand: Operand) -> bool:  # noqa: ARG001
    return not same(now, before)


def _empty(now: Value, before: Value, operand: Operand) -> bool:  # noqa: ARG001
    return now is None


_TEXT: frozenset[ValueType] = frozenset({"text"})
_TEXT_AND_LISTS: frozenset[ValueType] = frozenset({"text", "texts", "choices", "ids"})
_ORDERED: frozenset[ValueType] = frozenset({"number", "date", "datetime"})
_SINGLE: frozenset[ValueType] = frozenset(
    {"text", "choice", "id", "user", "number", "boolean", "date", "datetime"}
)


def _ordering(test: Callable[[Any, Any], bool]) -> Operator:
    return Operator(_now(_by_order(test)), _ORDERED, takes_null=False)


OPERATORS: Mapping[str, Operator] = {
    "equals": Operator(_now(_equals)),
    "not_equals": Operator(_not(_now(_equals))),
    "contains": Operator(_now(_contains), _TEXT_AND_LISTS, takes_null=False),
    "not_contains": Operator(_not(_now(_contains)), _TEXT_AND_LISTS, takes_null=False),
    "starts_with": Operator(_now(_by_text(str.startswith)), _TEXT, takes_null=False),
    "ends_with": Operator(_now(_by_text(str.endswith)), _TEXT, takes_null=False),
    "greater_than": _ordering(lambda one, other: one > other),
    "greater_or_equal": _ordering(lambda one, other: one >= other),
    "less_than": _ordering(lambda one, other: one < other),
    "less_or_equal": _ordering(lambda one, other: one <= other),
    "in": Operator(_now(_among), _SINGLE, takes_null=False, takes_list=True),
    "not_in": Operator(_not(_now(_among)), _SINGLE, takes_null=False, takes_list=True),
    "is_empty": Operator(_empty, takes_value=False),
    "is_not_empty": Operator(_not(_empty), takes_value=False),
    "changed": Operator(_changed, takes_value=False),
    "not_changed": Operator(_not(_changed), takes_value=False),
    "changed_to": Operator(
        lambda now, before, operand: not same(now, before) and _equals(now, operand)
    ),
    "changed_from": Operator(
        lambda now, before, operand: not same(now, before) and _equals(before, operand)
    ),
    "was": Operator(lambda now, before, operand: _equals(before, operand)),  # noqa: ARG005
}
"""The operators by their names in conditions."""
