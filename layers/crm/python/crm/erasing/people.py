"""People who are in no organization any more: what Brook and its user pool know of them."""

from pynamodb.exceptions import DeleteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from crm import directory
from crm.store import keys
from crm.store.codec import Item
from crm.store.table import RECORDS

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
    if known is not None and not _deleted(user, known):
        return False
    return directory.delete(user_id) or known is not None


def _deleted(user: keys.Key, known: Item) -> bool:
    """Delete a profile, unless its person has joined an organization since it was read."""
    try:
        RECORDS.delete(user, _as_read(known))
    except DeleteError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def _as_read(known: Item) -> Condition:
    joins = Path("joins")
    as_read: Condition = joins == known["joins"] if "joins" in known else joins.does_not_exist()
    return as_read
