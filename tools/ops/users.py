"""Users of the local user pool, and their access tokens."""

import secrets
from typing import Any

from local.clients import ClientFactory
from local.errors import LocalStackError

SUPER_ADMIN = "super_admin"
ATTEMPTS = 3


class Users:
    def __init__(self, client: ClientFactory, outputs: dict[str, str]) -> None:
        self._pool = client("cognito-idp")
        self._pool_id = outputs["UserPoolId"]
        self._client_id = outputs["UserPoolClientId"]

    def ensure(self, email: str, first_name: str = "", last_name: str = "") -> str:
        """Create the user unless it exists; return its id."""
        try:
            return self._id(email)
        except self._pool.exceptions.UserNotFoundException:
            self._create(email, first_name, last_name)
            return self._id(email)

    def token(self, email: str, scope: str | None = None) -> str:
        """Return an access token that carries the requested scope, and no other."""
        if scope not in {None, "", SUPER_ADMIN}:
            raise LocalStackError(f"SCOPE is {SUPER_ADMIN} or empty, not {scope}")
        self.ensure(email)
        self._put_in_group(email, wanted=scope == SUPER_ADMIN)
        for attempt in range(ATTEMPTS):
            try:
                return self._sign_in(email)
            except self._pool.exceptions.NotAuthorizedException:
                # A concurrent request for the same user's token has set another password.
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _create(self, email: str, first_name: str, last_name: str) -> None:
        names = {"given_name": first_name, "family_name": last_name}
        attributes = {"email": email, "email_verified": "true"} | {
            k: v for k, v in names.items() if v
        }
        try:
            self._pool.admin_create_user(
                UserPoolId=self._pool_id,
                Username=email,
                MessageAction="SUPPRESS",
                UserAttributes=[{"Name": n, "Value": v} for n, v in attributes.items()],
            )
        except self._pool.exceptions.UsernameExistsException:
            return
        except self._pool.exceptions.InvalidParameterException as error:
            raise LocalStackError(f"{email} is not an e-mail address") from error

    def _id(self, email: str) -> str:
        user = self._pool.admin_get_user(UserPoolId=self._pool_id, Username=email)
        attributes = {a["Name"]: a["Value"] for a in user["UserAttributes"]}
        return str(attributes["sub"])

    def _put_in_group(self, email: str, *, wanted: bool) -> None:
        member: dict[str, Any] = {"UserPoolId": self._pool_id, "Username": email}
        found = self._pool.admin_list_groups_for_user(**member)["Groups"]
        if wanted == any(group["GroupName"] == SUPER_ADMIN for group in found):
            return
        change = (
            self._pool.admin_add_user_to_group
            if wanted
            else self._pool.admin_remove_user_from_group
        )
        change(**member, GroupName=SUPER_ADMIN)

    def _sign_in(self, email: str) -> str:
        """Sign in with a password created for this call: there is no secret to store or leak."""
        password = f"Aa1{secrets.token_urlsafe(24)}"
        self._pool.admin_set_user_password(
            UserPoolId=self._pool_id, Username=email, Password=password, Permanent=True
        )
        answer = self._pool.initiate_auth(
            ClientId=self._client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        token: str = answer["AuthenticationResult"]["AccessToken"]
        return token
