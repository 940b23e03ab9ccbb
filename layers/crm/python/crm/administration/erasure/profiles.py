"""People who are in no organization any more: what Brook and its user pool know of them."""

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.table import RECORDS
from crm.tenancy import user_pool

_FIRST_ORGANIZATION = ("ORG#", "ORG#~")


def of_user(user_id: str) -> bool:
    """Forget a person who is in no organization any more; safe to repeat.

    Their own profile goes, and, where the stack has its own user pool, their account there; that of
    a super admin is the operator's, and stays. Whoever is invited meanwhile stays too.

    Returns:
        Whether anything of them was there.
    """
    user = keys.user(user_id)
    known = RECORDS.get(user)
    if RECORDS.query(user.pk, _FIRST_ORGANIZATION, 1):
        return False
    # Unless its person has joined an organization since it was read.
    if known is not None and not RECORDS.delete_if(_as_read(known), user):
        return False
    return user_pool.delete(user_id) or known is not None


def _as_read(known: Item) -> Condition:
    joins = Path("joins")
    as_read: Condition = joins == known["joins"] if "joins" in known else joins.does_not_exist()
    return as_read
