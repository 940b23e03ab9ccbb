"""Email by SES."""

from functools import cache
from typing import Any

from crm.platform import aws, config
from crm.platform.errors import ConflictError


def send(to: str, subject: str, body: str) -> None:
    """Send a plain text email.

    Args:
        to: the address.
        subject: a single line.
        body: the text.

    Raises:
        ConflictError: The deployment has no sender, or SES rejects the message.
        ClientError: SES is throttled or overloaded; the message can be sent later.
    """
    from botocore.exceptions import ClientError

    sender = config.email_sender()
    if sender is None:
        raise ConflictError("The deployment has no address to send email from.")
    try:
        _client().send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": [to]},
            Content={
                "Simple": {
                    "Subject": {"Data": subject, "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": body, "Charset": "UTF-8"}},
                }
            },
        )
    except ClientError as error:
        if aws.is_overload(error):
            raise
        raise ConflictError(f"SES refused: {error.response['Error']['Code']}.") from error


@cache
def _client() -> Any:
    return aws.client("sesv2")
