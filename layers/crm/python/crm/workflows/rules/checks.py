"""Validation of a rule for its record type, as far as it needs no reads. Pure.

All errors that a schema cannot find are reported at once: unknown fields, operators and values
that do not fit a field's type, unknown placeholders. `references` names what has to be looked up.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from pydantic import ConfigDict, TypeAdapter, ValidationError

from crm.platform import ids
from crm.platform.errors import FieldError
from crm.platform.fields import ValueType, is_user_id
from crm.workflows.rules import placeholders
from crm.workflows.rules.catalogue import CUSTOM, Field
from crm.workflows.rules.operators import OPERATORS, Operator
from crm.workflows.rules.values import LISTS, is_relative, typed

MAX_BYTES = 60_000
"""Bytes of the conditions, and of the actions: each execution stores a copy in its item."""

TEXTS: Mapping[str, Sequence[str]] = {
    "create_activity": ("subject", "description"),
    "send_notification": ("subject", "body"),
    "update_field": ("value",),
}
"""The arguments of actions that may hold placeholders."""

_NAMING: Mapping[str, Mapping[str, str]] = {
    "create_activity": {"assigned_to": "user"},
    "assign_owner": {"to": "user", "round_robin": "team"},
    "share_with": {"team_id": "team"},
    "send_notification": {"to": "recipient"},
    "call_webhook": {"url": "webhook"},
}
"""The arguments of actions that name something, and the kind that they name."""

_STANDING_RECIPIENTS = frozenset({"owner", "creator"})

_KINDS: Mapping[ValueType, str] = {"choice": "text", "date": "time", "datetime": "time"}
"""Types that are comparable with each other, by a common name."""

_UNOWNED = frozenset({"document"})
_UNSHARED = frozenset({"activity"})
_STANDING = frozenset({"update_field", "assign_owner", "share_with"})
"""Actions that change the record itself, which must exist for them."""


class SetField(Protocol):
    """Checks a value of a custom field. Raises ValueError: The field does not accept the value."""

    def __call__(self, name: str, value: Any) -> Any: ...


@dataclass(frozen=True)
class Reference:
    """A reference of a rule to something that must exist.

    Attributes:
        path: the path of the reference in the rule.
        kind: the kind of its target; `recipient` is a user or a team.
        id: the id of its target; of a webhook, the URL.
    """

    path: str
    kind: str
    id: str


@dataclass(frozen=True)
class Checked:
    """The data that a rule is checked against.

    Attributes:
        record_type: the record type of the rule.
        fields: the fields of the record type.
        set_custom: checks a value of a custom field.
    """

    record_type: str
    fields: Mapping[str, Field]
    set_custom: SetField


def errors(rule: Mapping[str, Any], known: Checked) -> list[FieldError]:
    """Return the errors of a rule.

    Args:
        rule: the rule as JSON, valid by its schema.
        known: the data to check it against.
    """
    found = [
        *_of_trigger(rule["trigger"], known),
        *_of_conditions(rule.get("conditions") or {}, "conditions", known),
        *_of_size(rule),
    ]
    for index, action in enumerate(rule["actions"]):
        found += _of_action(action, f"actions.{index}", rule["trigger"]["event"], known)
    return found


def references(actions: Sequence[Mapping[str, Any]]) -> list[Reference]:
    """Return the references of actions, in their order."""
    return [
        Reference(f"actions.{index}.{argument}", kind, named)
        for index, action in enumerate(actions)
        for argument, kind, named in _named(action)
    ]


def named(actions: Sequence[Mapping[str, Any]], kind: str) -> list[str]:
    """Return the ids or URLs that actions name, of one kind: `recipient` or `webhook`.

    The actions need to be valid by their schema only.
    """
    return [name for action in actions for _, one, name in _arguments(action) if one == kind]


def _arguments(action: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield argument, kind and id of each reference that an action makes by an argument."""
    for argument, kind in _NAMING.get(action["type"], {}).items():
        name = action.get(argument)
        if name is not None and not (kind == "recipient" and name in _STANDING_RECIPIENTS):
            yield argument, kind, name


