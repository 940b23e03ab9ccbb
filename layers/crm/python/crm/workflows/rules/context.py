"""The data that a rule is checked against, and its order, read concurrently with other data."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

from crm.platform import ids
from crm.platform.dynamodb.lists import READ_LIMIT, ReadBudget, take
from crm.platform.dynamodb.parallel import ahead
from crm.platform.dynamodb.queries import record_id_of, record_list
from crm.records.custom_fields import service as custom_fields
from crm.records.custom_fields.definitions import Definitions
from crm.tenancy.permissions import Caller
from crm.tenancy.teams import service as teams
from crm.webhooks import service as webhooks
from crm.workflows.rules import checks
from crm.workflows.rules.schemas import (
    LAST_PLACE,
    WorkflowRule,
    WorkflowRuleWrite,
    record_type_list,
)

Place = Callable[[], int]
"""Returns the position of a rule among those of its record type."""


class RuleContext:
    """The data that a rule is checked against; each part is read in the background.

    Args:
        caller: the author of the rule.
        record_type: the record type of the rule.
        actions: the actions of the rule, which need to be valid by their schema only.
    """

    def __init__(
        self, caller: Caller, record_type: str, actions: Sequence[Mapping[str, Any]]
    ) -> None:
        self._organization_id = caller.organization_id
        self._record_type = record_type
        self._actions = actions

    @cached_property
    def definitions(self) -> Definitions:
        return custom_fields.definitions(self._organization_id, self._record_type)

    @cached_property
    def teams(self) -> Callable[[], Collection[str]]:
        """Returns those recipients that are teams."""
        named = [one for one in checks.named(self._actions, "recipient") if ids.is_id(one)]
        return ahead(lambda: teams.existing(self._organization_id, named)) if named else tuple

    @cached_property
    def webhooks(self) -> Callable[[], Collection[str]]:
        """Returns those URLs that are registered."""
        named = checks.named(self._actions, "webhook")
        return ahead(lambda: webhooks.registered(self._organization_id, named)) if named else tuple

    def begin(self) -> None:
        """Start all reads."""
        _ = self.definitions, self.teams, self.webhooks


def read_ahead(caller: Caller, rule_id: str, body: WorkflowRuleWrite) -> tuple[Place, RuleContext]:
    """Return the place of a rule and its context, both being read in the background."""
    around = of_body(caller, body)
    around.begin()
    return place(caller, rule_id, body), around


def of_body(caller: Caller, body: WorkflowRuleWrite) -> RuleContext:
    """Return the context of a rule, without starting its reads."""
    actions = body.model_dump(by_alias=True, exclude_unset=True)["actions"]
    return RuleContext(caller, body.record_type, actions)


def place(caller: Caller, rule_id: str, body: WorkflowRuleWrite) -> Place:
    """Return the place of a rule: the `order` of its body, or after all others, read ahead."""
    order = body.order
    if order is not None:
        return lambda: order
    return ahead(lambda: _last(caller, rule_id, body.record_type))


def _last(caller: Caller, rule_id: str, record_type: str) -> int:
    """Return the place after all other rules of a record type."""
    listed = record_list(
        WorkflowRule, caller.organization_id, record_type_list(record_type), ReadBudget()
    )
    taken = [
        int(entry["order"])
        for entry in take(listed, READ_LIMIT).entries
        if record_id_of(entry) != rule_id
    ]
    return min(max(taken, default=-1) + 1, LAST_PLACE)
