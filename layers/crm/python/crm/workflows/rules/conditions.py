"""Whether a rule's conditions hold, and which of them decided. Pure.

Conditions look at a record as it is and as it was: at two images of one event, never at what it
has become since. Of a record that was made there is nothing before; one that was deleted is
looked at as it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from crm.workflows.rules.operators import OPERATORS, Operand, same
from crm.workflows.rules.values import Value, Values, plain, present, relative

Conditions = Mapping[str, Any]
"""As they are written: `all`, `any`, `not`, or a field, its operator and value. Empty is true."""

Event = Literal["created", "updated", "deleted"]

_EVENTS: Mapping[str, frozenset[Event]] = {
    "created": frozenset({"created"}),
    "updated": frozenset({"updated"}),
    "created_or_updated": frozenset({"created", "updated"}),
    "deleted": frozenset({"deleted"}),
}
"""Triggers that an event sets off; `date_reached` waits for the clock."""

ROOT = "conditions"


class Trigger(Protocol):
    """What sets a rule off, as far as it can be told from one event."""

    @property
    def event(self) -> str: ...
    @property
    def fields(self) -> Sequence[str]: ...
    @property
    def criteria(self) -> str: ...


class Rule(Protocol):
    """What decides whether a rule runs."""

    @property
    def trigger(self) -> Trigger: ...
    @property
    def conditions(self) -> Conditions | None: ...


@dataclass(frozen=True)
class Finding:
    """What came out of one condition.

    Attributes:
        path: where it stands in the rule, such as `conditions.all.0`.
        field: the field that it looks at.
        operator: how.
        actual: the field's value.
        previous: its value before.
        expected: what it was compared with.
        outcome: whether it holds.
        decided: whether the whole would have been another without it.
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
    """Whether all of it holds, and what was found on the way."""

    matched: bool
    trace: list[Finding]


@dataclass(frozen=True)
class _Images:
    current: Values
    before: Values
    now: datetime


def event_of(old: Values | None, new: Values | None) -> Event:
    """What happened to a record between two images of it."""
    if old is None:
        return "created"
    return "deleted" if new is None else "updated"


def evaluate(
    conditions: Conditions | None, old: Values | None, new: Values | None, now: datetime
) -> Result:
    """Whether conditions hold.

    Args:
        conditions: as `schemas` has found them to be well formed.
        old: the record before; None if it was made.
        new: the record after; None if it was deleted.
        now: what times from now are relative to.
    """
    current = new if new is not None else old
    return _evaluate(conditions or {}, ROOT, _Images(current or {}, old or {}, now))


def triggers(rule: Rule, old: Values | None, new: Values | None, now: datetime) -> Result:
    """Whether an event sets a rule off: its kind, the fields that are watched, the conditions.

    Arguments are those of `evaluate`.
    """
    event = event_of(old, new)
    found = [_happened(rule.trigger, event), *_watched(rule.trigger, event, old, new)]
    if not _has_cause(found):
        return Result(False, found)
    result = evaluate(rule.conditions, old, new, now)
    found += result.trace
    if not result.matched or rule.trigger.criteria != "when_becomes_true" or event != "updated":
        return Result(result.matched, found)
    # What `changed` and `was` compare with before the change is not known: nothing had changed.
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
    """The findings of a group: those that came out otherwise did not decide it."""
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
