"""Workflow rules, and the bodies that write them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from crm.platform import ids
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.record import Record
from crm.platform.fields import (
    Enumerated,
    Id,
    Input,
    Name,
    Output,
    PageQuery,
    Text,
    UserId,
    is_none,
)
from crm.records.registry import RECORD_TYPES

RecordType = Annotated[str, Enumerated(*RECORD_TYPES)]
Event = Literal["created", "updated", "created_or_updated", "deleted", "date_reached"]
Criteria = Literal["every_time", "when_becomes_true"]
OperatorName = Literal[
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

MAX_ACTIONS = 20
MAX_DEPTH = 10
MAX_CONDITIONS = 100
MAX_LIST = 100
MAX_DIGITS = 38
MAX_VALUE = 1_000
LAST_PLACE = 1_000_000

FieldName = Annotated[str, StringConstraints(min_length=1, max_length=100)]


def _number(value: Any) -> Any:
    """Return a number in its stored form: fractions as decimal strings."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    number = Decimal(value)
    if len(number.as_tuple().digits) > MAX_DIGITS or abs(number.adjusted()) >= MAX_DIGITS:
        raise ValueError(f"must have at most {MAX_DIGITS} digits")
    return int(number) if number == number.to_integral_value() else format(number, "f")


def _scalar(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_VALUE:
        raise ValueError(f"must have at most {MAX_VALUE:,} characters")
    if isinstance(value, dict):
        [inner] = value.values() if len(value) == 1 else [None]
        if not {*value} <= {"field", "relative_date"} or not isinstance(inner, str):
            raise ValueError('must be a value, {"field": ...} or {"relative_date": ...}')
        return {name: _scalar(inner) for name in value}
    if isinstance(value, list):
        raise ValueError("must not be a list in a list")
    return _number(value)


def _compared(value: Any) -> Any:
    """Return the value that a condition compares with, in its stored form."""
    if not isinstance(value, list):
        return _scalar(value)
    if len(value) > MAX_LIST:
        raise ValueError(f"must have at most {MAX_LIST} elements")
    return [_scalar(one) for one in value]


def _set(value: Any) -> Any:
    """Return the value of `update_field` in its stored form; `checks` validates it by field."""
    return [_number(one) for one in value] if isinstance(value, list) else _number(value)


def _error(value: Any, message: str, *path: str | int) -> ValidationError:
    details = InitErrorDetails(
        type=PydanticCustomError("unfit", "{message}", {"message": message}), loc=path, input=value
    )
    return ValidationError.from_exception_data("unfit", [details])


class FieldCondition(Input):
    """Compares a field. The value may be `{"field": "other"}` or `{"relative_date": "+7d"}`."""

    field: FieldName
    operator: OperatorName
    value: Annotated[Any, AfterValidator(_compared)] = None


class AllConditions(Input):
    """True if all are, also if there are none."""

    all: list["Condition"]


class AnyCondition(Input):
    """True if one is; false if there are none."""

    any: list["Condition"]


class NotCondition(Input):
    """True if the other is not."""

    not_: Annotated["Condition", Field(alias="not")]


class NoCondition(Input):
    """Always true."""


_GROUPS: Mapping[str, type[Input]] = {
    "all": AllConditions,
    "any": AnyCondition,
    "not": NotCondition,
}


def _condition(value: Any) -> Any:
    """Parse a condition by its own kind: a union would report errors for every kind."""
    if not isinstance(value, dict):
        raise _error(value, "must be an object")
    if not value:
        return NoCondition()
    group = next((kind for name, kind in _GROUPS.items() if name in value), FieldCondition)
    return group.model_validate(value)


Condition = Annotated[
    FieldCondition | AllConditions | AnyCondition | NotCondition | NoCondition,
    BeforeValidator(_condition),
]


def _bounded(value: Any) -> Any:
    """Return conditions whose size bounds the time of their evaluation.

    Raises:
        ValueError: The conditions are nested too deep, or too many.
    """
    depth, leaves, level = 0, 0, [value]
    while level:
        depth += 1
        inner = [_inner(one) for one in level]
        leaves += sum(not one for one in inner)
        level = [one for some in inner for one in some]
        if depth > MAX_DEPTH:
            raise ValueError(f"must not be nested deeper than {MAX_DEPTH} levels")
        if leaves > MAX_CONDITIONS:
            raise ValueError(f"must not be more than {MAX_CONDITIONS}")
    return value


def _inner(value: Any) -> list[Any]:
    if not isinstance(value, dict):
        return []
    groups = [value[name] for name in ("all", "any") if isinstance(value.get(name), list)]
    return [
        *(one for group in groups for one in group),
        *([value["not"]] if "not" in value else []),
    ]


class Offset(Input):
    """How long after a date, or before it where it is negative."""

    days: Annotated[int, Field(ge=-3650, le=3650)] | None = None
    hours: Annotated[int, Field(ge=-87_600, le=87_600)] | None = None


class TriggerWrite(Input):
    """What sets a rule off.

    `fields` are watched for updates: one of them has to change. `date_reached` needs a `field`
    that holds a date or a time.
    """

    event: Event
    criteria: Criteria = "every_time"
    fields: Annotated[list[FieldName], Field(max_length=100)] = []
    field: Annotated[FieldName | None, Field(validate_default=True)] = None
    offset: Offset | None = None

    @field_validator("fields")
    @classmethod
    def _for_updates(cls, fields: list[str], info: ValidationInfo) -> list[str]:
        if fields and info.data.get("event") not in {None, "updated", "created_or_updated"}:
            raise ValueError("can only be watched for updates")
        return list(dict.fromkeys(fields))

    @field_validator("field")
    @classmethod
    def _for_dates(cls, field: str | None, info: ValidationInfo) -> str | None:
        event = info.data.get("event")
        if event == "date_reached" and field is None:
            raise ValueError("is required for date_reached")
        _require_date_reached(field, event)
        return field

    @field_validator("offset")
    @classmethod
    def _from_dates(cls, offset: Offset | None, info: ValidationInfo) -> Offset | None:
        _require_date_reached(offset, info.data.get("event"))
        return offset


def _require_date_reached(value: Any, event: str | None) -> None:
    if value is not None and event not in {None, "date_reached"}:
        raise ValueError("goes with date_reached only")


_UNITS = ("minutes", "hours", "days")
_LONGEST_DELAY = {"minutes": 5_256_000, "hours": 87_600, "days": 3_650}


def _one_unit(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    named = [unit for unit in _UNITS if value.get(unit) is not None]
    if len(named) != 1 and value.keys() <= {*_UNITS}:
        raise ValueError("must name one of minutes, hours and days")
    return value


class Delay(Input):
    """How long an action waits: one of the three."""

    minutes: Annotated[int, Field(ge=1, le=_LONGEST_DELAY["minutes"])] | None = None
    hours: Annotated[int, Field(ge=1, le=_LONGEST_DELAY["hours"])] | None = None
    days: Annotated[int, Field(ge=1, le=_LONGEST_DELAY["days"])] | None = None


class ActionBody(Input):
    """What each action may have."""

    delay: Annotated[Delay, BeforeValidator(_one_unit)] | None = None


class CreateActivity(ActionBody):
    """Makes an activity about the record: one that needs nothing else."""

    type: Literal["create_activity"]
    activity_type: Literal["task", "note"]
    subject: Name
    description: Text | None = None
    due_in_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    assigned_to: UserId | None = None


class UpdateField(ActionBody):
    """Sets a field of the record; null clears it. `stage_id` of a deal moves it."""

    type: Literal["update_field"]
    field: FieldName
    value: Annotated[Any, AfterValidator(_set)]


class AssignOwner(ActionBody):
    """Gives the record to a user, or to the members of a team in turn."""

    type: Literal["assign_owner"]
    to: UserId | None = None
    round_robin: Annotated[Id | None, Field(validate_default=True)] = None

    @field_validator("round_robin")
    @classmethod
    def _one_of_both(cls, round_robin: str | None, info: ValidationInfo) -> str | None:
        if "to" in info.data and (round_robin is None) == (info.data["to"] is None):
            raise ValueError("or else `to` is required, and not both")
        return round_robin


class ShareWith(ActionBody):
    """Shares the record with a team."""

    type: Literal["share_with"]
    team_id: Id


class SendNotification(ActionBody):
    """Tells somebody: `owner`, `creator`, a user by id, or a team by id."""

    type: Literal["send_notification"]
    to: UserId
    channel: Literal["in_app", "email"]
    subject: Name
    body: Text


class CallWebhook(ActionBody):
    """Calls a registered webhook endpoint."""

    type: Literal["call_webhook"]
    url: Annotated[str, StringConstraints(min_length=1, max_length=2048)]


ACTIONS: Mapping[str, type[ActionBody]] = {
    "create_activity": CreateActivity,
    "update_field": UpdateField,
    "assign_owner": AssignOwner,
    "share_with": ShareWith,
    "send_notification": SendNotification,
    "call_webhook": CallWebhook,
}


def _action(value: Any) -> Any:
    """Parse an action by its own type, so that errors name its arguments only."""
    if not isinstance(value, dict):
        raise _error(value, "must be an object")
    if "type" not in value:
        raise _error(value, "is required", "type")
    kind = ACTIONS.get(value["type"]) if isinstance(value["type"], str) else None
    if kind is None:
        raise _error(value, f"must be one of {', '.join(ACTIONS)}", "type")
    return kind.model_validate(value)


Action = Annotated[
    CreateActivity | UpdateField | AssignOwner | ShareWith | SendNotification | CallWebhook,
    Field(discriminator="type"),
    BeforeValidator(_action),
]


class WorkflowRuleWrite(Input):
    """Body of POST and PUT. `order` left out: after all others of the record type."""

    name: Name
    description: Text | None = None
    record_type: RecordType
    trigger: TriggerWrite
    conditions: Annotated[Condition, BeforeValidator(_bounded)] | None = None
    actions: Annotated[list[Action], Field(min_length=1, max_length=MAX_ACTIONS)]
    is_active: bool = True
    order: Annotated[int, Field(ge=0, le=LAST_PLACE)] | None = None


class WorkflowRuleQuery(PageQuery):
    """Filters of the list of rules."""

    record_type: RecordType | None = None
    is_active: bool | None = None


class TriggerOffset(Output):
    """How long after a date, or before it where it is negative."""

    days: int | None = Field(default=None, exclude_if=is_none)
    hours: int | None = Field(default=None, exclude_if=is_none)


class Trigger(Output):
    """What sets a rule off.

    Attributes:
        fields: one of them has to change in an update; none if each update counts.
        field: the date that the rule waits for.
        offset: how long after it, or before.
    """

    event: Event
    criteria: Criteria = "every_time"
    fields: list[str] = []
    field: str | None = None
    offset: TriggerOffset | None = None


class WorkflowRule(Record):
    """What happens when a record changes. Its `version` is the rule's version.

    Attributes:
        conditions: as they were written; null if there are none.
        actions: as they were written, in the order in which they run.
        order: rules of a record type run in this order; of equals, the oldest first.
        active_since: when it was last switched on; what was written before is not its business.
    """

    KIND: ClassVar[str] = "workflow_rule"
    private: ClassVar[frozenset[str]] = Record.private | {"active_since"}
    entry_attributes: ClassVar[tuple[str, ...]] = ("order",)

    name: str
    description: str | None = None
    record_type: RecordType
    trigger: Trigger
    conditions: dict[str, Any] | None = None
    actions: list[dict[str, Any]]
    is_active: bool
    order: int
    active_since: str = ""

    def index_entries(self) -> Mapping[str, str]:
        names = ["all", record_type_list(self.record_type), state_list(self.is_active)]
        active = {active_list(self.record_type): self._place} if self.is_active else {}
        return {**dict.fromkeys(names, self.id), **active}

    def entry(self, name: str) -> Item:
        """Return an index item; that of active rules holds the rule, as it is read per change."""
        rule = {"rule": self.item()} if name == active_list(self.record_type) else {}
        return {**super().entry(name), **rule}

    @property
    def waits(self) -> bool:
        """Return whether the rule is active and triggered by a date."""
        return self.is_active and self.trigger.event == "date_reached"

    @property
    def _place(self) -> str:
        """The sort key by order, inverted: lists are read in descending order."""
        return f"{LAST_PLACE - self.order:07d}#{ids.inverse(self.id)}#{self.id}"


def record_type_list(record_type: str) -> str:
    """Return the name of the list of a record type's rules."""
    return f"type#{record_type}"


def state_list(is_active: bool) -> str:
    return "state#active" if is_active else "state#inactive"


def active_list(record_type: str) -> str:
    """Return the name of the list of a record type's active rules, in their order."""
    return f"active#{record_type}"


class RuleTest(Input):
    """Body of a dry run: a record's id, or how a record was `before` and `after`.

    `before` and `after` are in the shape in which the API answers the record; null is none.
    """

    record_id: Id | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class TraceEntry(Output):
    """What came out of one condition, or of one part of the trigger.

    Attributes:
        path: where it stands in the rule, such as `conditions.all.0`.
        field: the field that it looks at.
        operator: how it looks at it.
        actual: the field's value.
        previous: its value before.
        expected: what it was compared with.
        outcome: whether it holds.
        decided: whether it is one that the whole depends on as it came out.
    """

    path: str
    field: str | None
    operator: str | None
    actual: Any
    previous: Any
    expected: Any
    outcome: bool
    decided: bool


class RuleTestResult(Output):
    """Whether a rule would run, why, and what it would do.

    Attributes:
        actions: with the placeholders of their texts filled in; none if it would not run.
    """

    matched: bool
    trace: list[TraceEntry]
    actions: list[dict[str, Any]]
