"""Dry runs: the actions that a rule would run, and why. Pure."""

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
    """The parts of a rule that a dry run reads."""

    @property
    def trigger(self) -> DatedTrigger: ...
    @property
    def conditions(self) -> Conditions | None: ...
    @property
    def actions(self) -> Sequence[Mapping[str, Any]]: ...


@dataclass(frozen=True)
class DryRun:
    """The result of a dry run: whether the rule runs, its trace, and the actions that it runs."""

    matched: bool
    trace: Sequence[Finding]
    actions: list[dict[str, Any]]


def of_record(rule: Rule, record: Values, now: datetime) -> DryRun:
    """Return the dry run of a rule for a record, as if its trigger had just occurred.

    A single record shows no change: all its values count as new, so that each field that is not
    empty has changed. For deletions and dates, the record is evaluated unchanged.
    """
    if rule.trigger.event == "deleted":
        return _run(rule, record, None, now)
    if rule.trigger.event == "date_reached":
        return _run(rule, record, record, now)
    result = evaluate(rule.conditions, None, record, now)
    return _of(rule, result.matched, result.trace, record)


def of_images(rule: Rule, before: Values | None, after: Values | None, now: datetime) -> DryRun:
    """Return the dry run of a rule for an event, given by its images.

    Args:
        rule: the rule.
        before: the record before; None if it was created.
        after: the record after; None if it was deleted.
        now: the reference time of relative dates.
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
    """Return the finding whether the record has the date that the rule waits for."""
    value = record.get(field)
    return Finding(
        "trigger.field", field, "is_not_empty", plain(value), None, None, value is not None
    )


def _of(rule: Rule, matched: bool, trace: Sequence[Finding], record: Values) -> DryRun:
    actions = [rendered(action, record) for action in rule.actions] if matched else []
    return DryRun(matched, trace, actions)


def rendered(action: Mapping[str, Any], record: Values) -> dict[str, Any]:
    """Return an action with the placeholders of its texts filled in."""

    def text_of(name: str, text: str) -> str:
        is_line = name in ONE_LINE
        limit = MAX_LINE if is_line else MAX_TEXT
        return placeholders.render(text, record, limit, one_line=is_line)

    texts = {name: text_of(name, text) for name, text in checks.texts(action).items()}
    return {**action, **texts}
