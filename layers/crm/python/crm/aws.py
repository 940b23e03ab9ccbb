"""Telling a service of AWS that is overloaded, or out of reach, from one that was asked wrongly."""

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
        "TransactionInProgressException",
    }
)


def is_overload(error: BaseException | None) -> bool:
    """Whether the same request may succeed later, now that the client's own retries are spent."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or error.response["Error"]["Code"] in _THROTTLES
    return isinstance(error, ConnectionFailure | HTTPClientError)
