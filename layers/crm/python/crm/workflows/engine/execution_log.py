"""The execution log, as users read it."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.lists import EntryList
from crm.platform.dynamodb.record import Answer
from crm.platform.errors import NotFoundError
from crm.platform.fields import Id, PageQuery
from crm.records import repository as owned
from crm.records.registry import OWNED_KINDS
from crm.related.documents import service as documents
from crm.related.documents.schemas import Document
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller
from crm.workflows.engine import executions
from crm.workflows.engine.executions import Execution
from crm.workflows.rules import service as workflows
from crm.workflows.rules.schemas import RecordType


class ExecutionQuery(PageQuery):
    """Query of the executions of a record."""

    record_type: RecordType
    record_id: Annotated[Id, Field(description="A record that the caller may see.")]


def find(caller: Caller, execution_id: str) -> Execution:
    """Return an execution, for admins and for callers who may see its record.

    Raises:
        NotFoundError: The execution does not exist, or its record is deleted.
        PermissionDeniedError: The caller may not see the record.
    """
    found = executions.find(caller.organization_id, execution_id)
    if found is None:
        raise NotFoundError
    if not caller.is_admin:
        require_visible(caller, found.record_type, found.record_id)
    return found


def of_rule(caller: Caller, rule_id: str) -> EntryList:
    """Return a rule's executions, newest first, for callers whom `require_rule` accepts."""
    return executions.of_rule(caller.organization_id, rule_id)


def require_rule(caller: Caller, rule_id: str) -> None:
    """Require that the caller may see a rule's executions: they name records of all users.

    Raises:
        PermissionDeniedError: The caller is no admin.
        NotFoundError: The organization has no such rule.
    """
    permissions.require_admin(caller)
    workflows.find(caller, rule_id)


def of_record(caller: Caller, query: ExecutionQuery) -> EntryList:
    """Return a record's executions, newest first, for callers whom `require_visible` accepts."""
    return executions.of_record(
        caller.organization_id, RecordRef(query.record_type, query.record_id)
    )


def rows(caller: Caller, entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of a list of executions."""
    return executions.rows(caller.organization_id, entries)


def require_visible(caller: Caller, record_type: str, record_id: str) -> None:
    """Require that the caller may see a record, and so its executions.

    Raises:
        PermissionDeniedError, NotFoundError: The caller may not see the record.
    """
    if record_type == Document.KIND:
        documents.find(caller, record_id)
        return
    kind = OWNED_KINDS.get(record_type)
    if kind is None:
        raise NotFoundError
    owned.find(kind, caller, record_id)
