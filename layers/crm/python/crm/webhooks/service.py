"""Webhook endpoints: registering them, and looking up the endpoint that a rule calls."""

from collections.abc import Iterable, Sequence

from crm.platform.dynamodb import keys, queries, quotas
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import EntryList, ReadBudget
from crm.platform.dynamodb.queries import read, read_many, record_ids_of, record_list
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.fields import PageQuery
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller
from crm.webhooks import signatures, urls
from crm.webhooks.schemas import (
    MAX_ENDPOINTS,
    WebhookEndpoint,
    WebhookEndpointWrite,
)

_GROUP = "all"
_RESTORED = "It comes from an archive, without its secret: register it anew."


def create(
    transaction: Transaction, caller: Caller, endpoint_id: str, body: WebhookEndpointWrite
) -> WebhookEndpoint:
    """Register an endpoint with a new secret.

    Raises:
        PermissionDeniedError: The caller is no admin.
    The commit raises:
        DuplicateError: The organization has an endpoint with this URL.
        LimitExceededError: The organization has the maximum number of endpoints.
    """
    permissions.require_admin(caller)
    new = WebhookEndpoint.create(
        caller.organization_id,
        caller.user_id,
        id=endpoint_id,
        **body.model_dump(),
        secret=signatures.new_secret(),
    )
    transaction.save(new, None)
    organization_id = caller.organization_id
    quotas.consume(transaction, organization_id, WebhookEndpoint.KIND, _GROUP, MAX_ENDPOINTS)
    return new


def restore(transaction: Transaction, endpoint: WebhookEndpoint) -> None:
    """Register an endpoint from an archive.

    The archive holds no secret, and no receiver knows the new one: the endpoint is inactive.

    The commit raises the errors of `create`.
    """
    changes = {
        "is_active": False,
        "disabled_reason": _RESTORED,
        "secret": signatures.new_secret(),
    }
    transaction.save(endpoint.model_copy(update=changes), None)
    organization_id = endpoint.organization_id
    quotas.consume(transaction, organization_id, WebhookEndpoint.KIND, _GROUP, MAX_ENDPOINTS)


def find(caller: Caller, endpoint_id: str) -> WebhookEndpoint:
    """Return an endpoint of the caller's organization.

    Raises:
        PermissionDeniedError: The caller is no admin.
        NotFoundError: The organization has no such endpoint.
    """
    permissions.require_admin(caller)
    return queries.find(WebhookEndpoint, caller.organization_id, endpoint_id)


def search(caller: Caller, _query: PageQuery) -> EntryList:
    """Return all endpoints, newest first.

    Raises:
        PermissionDeniedError: The caller is no admin.
    """
    permissions.require_admin(caller)
    return record_list(WebhookEndpoint, caller.organization_id, "all", ReadBudget())


def rows(caller: Caller, _query: PageQuery, entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of `search`."""
    found = read_many(WebhookEndpoint, caller.organization_id, record_ids_of(entries))
    return [one.answer() for one in found.values()]


def update(
    transaction: Transaction, caller: Caller, old: WebhookEndpoint, body: WebhookEndpointWrite
) -> WebhookEndpoint:
    """Change the URL of an endpoint, or whether it is active. Its secret is kept.

    Raises:
        PermissionDeniedError: The caller is no admin.
    The commit raises:
        DuplicateError: The organization has another endpoint with this URL.
    """
    permissions.require_admin(caller)
    reason = None if body.is_active else old.disabled_reason
    new = old.changed(caller.user_id, **body.model_dump(), disabled_reason=reason)
    transaction.save(new, old)
    return new


def delete(transaction: Transaction, caller: Caller, old: WebhookEndpoint) -> None:
    """Delete an endpoint; its pending deliveries are not sent.

    Raises:
        PermissionDeniedError: The caller is no admin.
    """
    permissions.require_admin(caller)
    transaction.delete_record(old)
    quotas.release(transaction, old.organization_id, WebhookEndpoint.KIND, _GROUP)


def registered(organization_id: str, sent: Iterable[str]) -> set[str]:
    """Return those URLs of which the organization has an endpoint, active or not."""
    guards = {url: _guard(organization_id, url) for url in sent}
    found = RECORDS.batch_get(guards.values())
    return {url for url, guard in guards.items() if guard in found}


def find_by_url(organization_id: str, url: str) -> WebhookEndpoint | None:
    """Return the organization's endpoint with this URL; None if it has none."""
    guard = RECORDS.get(_guard(organization_id, url))
    return read(WebhookEndpoint, organization_id, guard["record_id"]) if guard else None


def _guard(organization_id: str, url: str) -> Key:
    return keys.unique_constraint(organization_id, WebhookEndpoint.KIND, urls.normal(url))
