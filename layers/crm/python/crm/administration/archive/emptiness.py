"""Checks that an organization is unchanged since it was founded, so that it can be restored."""

from collections.abc import Iterator

from crm.administration.archive.source import lists_of
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.parallel import in_parallel
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import RESTORED, Transaction
from crm.platform.errors import ConflictError
from crm.records.custom_fields.schemas import CustomField
from crm.records.registry import RECORD_KINDS
from crm.sales.pipelines import service as pipelines
from crm.sales.pipelines.schemas import Pipeline
from crm.tenancy import permissions
from crm.tenancy.members.schemas import Member
from crm.tenancy.permissions import Caller
from crm.tenancy.teams.schemas import Team
from crm.webhooks.schemas import WebhookEndpoint
from crm.workflows.rules.schemas import WorkflowRule

_SETTINGS: tuple[type[Record], ...] = (CustomField, Team, WebhookEndpoint, WorkflowRule)


def require_empty(caller: Caller) -> list[Pipeline]:
    """Require that an organization contains only its founder and its default pipeline.

    Returns:
        The default pipeline as it was checked, unless it is deleted.

    Raises:
        PermissionDeniedError: The caller is not an admin.
        ConflictError: The organization contains other data.
    """
    permissions.require_admin(caller)
    pks = list(_lists(caller.organization_id))
    held = in_parallel(lambda pk: RECORDS.query(pk, (LOWEST, HIGHEST), 1), pks)
    members = keys.index_item(caller.organization_id, Member.KIND, "all", LOWEST).pk
    if any(held) or len(RECORDS.query(members, (LOWEST, HIGHEST), 2)) > 1:
        raise _not_empty()
    found = pipelines.list_all(caller)
    if not all(pipelines.is_untouched_default(one) for one in found):
        raise _not_empty()
    return found


def make_room(caller: Caller) -> None:
    """Delete the default pipeline of the organization; safe to repeat.

    Raises:
        ConflictError: The organization contains other data.
        StaleReadError: The pipeline was changed since it was read.
    """
    for pipeline in require_empty(caller):
        transaction = Transaction(RESTORED)
        pipelines.delete(transaction, caller, pipeline)
        transaction.commit()


def _lists(organization_id: str) -> Iterator[str]:
    for kind in (*RECORD_KINDS.values(), *_SETTINGS):
        for name in lists_of(kind):
            yield keys.index_item(organization_id, kind.KIND, name, LOWEST).pk


def _not_empty() -> ConflictError:
    return ConflictError("Only an organization that holds nothing yet can take in an archive.")
