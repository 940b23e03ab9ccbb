"""Rules against a second reading of the contract, on random rules and records.

The oracle knows what type a field has and works on fractions and milliseconds; the code goes by
the values. It is naive on purpose: short, recursive, and without a line in common.
"""

import random
import unicodedata
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from crm.workflows.rules import catalogue
from crm.workflows.rules.conditions import evaluate, triggers
from crm.workflows.rules.schemas import Trigger

NOW = datetime(2026, 3, 31, 9, 15, tzinfo=UTC)

FIELDS = {
    "name": "text",
    "currency": "text",
    "amount": "number",
    "probability": "number",
    "expected_close_date": "date",
    "closed_on": "datetime",
    "status": "choice",
    "assigned_to": "user",
    "shared_with": "list",
    "custom_fields.text": "text",
    "custom_fields.number": "number",
    "custom_fields.date": "date",
    "custom_fields.datetime": "datetime",
    "custom_fields.boolean": "boolean",
    "custom_fields.choice": "choice",
    "custom_fields.multi_choice": "list",
    "custom_fields.gone": "nothing",
}
TEXTS = ["", " ", "Acme", "acme", "ACMÉ  Ltd", "10", "2026-03-31", "true", "open", "me", "a"]
POOLS: dict[str, list[Any]] = {
    "text": [None, *TEXTS],
    "choice": ["open", "won", "a", "A", None],
    "user": ["me", "you", "a"],
    "number": [None, "10", "10.00", "-3.5", "0", "9999999999999999.01", "0.30"],
    "date": [None, "2026-03-31", "2026-04-01", "2026-02-28", "2024-02-29"],
    "datetime": [
        None,
        "2026-03-31T09:15:00.000Z",
        "2026-03-31T09:15:00.001Z",
        "2026-04-01T00:00:00.000Z",
        "2026-02-28T23:59:59.999Z",
    ],
    "boolean": [None, True, False],
    "list": [None, [], ["a"], ["a", "b"], ["b", "a"], ["open"], ["10"]],
    "nothing": [None],
}
LITERALS = [
    None,
    *TEXTS,
    *(one for pool in POOLS.values() for one in pool if not isinstance(one, list)),
    10,
    0,
    1,
    -3,
    "0.3",
    "1e1",
    "2026-03-31T11:15:00+02:00",
    "2026-03-31T09:15:00",
    {"relative_date": "+1d"},
    {"relative_date": "-1m"},
    {"relative_date": "0h"},
    {"relative_date": "-2y"},
    {"relative_date": "1w"},
]
OPERATORS = [
    "equals",
    "not_equals",
    "contains",
    "not_contains",
    "starts_with",
    "ends_with",
    "greater_than",
    "greater_or_equal",
    "less_than",
    "less_or_equal",
    "in",
    "not_in",
    "is_empty",
    "is_not_empty",
    "changed",
    "not_changed",
    "changed_to",
    "changed_from",
    "was",
]
EVENTS = ["created", "updated", "created_or_updated", "deleted", "date_reached"]

Raw = dict[str, Any]


class Recorded:
    """A deal, as it is stored."""

    KIND = "deal"

    def __init__(self, raw: Raw) -> None:
        self._raw = raw

    def item(self) -> dict[str, Any]:
        own = {name: one for name, one in self._raw.items() if "." not in name}
        custom = {
            name.partition(".")[2]: {name.partition(".")[2]: one}
            for name, one in self._raw.items()
            if "." in name and one is not None
        }
        return {
            **{name: one for name, one in own.items() if one is not None},
            "probability": own["probability"] and int(Fraction(own["probability"])),
            "custom_fields": custom,
        }


class Rule:
    """The operators of a rule."""

    def __init__(self, conditions: Any, **trigger: Any) -> None:
        self.trigger = Trigger(**trigger)
        self.conditions = conditions


# ── The oracle ────────────────────────────────────────────────────────────────────────────────────


def runs(rule: Rule, old: Raw | None, new: Raw | None) -> bool:
    happened = "created" if old is None else "deleted" if new is None else "updated"
    if rule.trigger.event not in (happened, f"created_or_{happened}") and not (
        rule.trigger.event == "created_or_updated" and happened == "created"
    ):
        return False
    if happened == "updated" and rule.trigger.fields:
        assert old is not None
        assert new is not None
        if all(meant(one, old.get(one)) == meant(one, new.get(one)) for one in rule.trigger.fields):
            return False
    if happened == "updated" and rule.trigger.criteria == "when_becomes_true":
        return true(rule.conditions, old, new) and not true(rule.conditions, old, old)
    return true(rule.conditions, old, new)


