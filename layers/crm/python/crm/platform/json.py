"""JSON by the rules of the HTTP contract: strict, exact, and with limited nesting."""

import json
from decimal import Decimal
from typing import Any, NoReturn

from crm.platform.errors import InvalidBodyError

MAX_DEPTH = 32

MAX_WHOLE_DIGITS = 4300
"""Digits of a whole number that Python's parser accepts."""


def parse(text: str | bytes) -> Any:
    """Parse a body.

    Numbers with a fraction become `Decimal`, so that they are not rounded.

    Raises:
        InvalidBodyError: The body is not UTF-8, is not JSON (RFC 8259: no NaN), contains half a
            surrogate pair or a name twice in one object, or is nested deeper than `MAX_DEPTH`.
    """
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        value = json.loads(
            decoded,
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
        canonical(value)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise InvalidBodyError("The body is not valid JSON.") from error
    if _depth(value) > MAX_DEPTH:
        raise InvalidBodyError(f"The body is nested deeper than {MAX_DEPTH} levels.")
    return value


def canonical(value: Any) -> bytes:
    """Serialize a JSON value independently of its white space, key order and number format."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_number
    ).encode()


def dump(value: Any) -> str:
    """Serialize the body of a response."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _number(value: Any) -> Any:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is no JSON value")
    sign, digits, exponent = value.as_tuple()
    plain = "".join(map(str, digits)).rstrip("0") or "0"
    power = int(exponent) + len(digits) - len(plain) if any(digits) else 0
    if 0 <= power < MAX_WHOLE_DIGITS - len(plain):
        return int(value)
    return {"number": f"{'-' * sign}{plain}e{power}"}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for one in level
            for inner in (
                one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
            )
        ]
    return depth
