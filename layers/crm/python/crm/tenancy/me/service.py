"""The caller's own profile and organizations."""

from crm.platform.dynamodb.lists import take
from crm.platform.dynamodb.parallel import ahead, together
from crm.platform.dynamodb.queries import record_ids_of
from crm.tenancy import user_pool
from crm.tenancy.me.schemas import Me, MyOrganization
from crm.tenancy.members import service as members
from crm.tenancy.organizations import service as organizations
from crm.tenancy.permissions import Caller

MAX_ORGANIZATIONS = 100


def me(user_id: str, caller: Caller | None) -> Me:
    """Return the caller's profile and organizations.

    Args:
        user_id: the token's `sub`.
        caller: the caller in the organization that the request names; None if it names none.
    """
    own_profile = ahead(lambda: members.own_profile(user_id))
    mine = take(organizations.list_mine(user_id), MAX_ORGANIZATIONS).entries
    roles, known = together(
        lambda: members.roles(user_id, record_ids_of(mine)),
        lambda: organizations.of_entries(mine),
    )
    profile = own_profile() or user_pool.find(user_id)
    return Me(
        **profile.model_dump(),
        organizations=[
            MyOrganization(id=one.id, name=one.name, role=roles[one.id])
            for one in known
            if one.id in roles
        ],
        role=caller.role if caller else None,
        teams=sorted(caller.teams) if caller else None,
    )