def true(node: Any, old: Raw | None, new: Raw | None) -> bool:
    if not node:
        return True
    if "all" in node:
        return not [one for one in node["all"] if not true(one, old, new)]
    if "any" in node:
        return bool([one for one in node["any"] if true(one, old, new)])
    if "not" in node:
        return not true(node["not"], old, new)
    return compare(node["field"], node["operator"], node.get("value"), old or {}, new or old or {})


def compare(field: str, operator: str, value: Any, old: Raw, new: Raw) -> bool:  # noqa: C901
    kind, before, now = FIELDS[field], meant(field, old.get(field)), meant(field, new.get(field))
    match operator:
        case "not_equals" | "not_contains" | "not_in":
            return not compare(field, operator[4:], value, old, new)
        case "is_not_empty" | "not_changed":
            return not compare(field, operator.replace("not_", ""), value, old, new)
        case "is_empty":
            return now is None
        case "changed":
            return now != before
        case "changed_to":
            return now != before and equal(kind, now, value, new)
        case "changed_from":
            return now != before and equal(kind, before, value, new)
        case "was":
            return equal(kind, before, value, new)
        case "equals":
            return equal(kind, now, value, new)
        case "in":
            if isinstance(value, dict) and FIELDS.get(value.get("field", "")) == "list":
                elements = meant(value["field"], new.get(value["field"])) or ()
                return isinstance(now, str) and now in elements
            return isinstance(value, list) and any(equal(kind, now, one, new) for one in value)
        case "contains" | "starts_with" | "ends_with":
            return spells(operator, now, value, new)
        case _:
            return ordered(operator, kind, now, value, new)


def spells(operator: str, now: Any, value: Any, new: Raw) -> bool:
    if isinstance(value, dict):
        value = meant(value["field"], new.get(value["field"])) if "field" in value else None
    if not isinstance(value, str) or now is None:
        return False
    if isinstance(now, frozenset):
        return operator == "contains" and value in now
    sought = folded(value)
    if not isinstance(now, str) or sought == "":
        return False
    at = {
        "contains": folded(now).find(sought) >= 0,
        "starts_with": folded(now)[: len(sought)] == sought,
        "ends_with": folded(now)[-len(sought) :] == sought,
    }
    return at[operator]


def folded(text: str) -> str:
    letters = unicodedata.normalize("NFD", text)
    plain = "".join(one for one in letters if unicodedata.category(one) != "Mn")
    return " ".join(plain.lower().split())


def equal(kind: str, now: Any, value: Any, new: Raw) -> bool:
    other = operand(kind, value, new)
    if now is None or other is None:
        return now is None and other is None
    if isinstance(now, tuple) and isinstance(other, tuple):
        return distance(now, other) == 0
    return type(now) is type(other) and bool(now == other)


def ordered(operator: str, kind: str, now: Any, value: Any, new: Raw) -> bool:
    other = operand(kind, value, new)
    if isinstance(now, tuple) and isinstance(other, tuple):
        far = distance(now, other)
    elif isinstance(now, Fraction) and isinstance(other, Fraction):
        far = now - other
    else:
        return False
    return {
        "greater_than": far > 0,
        "greater_or_equal": far >= 0,
        "less_than": far < 0,
        "less_or_equal": far <= 0,
    }[operator]


def distance(one: Any, other: Any) -> Fraction:
    """Return the distance of two times: in days if either is a day."""
    (day, exact), (other_day, other_exact) = one, other
    if exact is None or other_exact is None:
        return Fraction(day - other_day)
    return Fraction(exact - other_exact)


def operand(kind: str, value: Any, new: Raw) -> Any:
    """Return operands for a field of a kind."""
    if isinstance(value, dict) and "field" in value:
        return meant(value["field"], new.get(value["field"]))
    if isinstance(value, dict):
        return times(shifted(value["relative_date"]))
    if value is None or value == [] or (isinstance(value, str) and value.strip() == ""):
        return None
    return reading(kind, value)


