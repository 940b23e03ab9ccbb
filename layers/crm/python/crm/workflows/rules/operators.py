"""The operators of conditions, each a function of values. Pure.

- `equals` is exact: letters count as they are written, numbers and times by what they mean, a
  day is equal to each moment of it (in UTC), a list to one of the same elements. Nothing equals
  nothing.
- `contains`, `starts_with` and `ends_with` go by text as the searches of the API do: case and
  accents aside. A list contains what is one of its elements.
- `greater_than` and its like put numbers and times in order, and nothing else.
- Unlike kinds are neither equal nor in any order, and nothing contains or exceeds nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm.records.search.text import fold
from crm.workflows.rules.values import Type, Value, day, like, present


@dataclass(frozen=True)
class Operand:
    """What a condition compares with.

    Attributes:
        value: of another field, or of a time from now; or else the JSON value of the condition.
        literal: it is a JSON value, which is of whatever kind it is compared with.
        elements: of a list, each as an operand.
    """

    value: Any
    literal: bool = False
    elements: Sequence["Operand"] | None = None


@dataclass(frozen=True)
class Operator:
    """An operator.

    Attributes:
        holds: of the value now, the value before, and the operand.
        types: the types of fields that it goes with; all if it does not say.
        takes_value: the condition has to name a value.
        takes_null: that value may be null.
        takes_list: that value is a list.
    """

    holds: Callable[[Value, Value, Operand], bool]
    types: frozenset[Type] | None = None
    takes_value: bool = True
    takes_null: bool = True
    takes_list: bool = False


def same(one: Value, other: Value) -> bool:
    """Whether two values are equal, as `equals` has it."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return frozenset(one) == frozenset(other)
    pair = _comparable(one, other)
    return pair[0] == pair[1] if pair else type(one) is type(other) and one == other


def _comparable(one: Value, other: Value) -> tuple[Any, Any] | None:
    """Two values that have an order, both in the same form; None for others."""
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one, other
    if not isinstance(one, date) or not isinstance(other, date):
        return None
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one, other
    return day(one), day(other)


def _resolved(operand: Operand, other: Value) -> Value:
    """An operand as it is compared with a value. Raises ValueError: it is of another kind."""
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
    """An operand of no known kind: blank texts and empty lists are nothing."""
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


_TEXT: frozenset[Type] = frozenset({"text"})
_TEXT_AND_LISTS: frozenset[Type] = frozenset({"text", "texts", "choices", "ids"})
_ORDERED: frozenset[Type] = frozenset({"number", "date", "datetime"})
_SINGLE: frozenset[Type] = frozenset(
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
"""By the name that conditions give them."""
