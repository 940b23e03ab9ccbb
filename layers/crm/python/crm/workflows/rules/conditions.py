"""Evaluation of a rule's conditions, with a trace of the deciding ones. Pure.

Conditions compare a record before and after one event, by the event's two images, never by a later
read. A created record has no image before; of a deleted record, the image before is evaluated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from crm.workflows.rules.operators import OPERATORS, Operand, same
from crm.workflows.rules.values import Value, Values, plain, present, relative

Conditions = Mapping[str, Any]
"""As the rule holds them: `all`, `any`, `not`, or field, operator and value. Empty is true."""

Event = Literal["created", "updated", "deleted"]

_EVENTS: Mapping[str, frozenset[Event]] = {
    "created": frozenset({"created"}),
    "updated": frozenset({"updated"}),
    "created_or_updated": frozenset({"created", "updated"}),
    "deleted": frozenset({"deleted"}),
}
"""The events that match each trigger; `date_reached` is triggered by the clock."""

ROOT = "conditions"


class Trigger(Protocol):
    """The trigger of a rule, as far as one event can match it."""

    @property
    def event(self) -> str: ...
    @property
    def fields(self) -> Sequence[str]: ...
    @property
    def criteria(self) -> str: ...


class Rule(Protocol):
    """The parts of a rule that decide whether it runs."""

    @property
    def trigger(self) -> Trigger: ...
    @property
    def conditions(self) -> Conditions | None: ...


@dataclass(frozen=True)
class Finding:
    """The result of one condition.

    Attributes:
        path: its path in the rule, such as `conditions.all.0`.
        field: the field that it tests.
        operator: the operator.
        actual: the field's current value.
        previous: the field's value before.
        expected: the value that it was compared with.
        outcome: whether the condition holds.
        decided: whether the whole result depends on it.
    """

    path: str
    field: str | None
    operator: str | None
    actual: Any
    previous: Any
    expected: Any
    outcome: bool
    decided: bool = True


@dataclass(frozen=True)
class Result:
    """Return whether all conditions hold, and their trace."""

    matched: bool
    trace: list[Finding]


@dataclass(frozen=True)
class _Images:
    current: Values
    before: Values
    now: datetime


def event_of(old: Values | None, new: Values | None) -> Event:
    """Return the event between two images of a record."""
    if old is None:
        return "created"
    return "deleted" if new is None else "updated"


def evaluate(
    conditions: Conditions | None, old: Values | None, new: Values | None, now: datetime
) -> Result:
    """Evaluate conditions.

    Args:
        conditions: the conditions, validated by `schemas`.
        old: the record before; None if it was created.
        new: the record after; None if it was deleted.
        now: the reference time of relative dates.
    """
    current = new if new is not None else old
    return _evaluate(conditions or {}, ROOT, _Images(current or {}, old or {}, now))


def triggers(rule: Rule, old: Values | None, new: Values | None, now: datetime) -> Result:
    """Evaluate whether an event triggers a rule: its kind, the watched fields, the conditions.

    The arguments are those of `evaluate`.
    """
    event = event_of(old, new)
    found = [_happened(rule.trigger, event), *_watched(rule.trigger, event, old, new)]
    if not _has_cause(found):
        return Result(False, found)
    result = evaluate(rule.conditions, old, new, now)
    found += result.trace
    if not result.matched or rule.trigger.criteria != "when_becomes_true" or event != "updated":
        return Result(result.matched, found)
    # The image before the previous one is unknown: `changed` and `was` assume no earlier change.
    before = evaluate(rule.conditions, old, old, now).matched
    found.append(
        _finding("trigger.criteria", "when_becomes_true", "held before", before, not before)
    )
    return Result(not before, found)


def _happened(trigger: Trigger, event: Event) -> Finding:
    fits = event in _EVENTS.get(trigger.event, frozenset())
    return _finding("trigger.event", trigger.event, "happened", event, fits)


def _watched(
    trigger: Trigger, event: Event, old: Values | None, new: Values | None
) -> list[Finding]:
    if event != "updated":
        return []
    before, after = old or {}, new or {}
    found = [
        Finding(
            path=f"trigger.fields.{index}",
            field=field,
            operator="changed",
            actual=plain(after.get(field)),
            previous=plain(before.get(field)),
            expected=None,
            outcome=not same(present(after.get(field)), present(before.get(field))),
        )
        for index, field in enumerate(trigger.fields)
    ]
    outcome = any(one.outcome for one in found)
    return [replace(one, decided=one.outcome == outcome) for one in found]


def _has_cause(found: Sequence[Finding]) -> bool:
    happened, *watched = found
    return happened.outcome and (not watched or any(one.outcome for one in watched))


def _finding(path: str, expected: str, operator: str, actual: Any, outcome: bool) -> Finding:
    return Finding(path, None, operator, actual, None, expected, outcome)


def _evaluate(node: Conditions, path: str, images: _Images) -> Result:
    if not node:
        return Result(True, [])
    if "not" in node:
        inner = _evaluate(node["not"], f"{path}.not", images)
        return Result(not inner.matched, inner.trace)
    for name, decide in (("all", all), ("any", any)):
        if name in node:
            results = [
                _evaluate(one, f"{path}.{name}.{index}", images)
                for index, one in enumerate(node[name])
            ]
            matched = decide(one.matched for one in results)
            return Result(matched, _of_all(results, matched))
    return _leaf(node, path, images)


def _of_all(results: Sequence[Result], matched: bool) -> list[Finding]:
    """Return the findings of a group; those with another result did not decide it."""
    return [
        finding if result.matched == matched else replace(finding, decided=False)
        for result in results
        for finding in result.trace
    ]


def _leaf(node: Conditions, path: str, images: _Images) -> Result:
    field, operator = node["field"], node["operator"]
    current = present(images.current.get(field))
    before = present(images.before.get(field))
    operand = _operand(node.get("value"), images)
    outcome = OPERATORS[operator].holds(current, before, operand)
    found = Finding(path, field, operator, plain(current), plain(before), _shown(operand), outcome)
    return Result(outcome, [found])


def _operand(value: Any, images: _Images) -> Operand:
    if isinstance(value, list):
        return Operand(value, literal=True, elements=[_operand(one, images) for one in value])
    if not isinstance(value, Mapping):
        return Operand(value, literal=True)
    if "field" in value:
        return Operand(present(images.current.get(value["field"])))
    return Operand(_moment(value["relative_date"], images.now))


def _moment(text: str, now: datetime) -> Value:
    try:
        return relative(text, now)
    except ValueError:
        return None


def _shown(operand: Operand) -> Any:
    if operand.elements is not None:
        return [_shown(one) for one in operand.elements]
    return operand.value if operand.literal else plain(operand.value)
