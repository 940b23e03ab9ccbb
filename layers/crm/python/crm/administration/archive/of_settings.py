"""Lines of settings by admins: custom fields, pipelines, webhook endpoints, rules. Pure."""

from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator

from crm.platform.fields import Id, Ids, Name, Text, same_name
from crm.records import record_fields
from crm.records.archive.lines import RecordLine
from crm.records.custom_fields.schemas import CustomField, CustomFieldWrite, DisplayOrder
from crm.records.registry import RECORD_TYPES
from crm.sales.pipelines.schemas import (
    MAX_STAGES,
    Description,
    Order,
    Pipeline,
    Probability,
    Stage,
    StageStatus,
)
from crm.webhooks.schemas import EndpointUrl, WebhookEndpoint
from crm.workflows.rules.schemas import LAST_PLACE, ActionBody, WorkflowRule, WorkflowRuleWrite

_OWNER = "assigned_to"
_NAMING = {"create_activity": _OWNER, "assign_owner": "to", "send_notification": "to"}
"""Argument of each action that may contain a user id."""


class CustomFieldLine(RecordLine, CustomFieldWrite):
    """A custom field."""

    RECORD = CustomField

    display_order: DisplayOrder


class StageLine(RecordLine):
    """A stage of a pipeline."""

    RECORD = Stage

    name: Name
    description: Description | None = None
    order: Order
    probability: Probability
    status: StageStatus = "open"
    allowed_from: Annotated[Ids, Field(max_length=MAX_STAGES)] | None = None
    emptied_into: Id | None = None


def _stages(stages: list[StageLine]) -> list[StageLine]:
    known = {stage.id for stage in stages}
    unlike = (known, {same_name(stage.name) for stage in stages}, {one.order for one in stages})
    if any(len(values) < len(stages) for values in unlike):
        raise ValueError("must have ids, names and orders that differ")
    if stages != sorted(stages, key=lambda stage: stage.order):
        raise ValueError("must stand in their order")
    named = [*(stage.emptied_into for stage in stages if stage.emptied_into)]
    named += [one for stage in stages for one in stage.allowed_from or []]
    if not known.issuperset(named):
        raise ValueError("must not name stages of other pipelines")
    return stages


class PipelineLine(RecordLine):
    """A pipeline with its stages."""

    RECORD = Pipeline

    name: Name
    description: Description | None = None
    is_active: bool = True
    stages: Annotated[list[StageLine], Field(max_length=MAX_STAGES), AfterValidator(_stages)] = []

    def fields(self, organization_id: str) -> dict[str, Any]:
        own = {"organization_id": organization_id, "pipeline_id": self.id}
        stages = [{**stage.model_dump(), **own} for stage in self.stages]
        return {**self.model_dump(exclude={"stages"}), "stages": stages}


class WebhookEndpointLine(RecordLine):
    """A webhook endpoint, without its secret."""

    RECORD = WebhookEndpoint

    url: EndpointUrl
    is_active: bool = True
    disabled_reason: Text | None = None

    def fields(self, organization_id: str) -> dict[str, Any]:
        return {**super().fields(organization_id), "secret": ""}


class WorkflowRuleLine(RecordLine, WorkflowRuleWrite):
    """A workflow rule; `translated` maps the user ids in it."""

    RECORD = WorkflowRule

    is_active: bool
    order: Annotated[int, Field(ge=0, le=LAST_PLACE)]

    @field_validator("actions")
    @classmethod
    def _plain(cls, actions: list[ActionBody]) -> list[ActionBody]:
        for action in actions:
            value = getattr(action, "value", None)
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, list | dict):
                    raise ValueError("must set fields to plain values, or to lists of them")
        return actions

    def translated(self, people: dict[str, str]) -> dict[str, Any]:
        """Return the conditions and actions as they are stored.

        Args:
            people: maps the archive's user ids to those of this organization.
        """
        written = self.model_dump(
            by_alias=True, exclude_unset=True, include={"conditions", "actions"}
        )
        return {
            "conditions": _condition(written.get("conditions"), people),
            "actions": [_action(action, people) for action in written["actions"]],
        }


@cache
def _people_fields() -> frozenset[str]:
    """Return the fields of records that contain a user id."""
    return frozenset(
        name
        for record_type in RECORD_TYPES
        for name, field in record_fields.fields(record_type).items()
        if field.type == "user"
    )


def _condition(node: dict[str, Any] | None, people: dict[str, str]) -> dict[str, Any] | None:
    if not node:
        return node
    changed = dict(node)
    for name in ("all", "any"):
        if name in node:
            changed[name] = [_condition(inner, people) for inner in node[name]]
    if "not" in node:
        changed["not"] = _condition(node["not"], people)
    if node.get("field") in _people_fields() and "value" in node:
        changed["value"] = _people(node["value"], people)
    return changed


def _action(action: dict[str, Any], people: dict[str, str]) -> dict[str, Any]:
    argument = _NAMING.get(action["type"])
    if action["type"] == "update_field" and action["field"] == _OWNER:
        argument = "value"
    if argument is None or argument not in action:
        return action
    return {**action, argument: _people(action[argument], people)}


def _people(value: Any, people: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_people(one, people) for one in value]
    return people.get(value, value) if isinstance(value, str) else value
