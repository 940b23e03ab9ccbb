"""Runs the rules that a change triggers, in their order, each at most once per change.

A change is described by the images of its stream record, never by a later read. The execution is
written with the first effect; each effect is committed together with the step to the next action.
After a crash, the redelivered stream record continues at the first action that is not done. A
refused action ends the execution, and is logged; only a failure of the infrastructure stops the
batch.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from crm.platform import clock
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keyed_locks import KeyedLocks
from crm.platform.dynamodb.keys import RecordAddress, RecordRef
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, READ_LIMIT
from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.record import Answer, Record
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import StaleReadError, Transaction, retry_on_conflict
from crm.platform.errors import ConflictError, CRMError, NotFoundError, UnavailableError
from crm.platform.stream import concurrency
from crm.records import changes, deletion_log
from crm.records.changes import Change
from crm.records.custom_fields.values import plain
from crm.records.deletion_log import Line
from crm.records.history import service as history
from crm.records.registry import RECORD_KINDS
from crm.records.shared_record import SharedRecord
from crm.tenancy import permissions, tombstones
from crm.tenancy.permissions import Caller
from crm.workflows.engine import execution_deletion, executions, plans, records, schedules
from crm.workflows.engine.actions import ACTIONS, call_webhook
from crm.workflows.engine.actions.context import Context
from crm.workflows.engine.executions import ActionState, Execution
from crm.workflows.rules import catalogue, conditions
from crm.workflows.rules.schemas import WorkflowRule, active_list

MAX_DEPTH = 5
CLOCKS_APART = timedelta(minutes=1)
"""The largest clock difference of two functions. A rule that is created while the stream lags does
not run for earlier writes."""

Step = Callable[[Execution], Execution | None]


class Engine:
    """Runs the rules of the organizations in one batch of stream records.

    Rules are cached for the batch: a rule that was saved before a record was written was saved
    before the batch began. Records may be handled concurrently.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[WorkflowRule]] = {}
        self._reading, self._writing = KeyedLocks(), KeyedLocks()

    def handle(self, record: Mapping[str, Any]) -> None:
        """Run the rules that a stream record triggers; safe to repeat."""
        change = changes.read(record)
        if change is None or change.suppresses_rules or change.address.kind not in RECORD_KINDS:
            return
        marked = deletion_log.marked(change.old) if change.old and not change.new else None
        if marked is not None:
            _follow_erasure(change, marked)
            return
        rules = self._rules(change.address.organization_id, change.address.kind)
        if not rules or (change.new is None and tombstones.is_gone(change.address.organization_id)):
            return
        written = _record(change)
        now = clock.moment(written.updated_on)
        old = catalogue.values(change.old) if change.old else None
        new = catalogue.values(change.new) if change.new else None
        event = conditions.event_of(old, new)
        what = f"{event} {written.version}"
        set_off = {
            _id(rule, change, what): rule
            for rule in rules
            if change.new is None or now >= clock.moment(rule.active_since) - CLOCKS_APART
            if conditions.triggers(rule, old, new, now).matched
        }
        begun = _begun(change.address.organization_id, set_off)
        for execution_id, rule in set_off.items():
            there = begun.get(execution_id)
            _run(there or _new(rule, change, event, what, now), self._writing)

    def _rules(self, organization_id: str, record_type: str) -> list[WorkflowRule]:
        """Return the active rules of a record type, in their order."""
        key = (organization_id, record_type)
        with self._reading.hold([key]):
            if key not in self._known:
                self._known[key] = _active(organization_id, record_type)
            return self._known[key]


def _follow_erasure(change: Change, marked: Line) -> None:
    """Delete the executions of an erased record; its deletion triggers no rules."""
    organization_id, kind, record_id = change.address
    if marked.awaits(deletion_log.RULES):
        deletion_log.note(marked, deletion_log.RULES)
    else:
        execution_deletion.delete(organization_id, RecordRef(kind, record_id), for_good=False)


def wake(organization_id: str, execution_id: str, index: int) -> None:
    """Run a delayed action, if it is still scheduled; safe to repeat.

    The rule must still be active, the record must still exist, and the conditions must hold for the
    current record.
    """

    def step(execution: Execution) -> Execution | None:
        if execution.actions[index].status != "scheduled":
            return None
        reason = _objection(execution)
        if reason is None:
            return _act(locks, execution, index)
        return _written(execution.with_action(index, "cancelled", error=reason), execution)

    locks = KeyedLocks()
    execution = executions.find(organization_id, execution_id)
    if execution is not None:
        _walk(execution, step)


