"""Executions of rules, each for one version of a record: log and idempotency marker.

The id of an execution is derived from the rule, the record and the record's version: a redelivered
change finds it. The plan of its actions is fixed when it begins, which is with the first of them;
each effect is committed together with the step to the next action, so that no effect happens
twice.
"""

import time
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import ConfigDict
from pynamodb.expressions.operand import Path

from crm.platform import clock
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, EntryList, ReadBudget
from crm.platform.dynamodb.queries import partition, record_ids_of
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.fields import Output

KEPT_SECONDS = 90 * 24 * 3600
"""Far longer than a delivery of the stream can be late."""

_NAMESPACE = uuid.UUID("5f0d3e5c-7a0e-4f6b-9a55-0c7d7b1d9e21")

Status = Literal["succeeded", "failed", "stopped", "scheduled", "cancelled"]
ActionStatus = Literal["pending", "succeeded", "failed", "scheduled", "cancelled"]


class ActionState(Output):
    """How far an action has come.

    Attributes:
        attempts: how often it was tried.
        error: why it failed.
        result: what came of it.
    """

    model_config = ConfigDict(frozen=True)

    type: str
    status: ActionStatus = "pending"
    attempts: int = 0
    error: str | None = None
    result: Any = None


class ExecutionAnswer(Output):
    """What a rule did because of one change of a record.

    Attributes:
        rule_version: the version of the rule that ran.
        record_version: the version of the record that set it off.
        event: `created`, `updated`, `deleted` or `date_reached`.
        status: `scheduled` while something is still to be done.
        reason: why it was stopped (`loop`, `depth`), failed or cancelled.
        depth: 1 for what a user set off, one more for each rule in between.
        caused_by: the execution that wrote the record, if a rule did.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    rule_id: str
    rule_version: int
    record_type: str
    record_id: str
    record_version: int
    event: str
    status: Status
    reason: str | None = None
    depth: int
    caused_by: str | None = None
    actions: list[ActionState]
    started_on: str
    finished_on: str | None = None


class Execution(ExecutionAnswer):
    """An execution as it is stored.

    Attributes:
        by: the last author of the rule, in whose name it acts.
        rules: the rules of the cascade so far, including this one.
        plan: the actions, with all values filled in.
        conditions: the rule's, evaluated again by delayed actions.
        payload: the data for webhooks; None if no action calls one, or it is too large.
        step: incremented by each write, from 1; each write is conditional on the step that was
            read.
    """

    organization_id: str
    by: str
    rules: list[str]
    plan: list[dict[str, Any]]
    conditions: dict[str, Any] | None = None
    payload: dict[str, Any] | None = None
    step: int = 0

    @property
    def record(self) -> RecordRef:
        """Kind and id of the record that set it off."""
        return RecordRef(self.record_type, self.record_id)

    @property
    def is_new(self) -> bool:
        """Return whether the execution is not written yet."""
        return self.step == 0

    @property
    def cause(self) -> Item:
        """The origin, stored with each record that the execution writes."""
        return {"execution_id": self.id, "rules": self.rules, "depth": self.depth}

    def answer(self) -> Answer:
        return self.model_dump(include=set(ExecutionAnswer.model_fields))

    def after(self, **changes: Any) -> "Execution":
        """Return the execution one step later, not yet written."""
        return self.model_copy(update={**changes, "step": self.step + 1})

    def with_action(self, index: int, status: ActionStatus, **changes: Any) -> "Execution":
        """Return the execution with one action in another state, not yet written."""
        actions = list(self.actions)
        actions[index] = actions[index].model_copy(update={**changes, "status": status})
        return self.after(actions=actions, **_outcome(actions))

    def first(self, status: ActionStatus) -> int | None:
        """Return the number of the first action in a state; None if there is none."""
        return next((index for index, one in enumerate(self.actions) if one.status == status), None)


def id_of(organization_id: str, rule_id: str, record: RecordRef, what: str) -> str:
    """Return the id of a rule's execution for an event of a record: always the same.

    Args:
        organization_id: the owner of the rule.
        rule_id: the rule's.
        record: kind and id of the record.
        what: the event: a written version, or a reached date.
    """
    return str(uuid.uuid5(_NAMESPACE, "|".join((organization_id, rule_id, *record, what))))


def find(organization_id: str, execution_id: str) -> Execution | None:
    """Return an execution; None if there is no such execution."""
    item = SYSTEM.get(keys.execution(organization_id, execution_id))
    return Execution.model_validate(item) if item else None


def find_many(organization_id: str, execution_ids: Iterable[str]) -> dict[str, Execution]:
    """Return the existing executions among the ids, by id."""
    wanted = {one: keys.execution(organization_id, one) for one in execution_ids}
    found = SYSTEM.batch_get(wanted.values())
    return {
        one: Execution.model_validate(found[key]) for one, key in wanted.items() if key in found
    }


def write(transaction: Transaction, new: Execution, old: Execution) -> None:
    """Stage the next state of an execution; with the first state, also its index items.

    The commit raises:
        StaleReadError: Another worker has taken the step.
    """
    as_read = Path("pk").does_not_exist() if old.is_new else Path("step") == old.step
    if old.is_new:
        position = f"{new.started_on}#{new.id}"
        of_record = _record_list(new.record)
        for name in (f"RULE#{new.rule_id}", of_record):
            entry = keys.execution_entry(new.organization_id, name, position)
            transaction.put(entry, {"expires_on": _expiry()}, table=SYSTEM)
    transaction.put(_key(new), _item(new), as_read, table=SYSTEM)


def of_rule(organization_id: str, rule_id: str) -> EntryList:
    """Return the executions of a rule, newest first."""
    return _listed(organization_id, f"RULE#{rule_id}")


def of_record(organization_id: str, record: RecordRef) -> EntryList:
    """Return the executions of a record, newest first."""
    return _listed(organization_id, _record_list(record))


def of_record_pk(organization_id: str, record: RecordRef) -> str:
    """Return the partition key of the list of a record's executions."""
    return keys.execution_entry(organization_id, _record_list(record), LOWEST).pk


def rows(organization_id: str, entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of a list of executions."""
    found = find_many(organization_id, record_ids_of(entries))
    return [execution.answer() for execution in found.values()]


def _outcome(actions: Sequence[ActionState]) -> dict[str, Any]:
    """Return an execution's status and end, derived from the states of its actions."""
    states = {action.status for action in actions}
    if "failed" not in states and states & {"pending", "scheduled"}:
        return {"status": "scheduled", "finished_on": None}
    status = "failed" if "failed" in states else "succeeded"
    if states == {"cancelled"}:
        status = "cancelled"
    return {"status": status, "finished_on": clock.timestamp(clock.now())}


def _listed(organization_id: str, name: str) -> EntryList:
    pk = keys.execution_entry(organization_id, name, LOWEST).pk
    return partition(SYSTEM, pk, ReadBudget(), (LOWEST, HIGHEST))


def _record_list(record: RecordRef) -> str:
    return f"RECORD#{'#'.join(record)}"


def _key(execution: Execution) -> keys.Key:
    return keys.execution(execution.organization_id, execution.id)


def _item(execution: Execution) -> Item:
    return {**execution.model_dump(exclude_none=True), "expires_on": _expiry()}


def _expiry() -> int:
    return int(time.time()) + KEPT_SECONDS
