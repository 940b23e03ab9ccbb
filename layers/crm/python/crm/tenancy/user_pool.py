"""The user pool (Amazon Cognito)."""

from functools import cache
from typing import Any

from crm.platform import config
from crm.tenancy.profiles import Profile

SUPER_ADMINS = "super_admin"
"""The group of super admins, as template.yaml names it."""


def find(user_id: str) -> Profile:
    """Return a user by their `sub`; an empty profile if the pool does not know them."""
    user = _get(user_id)
    return _profile(user_id, user["UserAttributes"]) if user else Profile(id=user_id)


def find_or_create(email: str, first_name: str, last_name: str) -> Profile:
    """Return the user with this email address, created and invited if they are new.

    Safe to repeat: the address is the pool's user name.
    """
    user = _get(email)
    if user:
        return _profile("", user["UserAttributes"])
    client = _client()
    try:
        made = client.admin_create_user(
            UserPoolId=config.user_pool_id(),
            Username=email,
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
                {"Name": "given_name", "Value": first_name},
                {"Name": "family_name", "Value": last_name},
            ],
            DesiredDeliveryMediums=["EMAIL"],
        )
    except client.exceptions.UsernameExistsException:
        return find_or_create(email, first_name, last_name)
    return _profile("", made["User"]["Attributes"])


def delete(user_id: str) -> bool:
    """Delete a user's account, unless they are a super admin; safe to repeat.

    Returns:
        True if an account was deleted.
    """
    if _get(user_id) is None:
        return False
    client, whose = _client(), {"UserPoolId": config.user_pool_id(), "Username": user_id}
    groups = client.admin_list_groups_for_user(**whose)["Groups"]
    if any(group["GroupName"] == SUPER_ADMINS for group in groups):
        return False
    client.admin_delete_user(**whose)
    return True


def _get(username: str) -> Any:
    if config.user_pool_id() is None:
        return None
    client = _client()
    try:
        return client.admin_get_user(UserPoolId=config.user_pool_id(), Username=username)
    except client.exceptions.UserNotFoundException:
        return None


def _profile(user_id: str, attributes: list[dict[str, str]]) -> Profile:
    values = {one["Name"]: one.get("Value", "") for one in attributes}
    return Profile(
        id=values.get("sub", user_id),
        first_name=values.get("given_name", ""),
        last_name=values.get("family_name", ""),
        email=values.get("email", ""),
    )


@cache
def _client() -> Any:
    import boto3

    return boto3.client("cognito-idp")