def retry(caller: Caller, execution_id: str) -> Execution:
    """Continue an execution at the failed action, or where it was cut off.

    A redelivered stream record continues an execution only if the change still triggers the rule,
    which may have been changed or deactivated since.

    Raises:
        PermissionDeniedError: The caller is no admin.
        NotFoundError: The organization has no such execution.
        ConflictError: No action has failed, and none is pending.
    """
    permissions.require_admin(caller)
    execution = executions.find(caller.organization_id, execution_id)
    if execution is None:
        raise NotFoundError
    index = execution.first("failed")
    if index is not None:
        execution = _written(execution.with_action(index, "pending", error=None), execution)
    elif execution.status != "scheduled" or execution.first("pending") is None:
        raise ConflictError("Only an execution that has failed can be retried.")
    return _walk(execution, partial(_next, KeyedLocks()))


def reach(rule: WorkflowRule, reached: Iterable[tuple[SharedRecord, str]], now: datetime) -> None:
    """Run a rule for records whose date is reached; safe to repeat.

    Args:
        rule: a date rule.
        reached: records as they were read, each with its date: each date is reached once.
        now: the reference time of relative dates.
    """
    set_off: dict[str, tuple[Change, str]] = {}
    for record, moment in reached:
        values = catalogue.values(record)
        if conditions.evaluate(rule.conditions, values, values, now).matched:
            change, what = Change(_address(record), record, record), f"date {moment}"
            set_off[_id(rule, change, what)] = change, what
    begun, locks = _begun(rule.organization_id, set_off), KeyedLocks()

    def run(execution_id: str) -> None:
        change, what = set_off[execution_id]
        there = begun.get(execution_id)
        _run(there or _new(rule, change, "date_reached", what, now), locks)

    concurrency.map_concurrently(run, list(set_off))


def _active(organization_id: str, record_type: str) -> list[WorkflowRule]:
    """Return the active rules of a record type, in their order, from their index items."""
    pk = keys.index_item(organization_id, WorkflowRule.KIND, active_list(record_type), LOWEST).pk
    entries = RECORDS.query(pk, (LOWEST, HIGHEST), READ_LIMIT, newest_first=True)
    return [WorkflowRule.from_item(entry["rule"]) for entry in entries]


def _begun(organization_id: str, execution_ids: Collection[str]) -> Mapping[str, Execution]:
    """Return the executions that an earlier delivery of the stream record has begun."""
    return executions.find_many(organization_id, execution_ids) if execution_ids else {}


def _run(execution: Execution, locks: KeyedLocks) -> None:
    """Run the actions of an execution, or the remaining ones if it has begun."""
    _send_again(execution)
    _walk(execution, partial(_next, locks))


def _id(rule: WorkflowRule, change: Change, what: str) -> str:
    organization_id, kind, record_id = change.address
    return executions.id_of(organization_id, rule.id, RecordRef(kind, record_id), what)


def _new(rule: WorkflowRule, change: Change, event: str, what: str, now: datetime) -> Execution:
    """Return the execution of a rule for a change, not yet begun."""
    record, cause, address = _record(change), change.cause or {}, change.address
    depth, rules = int(cause.get("depth", 0)) + 1, list(cause.get("rules", []))
    reason = "loop" if rule.id in rules else "depth" if depth > MAX_DEPTH else None
    started = clock.timestamp(clock.now())
    stopped = {"status": "stopped", "reason": reason, "finished_on": started}
    return Execution.model_validate(
        {
            "organization_id": address.organization_id,
            "id": _id(rule, change, what),
            "rule_id": rule.id,
            "rule_version": rule.version,
            "record_type": address.kind,
            "record_id": address.record_id,
            "record_version": record.version + (change.new is None),
            "event": event,
            "depth": depth,
            "caused_by": cause.get("execution_id"),
            "actions": [ActionState(type=action["type"]) for action in rule.actions],
            "started_on": started,
            "by": rule.updated_by,
            "rules": [*rules, rule.id],
            "plan": plans.plan(rule.actions, catalogue.values(record), now),
            "payload": plans.payload(rule.actions, lambda: _payload(change)),
            "conditions": rule.conditions,
            **({"status": "scheduled"} if reason is None else stopped),
        }
    )