def _named(action: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield argument, kind and id of each reference of an action."""
    yield from _arguments(action)
    if action["type"] == "update_field" and action["field"] == "assigned_to":
        yield "value", "user", action["value"]
    if action["type"] == "update_field" and action["field"] == "shared_with":
        yield from (("value", "team", one) for one in action["value"])


def texts(action: Mapping[str, Any]) -> dict[str, str]:
    """Return the arguments of an action that may hold placeholders."""
    names = TEXTS.get(action["type"], ())
    return {name: action[name] for name in names if isinstance(action.get(name), str)}


def _of_trigger(trigger: Mapping[str, Any], known: Checked) -> Iterator[FieldError]:
    for index, name in enumerate(trigger["fields"]):
        if name not in known.fields:
            yield _unknown(f"trigger.fields.{index}")
    name = trigger["field"]
    if name is None:
        return
    if name not in known.fields:
        yield _unknown("trigger.field")
    elif known.fields[name].type not in {"date", "datetime"}:
        yield FieldError("trigger.field", "must hold a date or a time")
    elif name == "updated_on":
        yield FieldError("trigger.field", "changes with each write")


def _of_conditions(node: Mapping[str, Any], path: str, known: Checked) -> Iterator[FieldError]:
    for name in ("all", "any"):
        for index, inner in enumerate(node.get(name, ())):
            yield from _of_conditions(inner, f"{path}.{name}.{index}", known)
    if "not" in node:
        yield from _of_conditions(node["not"], f"{path}.not", known)
    if "field" in node:
        yield from _of_comparison(node, path, known)


def _of_comparison(node: Mapping[str, Any], path: str, known: Checked) -> Iterator[FieldError]:
    field, operator = known.fields.get(node["field"]), OPERATORS[node["operator"]]
    if field is None:
        yield _unknown(f"{path}.field")
        return
    if operator.types is not None and field.type not in operator.types:
        yield FieldError(f"{path}.operator", f"does not go with a field of type {field.type}")
        return
    for where, message in _of_value(node.get("value"), field, operator, known):
        yield FieldError(f"{path}.value{where}", message)


def _of_value(
    value: Any, field: Field, operator: Operator, known: Checked
) -> Iterator[tuple[str, str]]:
    """Yield the errors of a condition's value: path in the value, and message."""
    if fault := _fault(value, operator):
        yield "", fault
    elif value is None:
        return
    elif operator.takes_list:
        for index, one in enumerate(value):
            yield from _misfit(f".{index}", one, field.type, field, known)
    else:
        yield from _misfit("", value, _compared_type(field, operator), field, known)


def _fault(value: Any, operator: Operator) -> str | None:
    """Return the error of a value that does not fit its operator; None if it fits."""
    if value is None:
        return "is required" if operator.takes_value and not operator.takes_null else None
    if not operator.takes_value:
        return "does not go with this operator"
    if operator.takes_list:
        return None if isinstance(value, list) else "must be a list"
    if isinstance(value, str) and not value.strip() and not operator.takes_null:
        return "must not be blank"
    return None


def _compared_type(field: Field, operator: Operator) -> ValueType:
    """Return the type of a condition's value; `contains` compares a list with one element."""
    by_element = operator.types is not None and field.type in LISTS
    return LISTS[field.type] if by_element else field.type


def _misfit(
    where: str, value: Any, kind: ValueType, field: Field, known: Checked
) -> Iterator[tuple[str, str]]:
    try:
        _require_fit(value, kind, field, known)
    except ValueError as error:
        yield where, str(error)


def _require_fit(value: Any, kind: ValueType, field: Field, known: Checked) -> None:
    """Raises: ValueError: A field of this type can never have the value."""
    if isinstance(value, dict):
        _require_fitting_operand(value, kind, known)
        return
    if value is None:
        return
    typed(kind, value)
    for one in value if isinstance(value, list) else [value]:
        if kind in {"choice", "choices"} and one not in field.choices:
            raise ValueError(f"must be one of {', '.join(field.choices)}")
        if kind in {"id", "ids"} and not ids.is_id(one):
            raise ValueError("must be a UUID")
        if kind == "user" and not is_user_id(one):
            raise ValueError("must be a user id")


def _require_fitting_operand(value: Mapping[str, str], kind: ValueType, known: Checked) -> None:
    if "relative_date" in value:
        if kind not in {"date", "datetime"}:
            raise ValueError("a time from now goes with dates and times only")
        if not is_relative(value["relative_date"]):
            raise ValueError("must be such as +7d, with h, d, w, m or y")
        return
    other = known.fields.get(value["field"])
    if other is None:
        raise ValueError("names an unknown field")
    if _KINDS.get(other.type, other.type) != _KINDS.get(kind, kind):
        raise ValueError(f"is a field of type {other.type}")


def _of_action(
    action: Mapping[str, Any], path: str, event: str, known: Checked
) -> Iterator[FieldError]:
    for name, text in texts(action).items():
        for unknown in placeholders.unknown(text, known.fields):
            yield FieldError(f"{path}.{name}", f"holds the unknown placeholder {unknown[:100]}")
    kind = action["type"]
    if kind in _STANDING and event == "deleted":
        yield FieldError(f"{path}.type", "cannot act on a record that is deleted")
    elif (kind == "assign_owner" and known.record_type in _UNOWNED) or (
        kind == "share_with" and known.record_type in _UNSHARED
    ):
        yield FieldError(f"{path}.type", f"does not go with records of type {known.record_type}")
    elif kind == "update_field":
        yield from _of_update(action, path, known)


def _of_update(action: Mapping[str, Any], path: str, known: Checked) -> Iterator[FieldError]:
    name, value = action["field"], action["value"]
    field = known.fields.get(name)
    if field is None:
        yield _unknown(f"{path}.field")
        return
    is_custom = name.startswith(CUSTOM)
    if not is_custom and field.form is None:
        yield FieldError(f"{path}.field", "cannot be set")
        return
    try:
        if value is None and field.required:
            raise ValueError("cannot be cleared")
        if is_custom and not _is_template(value, field):
            known.set_custom(name.removeprefix(CUSTOM), value)
        elif not is_custom and value is not None:
            _require_settable(value, field)
    except ValueError as error:
        yield FieldError(f"{path}.value", str(error))


def _is_template(value: Any, field: Field) -> bool:
    """Return whether a value holds placeholders that are filled in before the field is set."""
    return field.type == "text" and isinstance(value, str) and placeholders.has_any(value)


def _require_settable(value: Any, field: Field) -> None:
    """Raises: ValueError: The field cannot be set to this value."""
    if field.settable and value not in field.settable:
        raise ValueError(f"must be one of {', '.join(field.settable)}")
    if _is_template(value, field):
        return
    try:
        _adapter(field.form).validate_python(value)
    except ValidationError as error:
        message = str(error.errors(include_url=False)[0]["msg"]).removeprefix("Value error, ")
        raise ValueError(message[:1].lower() + message[1:]) from error


def _of_size(rule: Mapping[str, Any]) -> Iterator[FieldError]:
    for name in ("conditions", "actions"):
        if len(json.dumps(rule.get(name), ensure_ascii=False, default=str).encode()) > MAX_BYTES:
            yield FieldError(name, f"must not hold more than {MAX_BYTES:,} bytes")


def _unknown(path: str) -> FieldError:
    return FieldError(path, "is not a field of this record type")


@cache
def _adapter(form: Any) -> TypeAdapter[Any]:
    return TypeAdapter(form, config=ConfigDict(strict=True))
