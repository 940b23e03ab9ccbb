"""Workflow rules: create, read, change, delete and dry run."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from crm.platform import clock, config
from crm.platform.dynamodb import keys, queries, quotas
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList, Intersection, ReadBudget
from crm.platform.dynamodb.queries import read_many, record_ids_of, record_list
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import FieldError, NotFoundError, ValidationFailedError
from crm.platform.validation import MAX_ERRORS
from crm.records import repository as owned
from crm.records.custom_fields import service as custom_fields
from crm.records.registry import OWNED_KINDS
from crm.related.documents import service as documents
from crm.related.documents.schemas import Document
from crm.tenancy import permissions
from crm.tenancy.members import service as members
from crm.tenancy.permissions import Caller
from crm.tenancy.teams import service as teams
from crm.workflows.rules import catalogue, checks, context, dry_run
from crm.workflows.rules.checks import Checked
from crm.workflows.rules.context import Place, RuleContext
from crm.workflows.rules.schemas import (
    RuleTest,
    Trigger,
    WorkflowRule,
    WorkflowRuleQuery,
    WorkflowRuleWrite,
    record_type_list,
    state_list,
)
from crm.workflows.rules.values import Values

MAX_REFERENCES = 50
"""Users, teams and webhooks that one rule may name: each is a condition of the transaction."""

_CHECKED = ("record_type", "trigger", "conditions", "actions")

_KINDS_OF_CONDITIONS = {"all", "any", "not", "field"}


def create(
    transaction: Transaction, caller: Caller, rule_id: str, body: WorkflowRuleWrite
) -> WorkflowRule:
    """Create a rule.

    Raises:
        PermissionDeniedError: The caller is no admin.
        ValidationFailedError: The record type has no such field, operator, value or action.
    The commit raises:
        ValidationFailedError: A user is no active member, or a team does not exist.
        LimitExceededError: The record type has the maximum number of rules.
    """
    permissions.require_admin(caller)
    place, around = context.read_ahead(caller, rule_id, body)
    new = WorkflowRule.create(
        caller.organization_id, caller.user_id, id=rule_id, **_fields(body, place)
    )
    _require_sense(transaction, new, around)
    new = _save(transaction, new, None)
    _count_in(transaction, new)
    return new


def restore(transaction: Transaction, caller: Caller, rule: WorkflowRule) -> None:
    """Write a rule from an archive. If it is active, it is active from now on.

    Raises:
        ValidationFailedError: The rule is active, and a field, operator, value or action is
            invalid.
    The commit raises:
        ValidationFailedError: The rule is active, and names a user or team that does not exist.
        LimitExceededError: The record type has the maximum number of rules.
    """
    now = clock.timestamp(clock.now())
    new = rule.model_copy(update={"active_since": now})
    if new.is_active:
        around = RuleContext(caller, new.record_type, new.actions)
        around.begin()
        _require_sense(transaction, new, around)
    transaction.save(new, None)
    if new.waits:
        transaction.put(keys.waiting(new.organization_id, new.id), {"since": now})
    _count_in(transaction, new)


def find(caller: Caller, rule_id: str) -> WorkflowRule:
    """Return a rule of the caller's organization.

    Raises:
        NotFoundError: The organization has no such rule.
    """
    return queries.find(WorkflowRule, caller.organization_id, rule_id)


def search(caller: Caller, query: WorkflowRuleQuery) -> EntryList:
    """Return the organization's rules, newest first, narrowed by filters."""
    names = [record_type_list(query.record_type)] if query.record_type else []
    if query.is_active is not None:
        names.append(state_list(query.is_active))
    budget = ReadBudget()
    lists: list[EntryList] = [
        record_list(WorkflowRule, caller.organization_id, name, budget) for name in names or ["all"]
    ]
    return lists[0] if len(lists) == 1 else Intersection(lists)


