"""Signatures, against the library that receivers use."""

from base64 import b64decode
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from crm.webhooks import signatures

BODY = '{"type":"deal.updated","name":"Größe 😀"}'.encode()


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def test_the_published_example() -> None:
    """The test vector of the specification's reference implementations."""
    made = signatures.headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_library_accepts_what_is_signed() -> None:
    secret = signatures.new_secret()
    made = signatures.headers(secret, "one", now(), BODY)
    assert Webhook(secret).verify(BODY, made) == {"type": "deal.updated", "name": "Größe 😀"}


@pytest.mark.parametrize("what", ["body", "webhook-id", "webhook-timestamp", "secret"])
def test_the_library_refuses_what_is_altered(what: str) -> None:
    secret, body = signatures.new_secret(), BODY
    made = signatures.headers(secret, "one", now(), body)
    if what == "body":
        body += b" "
    elif what == "secret":
        secret = signatures.new_secret()
    else:
        made[what] = str(now() + 1) if what == "webhook-timestamp" else "two"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, made)


def test_a_secret_is_long_and_new() -> None:
    made = {signatures.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(one.startswith("whsec_") for one in made)
    assert {len(b64decode(one.removeprefix("whsec_"), validate=True)) for one in made} == {32}
