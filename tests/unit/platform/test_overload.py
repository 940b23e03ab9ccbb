"""Errors of DynamoDB after which the same request may succeed later."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from pynamodb.exceptions import PutError

from crm.platform.aws import is_overload
from crm.platform.dynamodb.table import overload_as_unavailable
from crm.platform.errors import UnavailableError


def refused(code: str, status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutItem")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refused("ProvisionedThroughputExceededException"), True),
        (refused("TransactionConflictException"), True),
        (refused("TransactionInProgressException"), True),
        (refused("Whatever", status=503), True),
        (ReadTimeoutError(endpoint_url="https://dynamodb"), True),
        (refused("ConditionalCheckFailedException"), False),
        (refused("ValidationException"), False),
        (refused("AccessDeniedException"), False),
        (ValueError(), False),
        (None, False),
    ],
)
def test_what_may_be_repeated(error: Exception | None, expected: bool) -> None:
    assert is_overload(error) is expected


def test_one_item_meets_a_transaction_at_it() -> None:
    """An Idempotency-Key that is claimed again while the first request commits, for one."""
    with pytest.raises(UnavailableError) as caught, overload_as_unavailable():
        raise PutError("refused", refused("TransactionConflictException"))
    assert (caught.value.status, caught.value.code) == (503, "unavailable")
