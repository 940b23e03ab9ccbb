"""Which errors of DynamoDB mean that the same request may succeed later."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from pynamodb.exceptions import DeleteError, PutError, PynamoDBException
from pynamodb.expressions.operand import Path

from crm.aws import is_overload
from crm.errors import UnavailableError
from crm.store import table
from crm.store.keys import Key
from crm.store.table import overload_as_unavailable


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


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (None, True),
        (refused("ConditionalCheckFailedException"), False),
        (refused("ThrottlingException"), UnavailableError),
        (refused("TransactionConflictException"), UnavailableError),
        (ReadTimeoutError(endpoint_url="https://dynamodb"), UnavailableError),
        (refused("ValidationException"), PynamoDBException),
        (ValueError(), PynamoDBException),
    ],
)
@pytest.mark.parametrize("error", [PutError, DeleteError])
def test_whether_a_condition_held(
    monkeypatch: pytest.MonkeyPatch,
    error: type[PynamoDBException],
    cause: Exception | None,
    outcome: bool | type[Exception],
) -> None:
    def answer(*_: object) -> None:
        if cause is not None:
            raise error("refused", cause)

    monkeypatch.setattr(
        table, "connection", lambda: SimpleNamespace(put_item=answer, delete_item=answer)
    )
    asked, key = table.Table(lambda: "records"), Key("a", "b")
    absent = Path("pk").does_not_exist()
    if isinstance(outcome, bool):
        assert asked.put_if(absent, key, {}) is outcome
        assert asked.delete_if(absent, key) is outcome
        return
    with pytest.raises(outcome):
        asked.put_if(absent, key, {})
    with pytest.raises(outcome):
        asked.delete_if(absent, key)
