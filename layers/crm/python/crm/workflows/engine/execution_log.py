"""The log of executions, as people look at it."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.lists import EntryList
from crm.platform.errors import NotFoundError
from crm.platform.fields import Id, PageQuery
from crm.records import repository as owned
from crm.records.registry import OWNED_KINDS
from crm.related.documents import service as documents
from crm.related.documents.service import Document
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller
from crm.workflows.engine import executions
from crm.workflows.engine.executions import Execution
from crm.workflows.rules import service as workflows
from crm.workflows.rules.schemas import RecordType


class ExecutionQuery(PageQuery):
    """Whose executions: those because of a record."""

    record_type: RecordType
    record_id: Annotated[Id, Field(description="A record that the caller may see.")]


def find(caller: Caller, execution_id: str) -> Execution:
    """An execution, for admins, and for whoever may see the record.

    Raises:
        NotFoundError: there is no such execution, or its record has gone.
        PermissionDeniedError: the record is not the caller's to see.
    """
    found = executions.find(caller.organization_id, execution_id)
    if found is None:
        raise NotFoundError
    if not caller.is_admin:
        require_visible(caller, found.record_type, found.record_id)
    return found


def of_rule(caller: Caller, rule_id: str) -> EntryList:
    """The executions of a rule, newest first, for whom `require_rule` lets through."""
    return executions.of_rule(caller.organization_id, rule_id)


def require_rule(caller: Caller, rule_id: str) -> None:
    """Demand that somebody may see what a rule did: it names records of everybody.

    Raises:
        PermissionDeniedError: the caller is no admin.
        NotFoundError: there is no such rule.
    """
    permissions.require_admin(caller)
    workflows.find(caller, rule_id)


def of_record(caller: Caller, query: ExecutionQuery) -> EntryList:
    """The executions because of a record, newest first, for whom `require_visible` lets through."""
    return executions.of_record(
        caller.organization_id, RecordRef(query.record_type, query.record_id)
    )


def rows(caller: Caller, entries: Sequence[Item]) -> list[dict[str, Any]]:
    """The rows of a page of a list of executions."""
    return executions.rows(caller.organization_id, entries)


def require_visible(caller: Caller, record_type: str, record_id: str) -> None:
    """Demand that somebody may see what happened because of a record.

    Raises:
        PermissionDeniedError, NotFoundError: the record is not there for the caller.
    """
    if record_type == Document.KIND:
        documents.find(caller, record_id)
        return
    kind = OWNED_KINDS.get(record_type)
    if kind is None:
        raise NotFoundError
    owned.find(kind, caller, record_id)
