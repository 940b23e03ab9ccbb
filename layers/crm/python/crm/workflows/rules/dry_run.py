"""What a rule would do, and why. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from crm.workflows.rules import checks, placeholders
from crm.workflows.rules.conditions import Conditions, Finding, Trigger, evaluate, triggers
from crm.workflows.rules.values import Values, plain

MAX_TEXT, MAX_LINE = 10_000, 255
ONE_LINE = frozenset({"subject"})


class DatedTrigger(Trigger, Protocol):
    @property
    def field(self) -> str | None: ...


class Rule(Protocol):
    """What a dry run needs of a rule."""

    @property
    def trigger(self) -> DatedTrigger: ...
    @property
    def conditions(self) -> Conditions | None: ...
    @property
    def actions(self) -> Sequence[Mapping[str, Any]]: ...


@dataclass(frozen=True)
class DryRun:
    """Whether a rule would run, what was found, and what it would do then."""

    matched: bool
    trace: Sequence[Finding]
    actions: list[dict[str, Any]]


def of_record(rule: Rule, record: Values, now: datetime) -> DryRun:
    """What a rule would do with a record as it is, had what sets it off just happened to it.

    A record alone tells of no change: all that it holds counts as new, so that each field that is
    not empty has changed. One that is looked at for its deletion or its date is as it was.
    """
    if rule.trigger.event == "deleted":
        return _run(rule, record, None, now)
    if rule.trigger.event == "date_reached":
        return _run(rule, record, record, now)
    result = evaluate(rule.conditions, None, record, now)
    return _of(rule, result.matched, result.trace, record)


def of_images(rule: Rule, before: Values | None, after: Values | None, now: datetime) -> DryRun:
    """What a rule would do in an event of which a record comes out as described.

    Args:
        rule: the rule.
        before: the record before; None if it was made.
        after: the record after; None if it was deleted.
        now: what times from now are relative to.
    """
    return _run(rule, before, after, now)


def _run(rule: Rule, before: Values | None, after: Values | None, now: datetime) -> DryRun:
    record = (after if after is not None else before) or {}
    if rule.trigger.event != "date_reached":
        result = triggers(rule, before, after, now)
        return _of(rule, result.matched, result.trace, record)
    due = _dated(rule.trigger.field or "", record)
    result = evaluate(rule.conditions, before, after, now)
    matched = due.outcome and result.matched and after is not None
    return _of(rule, matched, [due, *result.trace], record)


def _dated(field: str, record: Values) -> Finding:
    """Whether there is a date at all that could be reached."""
    value = record.get(field)
    return Finding(
        "trigger.field", field, "is_not_empty", plain(value), None, None, value is not None
    )


def _of(rule: Rule, matched: bool, trace: Sequence[Finding], record: Values) -> DryRun:
    actions = [rendered(action, record) for action in rule.actions] if matched else []
    return DryRun(matched, trace, actions)


def rendered(action: Mapping[str, Any], record: Values) -> dict[str, Any]:
    """An action with its texts filled in."""

    def text_of(name: str, text: str) -> str:
        is_line = name in ONE_LINE
        limit = MAX_LINE if is_line else MAX_TEXT
        return placeholders.render(text, record, limit, one_line=is_line)

    texts = {name: text_of(name, text) for name, text in checks.texts(action).items()}
    return {**action, **texts}
