"""Erases users without an organization from Brook and its user pool."""

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.table import RECORDS
from crm.tenancy import user_pool

_FIRST_ORGANIZATION = ("ORG#", "ORG#~")


def of_user(user_id: str) -> bool:
    """Erase a user who is in no organization any more; safe to repeat.

    Deletes the profile and, if the stack has its own user pool, the account there. The account of
    a super admin belongs to the operator and is kept, as is a user who is invited concurrently.

    Returns:
        True if a profile or an account existed.
    """
    user = keys.user(user_id)
    known = RECORDS.get(user)
    if RECORDS.query(user.pk, _FIRST_ORGANIZATION, 1):
        return False
    # The user may have joined an organization since the profile was read.
    if known is not None and not RECORDS.delete_if(_as_read(known), user):
        return False
    return user_pool.delete(user_id) or known is not None


def _as_read(known: Item) -> Condition:
    joins = Path("joins")
    as_read: Condition = joins == known["joins"] if "joins" in known else joins.does_not_exist()
    return as_read
