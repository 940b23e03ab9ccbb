"""The secret that signs cursors, generated on first use in a deployment."""

import secrets
from functools import cache

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.table import SYSTEM


@cache
def cursor_secret() -> bytes:
    """Return 32 random bytes, the same for all functions of the deployment."""
    item = SYSTEM.get(keys.CURSOR_SIGNING)
    if item is None:
        made = {"secret": secrets.token_hex(32)}
        SYSTEM.put_if(Path("pk").does_not_exist(), keys.CURSOR_SIGNING, made)
        item = SYSTEM.get(keys.CURSOR_SIGNING)
    if item is None:
        raise RuntimeError("the cursor secret was written and cannot be read")
    return bytes.fromhex(item["secret"])
