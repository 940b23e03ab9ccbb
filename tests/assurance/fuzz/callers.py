"""Callers: users with all permissions and with none, and invalid tokens."""

import base64
import json
import secrets
from dataclasses import dataclass

from tests.assurance.fuzz.world import World
from tests.support.integration.client import Brook, Person

ADMIN, MEMBER, SUPER_ADMIN, STRANGER = "admin", "member", "super admin", "stranger"
NOBODY, FORGED, IDENTITY = "nobody", "forged", "identity"

SHARES = {
    ADMIN: 60, MEMBER: 12, SUPER_ADMIN: 10, STRANGER: 5, NOBODY: 4, FORGED: 5, IDENTITY: 4
}  # fmt: skip
"""Cases of each caller, of a hundred."""

WITHOUT_TOKEN = frozenset({NOBODY, FORGED, IDENTITY})
"""Callers that the gateway must refuse."""

KNOWN = frozenset({ADMIN, MEMBER, SUPER_ADMIN})
"""Callers with permissions in the organization."""


@dataclass(frozen=True)
class Callers:
    """The callers of one organization.

    Attributes:
        world: the organization.
        super_admin: of the deployment.
        stranger: who is no member.
        identity: the ID token of the admin, who has every right.
    """

    world: World
    super_admin: Person
    stranger: Person
    identity: str

    @classmethod
    def of(cls, world: World) -> "Callers":
        root = world.brook.person("Root", scope="super_admin")
        stranger = world.brook.person("Stranger")
        return cls(world, root, stranger, _id_token(world.brook, world.admin.email))

    def authorization(self, caller: str) -> str | None:
        """The header that a caller sends; None if they send none."""
        tokens = {
            ADMIN: self.world.admin.token,
            MEMBER: self.world.member.token,
            SUPER_ADMIN: self.super_admin.token,
            STRANGER: self.stranger.token,
            IDENTITY: self.identity,
        }
        if caller == NOBODY:
            return None
        if caller == FORGED:
            return self.world.random.choice(_forgeries(self.world.admin.token))
        return f"Bearer {tokens[caller]}"


def _forgeries(token: str) -> list[str]:
    """Return a header that resembles one of a user with all permissions."""
    head, claims, signature = token.split(".")
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    turned = signature[:-8] + ("A" if signature[-8] != "A" else "B") + signature[-7:]
    return [
        "",
        "Bearer",
        "Bearer null",
        f"Basic {token}",
        f"Bearer {head}.{claims}.",
        f"Bearer {head}.{claims}.{turned}",
        f"Bearer {unsigned}.{claims}.",
        f"Bearer {unsigned}.{claims}.{signature}",
        f"Bearer {secrets.token_urlsafe(64)}",
    ]


def _id_token(brook: Brook, email: str) -> str:
    """Return the user pool's other tokens."""
    pool, outputs = brook.stack.client("cognito-idp"), brook.stack.outputs
    password = f"Aa1{secrets.token_urlsafe(24)}"
    user = {"UserPoolId": outputs["UserPoolId"], "Username": email}
    pool.admin_set_user_password(**user, Password=password, Permanent=True)
    signed_in = pool.initiate_auth(
        ClientId=outputs["UserPoolClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": password},
    )
    return str(signed_in["AuthenticationResult"]["IdToken"])