def rows(caller: Caller, _query: WorkflowRuleQuery, entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of `search`."""
    found = read_many(WorkflowRule, caller.organization_id, record_ids_of(entries))
    return [rule.answer() for rule in found.values()]


def standing(old: WorkflowRule, changes: Mapping[str, Any] | None) -> WorkflowRule:
    """Return the rule that a merge patch is applied to.

    Conditions in a patch replace the rule's as a whole: merging `any` of a patch with `all` of the
    rule would not give the intended conditions.

    Args:
        old: the rule as it was read.
        changes: the conditions of the patch.
    """
    if not _KINDS_OF_CONDITIONS & (changes or {}).keys():
        return old
    return old.model_copy(update={"conditions": None})


def update(
    transaction: Transaction,
    caller: Caller,
    old: WorkflowRule,
    body: WorkflowRuleWrite,
    place: Place | None = None,
    around: RuleContext | None = None,
) -> WorkflowRule:
    """Replace a rule.

    Args:
        transaction: the transaction of the request.
        caller: the author of the change.
        old: the rule as it was read.
        body: the new content of the rule.
        place: returns the rule's place, if its read has been started.
        around: the context to check it against, if its reads have been started.

    Raises:
        PermissionDeniedError: The caller is no admin.
        ValidationFailedError: The rule is invalid, as for `create`.
    The commit raises the errors of `create`.
    """
    permissions.require_admin(caller)
    place = place or context.place(caller, old.id, body)
    new = old.changed(caller.user_id, **_fields(body, place))
    if _says_more(new, old):
        around = around or context.of_body(caller, body)
        around.begin()
        _require_sense(transaction, new, around)
    new = _save(transaction, new, old)
    if new.record_type != old.record_type:
        _count_in(transaction, new)
        _count_out(transaction, old)
    return new


def delete(transaction: Transaction, caller: Caller, old: WorkflowRule) -> None:
    """Delete a rule.

    Raises:
        PermissionDeniedError: The caller is no admin.
    """
    permissions.require_admin(caller)
    transaction.delete_record(old)
    if old.waits:
        transaction.delete(keys.waiting(old.organization_id, old.id))
    _count_out(transaction, old)


def try_out(caller: Caller, rule: WorkflowRule, body: RuleTest) -> dict[str, Any]:
    """Run a rule dry, with the reasons; nothing is written.

    Raises:
        ValidationFailedError: There is neither a record nor images of one, or an image is invalid.
        NotFoundError: The organization has no such record.
        PermissionDeniedError: The caller may not see the record.
    """
    now = clock.now()
    if body.record_id is not None:
        if body.before is not None or body.after is not None:
            raise ValidationFailedError.of("record_id", "goes without before and after")
        record = _record(caller, rule, body.record_id)
        result = dry_run.of_record(rule, record, now)
    else:
        defined = custom_fields.definitions(caller.organization_id, rule.record_type)
        known = catalogue.fields(rule.record_type, defined)
        before, after = _image("before", body.before, known), _image("after", body.after, known)
        if before is None and after is None:
            raise ValidationFailedError.of("record_id", "is required, or else before or after")
        result = dry_run.of_images(rule, before, after, now)
    return {
        "matched": result.matched,
        "trace": [asdict(finding) for finding in result.trace],
        "actions": result.actions,
    }


def _save(
    transaction: Transaction, written: WorkflowRule, old: WorkflowRule | None
) -> WorkflowRule:
    """Write a rule and, for date rules, the item that the periodic job finds it by."""
    since = old.active_since if old is not None and old.is_active else written.updated_on
    new = written.model_copy(update={"active_since": since})
    transaction.save(new, old)
    waiting, waited = keys.waiting(new.organization_id, new.id), old is not None and old.waits
    if new.waits and not waited:
        transaction.put(waiting, {"since": new.updated_on})
    elif waited and not new.waits:
        transaction.delete(waiting)
    return new


def _fields(body: WorkflowRuleWrite, place: Place) -> dict[str, Any]:
    """Return the fields of a rule for a body: conditions and actions as they were sent."""
    written = body.model_dump(by_alias=True, exclude_unset=True)
    return {
        **body.model_dump(exclude={"conditions", "actions", "order"}),
        "trigger": Trigger.model_validate(body.trigger.model_dump()),
        "conditions": written.get("conditions"),
        "actions": written["actions"],
        "order": place(),
    }


def _says_more(new: WorkflowRule, old: WorkflowRule) -> bool:
    """Return whether a change needs checks: a rule whose team is deleted can be deactivated."""
    return (new.is_active and not old.is_active) or any(
        getattr(new, name) != getattr(old, name) for name in _CHECKED
    )


def _require_sense(transaction: Transaction, rule: WorkflowRule, around: RuleContext) -> None:
    """Require that a rule is valid for its record type, and that its references exist.

    Raises:
        ValidationFailedError: The rule is invalid; all errors are reported at once.
    The commit raises:
        ValidationFailedError: A user is no active member, or a team does not exist.
    """
    defined = around.definitions
    known = Checked(
        rule.record_type, catalogue.fields(rule.record_type, defined), defined.require_fit
    )
    errors = checks.errors(rule.model_dump(), known)
    _refuse(errors)
    _require_existence(transaction, rule, around)


def _refuse(errors: Sequence[FieldError]) -> None:
    if errors:
        count = f"{len(errors)} field{'s' if len(errors) > 1 else ''}"
        raise ValidationFailedError(f"{count} cannot be accepted.", errors[:MAX_ERRORS])


def _require_existence(transaction: Transaction, rule: WorkflowRule, around: RuleContext) -> None:
    for (kind, named), path in _demanded(rule, around).items():
        if kind == "team":
            teams.require(transaction, rule.organization_id, [named], path)
        elif kind == "user":
            members.require_active(transaction, rule.organization_id, named, path)
        elif named not in around.webhooks():
            raise ValidationFailedError.of(path, "is no registered webhook endpoint")


def _demanded(rule: WorkflowRule, around: RuleContext) -> dict[tuple[str, str], str]:
    """Return kind and id of each reference of a rule, with its path."""
    # A transaction may contain an item only once, however often the rule names it.
    paths: dict[tuple[str, str], str] = {}
    for reference in checks.references(rule.actions):
        paths.setdefault((reference.kind, reference.id), reference.path)
    if len(paths) > MAX_REFERENCES:
        message = f"must not name more than {MAX_REFERENCES} users, teams and webhooks"
        raise ValidationFailedError.of("actions", message)
    demanded: dict[tuple[str, str], str] = {}
    for (kind, named), path in paths.items():
        if kind == "recipient":
            kind = "team" if named in around.teams() else "user"
        demanded.setdefault((kind, named), path)
    return demanded


def _count_in(transaction: Transaction, rule: WorkflowRule) -> None:
    quotas.consume(
        transaction,
        rule.organization_id,
        WorkflowRule.KIND,
        rule.record_type,
        config.max_workflow_rules_per_entity(),
    )


def _count_out(transaction: Transaction, rule: WorkflowRule) -> None:
    quotas.release(transaction, rule.organization_id, WorkflowRule.KIND, rule.record_type)


def _record(caller: Caller, rule: WorkflowRule, record_id: str) -> Values:
    """Return the values of a record that the caller may see. Raises the errors of `try_out`."""
    if rule.record_type == Document.KIND:
        return catalogue.values(documents.find(caller, record_id))
    kind = OWNED_KINDS.get(rule.record_type)
    if kind is None:
        raise NotFoundError
    return catalogue.values(owned.find(kind, caller, record_id))


def _image(
    name: str, sent: Mapping[str, Any] | None, known: Mapping[str, catalogue.Field]
) -> Values | None:
    """Return the values of a record that the client describes.

    Raises:
        ValidationFailedError: Some values have another type than their fields.
    """
    if sent is None:
        return None
    values, wrong = catalogue.read(known, sent)
    _refuse([FieldError(f"{name}.{field}"[:255], message) for field, message in wrong.items()])
    return values