def _address(record: SharedRecord) -> RecordAddress:
    return RecordAddress(record.organization_id, record.KIND, record.id)


def _record(change: Change) -> SharedRecord:
    """Return the record after a change, or before its deletion."""
    record = change.new or change.old
    if not isinstance(record, SharedRecord):
        raise TypeError("a change of nothing that rules are about")
    return record


def _payload(change: Change) -> dict[str, Any]:
    """Return the data of a change for webhooks."""
    row = history.row_of(change.old, change.new) if change.new else None
    return {
        "record": _answer(_record(change)),
        "changes": [one.model_dump() for one in row.changes] if row else [],
    }


def _answer(record: Record) -> Answer:
    """Return a record as clients see it, with all custom fields that it stores."""
    answer = record.answer()
    if "custom_fields" in answer:
        answer["custom_fields"] = plain(answer["custom_fields"])
    return answer


def _walk(execution: Execution, step: Step) -> Execution:
    """Take steps until none is left; other workers may do so concurrently.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted.
    """
    here = execution

    def once() -> bool:
        nonlocal here
        try:
            following = step(here)
        except StaleReadError:
            here = executions.find(here.organization_id, here.id) or here
            raise
        if following is not None:
            here = following
        return following is not None

    retry_on_conflict(once)
    return here


def _next(locks: KeyedLocks, execution: Execution) -> Execution | None:
    """Run the first action that is not done; return None if there is none."""
    index = execution.first("pending")
    if execution.status != "scheduled" or index is None:
        # A stopped execution has no action to begin with, and is logged all the same.
        return _written(execution.after(), execution) if execution.is_new else None
    action = execution.plan[index]
    at = plans.due(action, clock.moment(execution.started_on))
    if at is None or execution.actions[index].attempts:
        return _act(locks, execution, index)
    if execution.is_new:
        # The scheduled call finds it, and the due time is the same for each worker that continues.
        return _written(execution.after(), execution)
    schedules.set_off(execution.organization_id, execution.id, index, at)
    result = {"due_on": clock.timestamp(at)}
    return _written(execution.with_action(index, "scheduled", result=result), execution)


def _act(locks: KeyedLocks, execution: Execution, index: int) -> Execution:
    """Run one action, and store its result.

    Args:
        locks: the locks shared by concurrent executions.
        execution: the action's execution.
        index: the action's number.

    Raises:
        StaleReadError: An item has changed since it was read.
        UnavailableError: The infrastructure failed.
    """
    caller = Caller(execution.by, execution.organization_id, "admin")
    transaction = Transaction(execution.cause)
    context = Context(execution, index, caller, transaction)
    planned = execution.plan[index]
    attempts = execution.actions[index].attempts + 1
    # Round-robin turns are read, advanced and written by one execution after the other.
    counted = [keys.turn(caller.organization_id, execution.rule_id, index)]
    try:
        with locks.hold(counted if "round_robin" in planned else []):
            done = ACTIONS[planned["type"]](context, planned)
            new = execution.with_action(
                index, "succeeded", attempts=attempts, error=None, result=dict(done.result)
            )
            executions.write(transaction, new, execution)
            with locks.hold(transaction.items):
                transaction.commit()
    except UnavailableError:
        raise
    except CRMError as error:
        failed = execution.with_action(index, "failed", attempts=attempts, error=error.detail)
        return _written(failed, execution)
    if done.after is not None:
        done.after()
    return new


def _written(new: Execution, old: Execution) -> Execution:
    transaction = Transaction()
    executions.write(transaction, new, old)
    transaction.commit()
    return new


def _objection(execution: Execution) -> str | None:
    """Return why a delayed action must not run any more; None if it may run."""
    organization_id = execution.organization_id
    rule = read(WorkflowRule, organization_id, execution.rule_id)
    if rule is None or not rule.is_active:
        return "The rule is no longer active."
    record = records.find(organization_id, execution.record_type, execution.record_id)
    if record is None:
        return "The record has gone."
    values = catalogue.values(record)
    now = clock.now()
    if not conditions.evaluate(execution.conditions, values, values, now).matched:
        return "The conditions do not hold any more."
    return None


def _send_again(execution: Execution) -> None:
    """Queue committed deliveries again, as their process may have died before it queued them."""
    for action in execution.actions:
        if action.type == "call_webhook" and action.status == "succeeded":
            call_webhook.send_again(execution.organization_id, action.result["delivery_id"])
