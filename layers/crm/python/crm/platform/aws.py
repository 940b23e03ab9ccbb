"""Clients of AWS, and telling a service that is overloaded from one that was asked wrongly."""

from threading import Lock
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as ConnectionFailure

_THROTTLES = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

_making = Lock()


def client(service: str, **options: Any) -> Any:
    """A new client of a service; threads can use it, and ask for theirs at the same time."""
    import boto3

    with _making:  # boto3's session, unlike its clients, is for one thread at a time.
        return boto3.client(service, **options)


def is_overload(error: BaseException | None) -> bool:
    """Whether the same request may succeed later, now that the client's own retries are spent."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or error.response["Error"]["Code"] in _THROTTLES
    return isinstance(error, ConnectionFailure | HTTPClientError)