def shifted(text: str) -> datetime:
    count, unit = int(text[:-1]), text[-1]
    if unit in "hdw":
        return NOW + timedelta(hours=count * {"h": 1, "d": 24, "w": 168}[unit])
    months = NOW.month - 1 + count * (12 if unit == "y" else 1)
    for day in (NOW.day, 30, 29, 28):
        try:
            return NOW.replace(year=NOW.year + months // 12, month=months % 12 + 1, day=day)
        except ValueError:
            continue
    raise AssertionError(text)


def meant(field: str, raw: Any) -> Any:
    kind = FIELDS.get(field, "nothing")
    if raw is None or raw == [] or (isinstance(raw, str) and raw.strip() == ""):
        return None
    return reading(kind, raw)


def reading(kind: str, raw: Any) -> Any:
    """A raw value as one of its kind, or something that is equal to nothing of that kind."""
    try:
        match kind:
            case "number":
                if isinstance(raw, bool) or not isinstance(raw, str | int):
                    return object()
                return Fraction(raw)
            case "date" | "datetime":
                moment = datetime.fromisoformat(raw)
                if len(raw) == 10:
                    return moment.toordinal(), None
                return times(moment) if moment.tzinfo else object()
            case "boolean":
                return raw if isinstance(raw, bool) else object()
            case "list":
                return frozenset(raw) if isinstance(raw, list) else object()
            case _:
                return raw if isinstance(raw, str) else object()
    except (ValueError, TypeError):
        return object()


def times(moment: datetime) -> tuple[int, int]:
    moment = moment.astimezone(UTC)
    return moment.toordinal(), round(moment.timestamp() * 1000)


# ── What it is held against ───────────────────────────────────────────────────────────────────────


def some_record(dice: random.Random) -> Raw:
    found = {name: dice.choice(POOLS[kind]) for name, kind in FIELDS.items()}
    found["probability"] = dice.choice([None, "10", "0", "100"])
    return found


def some_value(dice: random.Random, *, listed: bool) -> Any:
    if listed and dice.random() < 0.9:
        return [some_value(dice, listed=False) for _ in range(dice.randrange(4))]
    roll = dice.random()
    if roll < 0.15:
        return {"field": dice.choice([*FIELDS, "unknown"])}
    if roll < 0.25:
        return dice.choice(POOLS["list"])
    return dice.choice(LITERALS)


def some_leaf(dice: random.Random) -> Any:
    field, operator = dice.choice([*FIELDS]), dice.choice(OPERATORS)
    listed = operator in {"in", "not_in"}
    value = some_value(dice, listed=listed)
    if not listed and dice.random() < 0.6:
        value = dice.choice(POOLS[FIELDS[field]])
    return {"field": field, "operator": operator, "value": value}


def some_conditions(dice: random.Random, depth: int = 3) -> Any:
    roll = dice.random()
    if depth == 0 or roll < 0.4:
        return some_leaf(dice)
    if roll < 0.45:
        return {}
    if roll < 0.6:
        return {"not": some_conditions(dice, depth - 1)}
    group = "all" if roll < 0.8 else "any"
    return {group: [some_conditions(dice, depth - 1) for _ in range(dice.randrange(4))]}


def some_rule(dice: random.Random, old: Raw | None, new: Raw | None) -> Rule:
    watched = dice.choice([[], [], ["name"], ["amount", "custom_fields.multi_choice"], ["status"]])
    fitting = "created" if old is None else "deleted" if new is None else "created_or_updated"
    return Rule(
        dice.choice([None, *(some_conditions(dice) for _ in range(9))]),
        event=fitting if dice.random() < 0.8 else dice.choice(EVENTS),
        criteria=dice.choice(["every_time", "when_becomes_true"]),
        fields=watched,
    )


def some_images(dice: random.Random) -> tuple[Raw | None, Raw | None]:
    old = some_record(dice)
    roll = dice.random()
    if roll < 0.15:
        return None, old
    if roll < 0.3:
        return old, None
    new = {**old}
    for name in dice.sample([*FIELDS], dice.randrange(4)):
        new[name] = some_record(dice)[name]
    return old, new


@pytest.mark.parametrize("count", [1_000, pytest.param(20_000, marks=pytest.mark.thorough)])
def test_two_readings_of_the_contract_agree(count: int) -> None:
    dice = random.Random(2026)  # noqa: S311
    matched = held = 0
    for _ in range(count):
        old, new = some_images(dice)
        rule = some_rule(dice, old, new)
        before, after = (catalogue.values(Recorded(one)) if one else None for one in (old, new))
        case = (rule.trigger, rule.conditions, old, new)

        expected = true(rule.conditions, old, new)
        assert evaluate(rule.conditions, before, after, NOW).matched is expected, case
        held += expected

        expected = runs(rule, old, new)
        assert triggers(rule, before, after, NOW).matched is expected, case
        matched += expected
    assert 0.4 < held / count < 0.6
    assert 0.15 < matched / count < 0.5
