"""The caller's own page."""

from crm import directory
from crm.access import Caller
from crm.me.schemas import Me, MyOrganization
from crm.members import service as members
from crm.organizations import service as organizations
from crm.store.lists import take
from crm.store.reading import record_ids_of

MAX_ORGANIZATIONS = 100


def me(user_id: str, caller: Caller | None) -> Me:
    """Who the caller is and where they are members.

    Args:
        user_id: the token's `sub`.
        caller: who they are in the organization that the request names, if it names one.
    """
    mine = take(organizations.list_mine(user_id), MAX_ORGANIZATIONS).entries
    roles = members.roles(user_id, record_ids_of(mine))
    profile = members.own_profile(user_id) or directory.find(user_id)
    return Me(
        **profile.model_dump(),
        organizations=[
            MyOrganization(id=one.id, name=one.name, role=roles[one.id])
            for one in organizations.of_entries(mine)
            if one.id in roles
        ],
        role=caller.role if caller else None,
        teams=sorted(caller.teams) if caller else None,
    )
