"""Clients of AWS services, and detection of overload among their errors."""

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
    """Create a client of a service; both the client and this function are thread-safe."""
    import boto3

    with _making:  # boto3's session, unlike its clients, is not thread-safe.
        return boto3.client(service, **options)


def is_overload(error: BaseException | None) -> bool:
    """Return whether the request may succeed later, although the client's retries have failed."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or error.response["Error"]["Code"] in _THROTTLES
    return isinstance(error, ConnectionFailure | HTTPClientError)
