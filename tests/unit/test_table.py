"""What the table's connection makes of DynamoDB's answers: the same as botocore does."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session

from crm.store.table import connection

RECORD = {
    "pk": {"S": "ORG#1#deal#2"},
    "sk": {"S": "#"},
    "name": {"S": "Müller & Söhne 🌊"},
    "empty": {"S": ""},
    "amount": {"N": "1250.50"},
    "large": {"N": "99999999999999999999999999999999999999"},
    "won": {"BOOL": False},
    "nothing": {"NULL": True},
    "stays": {"L": [{"M": {"stage": {"S": "s"}, "M": {"S": "as a name"}}}, {"L": []}, {"M": {}}]},
}
USED = {"ConsumedCapacity": {"TableName": "records", "CapacityUnits": 1.0}}

ANSWERS = [
    ("GetItem", {"Item": RECORD, **USED}),
    ("GetItem", {}),
    ("Query", {"Items": [], "Count": 0, "ScannedCount": 0}),
    (
        "Query",
        {
            "Items": [RECORD, {}],
            "Count": 2,
            "ScannedCount": 2,
            "LastEvaluatedKey": {"pk": {"S": "a"}, "sk": {"S": "b"}},
        },
    ),
    (
        "BatchGetItem",
        {
            "Responses": {"records": [RECORD]},
            "UnprocessedKeys": {
                "records": {"Keys": [{"pk": {"S": "a"}, "sk": {"S": "b"}}], "ConsistentRead": True}
            },
            "ConsumedCapacity": [USED["ConsumedCapacity"]],
        },
    ),
    (
        "BatchWriteItem",
        {"UnprocessedItems": {"records": [{"PutRequest": {"Item": RECORD}}]}},
    ),
    ("TransactWriteItems", {}),
    ("PutItem", {"Attributes": RECORD}),
]

_ASKED: dict[str, Any] = {
    "BatchGetItem": {"RequestItems": {}},
    "BatchWriteItem": {"RequestItems": {}},
    "TransactWriteItems": {"TransactItems": []},
}

REFUSALS = [
    (400, {"__type": "com.amazon.coral.validate#ValidationException", "message": "Not so."}),
    (400, {"__type": "x#ConditionalCheckFailedException", "Message": "No.", "Item": RECORD}),
    (
        400,
        {
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled.",
            "CancellationReasons": [
                {"Code": "None"},
                {"Code": "ConditionalCheckFailed", "Message": "No.", "Item": RECORD},
            ],
        },
    ),
]


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


class _Engine:
    """Answers whatever is sent, and keeps what that was."""

    def __init__(self, status: int, content: bytes) -> None:
        self._status, self._content = status, content
        self.sent: list[AWSPreparedRequest] = []

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        self.sent.append(request)
        headers = HeadersDict({"x-amzn-RequestId": "R1"})
        return AWSResponse(request.url, self._status, headers, _Body(self._content))


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The client of the table's connection."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("RECORDS_TABLE", "records")
    monkeypatch.setenv("BOOKKEEPING_TABLE", "bookkeeping")
    connection.cache_clear()
    yield connection().client
    connection.cache_clear()


def _answer(client: Any, operation: str, engine: _Engine) -> Any:
    client.meta.events.register_first("before-send.dynamodb", engine, unique_id="engine")
    try:
        return client._make_api_call(operation, _ASKED.get(operation, {"TableName": "records"}))
    finally:
        client.meta.events.unregister("before-send.dynamodb", unique_id="engine")


def _plain() -> Any:
    return get_session().create_client("dynamodb", config=Config(parameter_validation=False))


@pytest.mark.parametrize(("operation", "body"), ANSWERS)
def test_an_answer_is_read_as_botocore_reads_it(ours: Any, operation: str, body: Any) -> None:
    engine = _Engine(200, json.dumps(body).encode())

    read = _answer(ours, operation, engine)

    assert read == _answer(_plain(), operation, engine)
    assert {name: read[name] for name in body} == body


@pytest.mark.parametrize(("status", "body"), REFUSALS)
def test_a_refusal_is_read_as_botocore_reads_it(ours: Any, status: int, body: Any) -> None:
    engine = _Engine(status, json.dumps(body).encode())

    with pytest.raises(ClientError) as refused:
        _answer(ours, "TransactWriteItems", engine)

    with pytest.raises(ClientError) as expected:
        _answer(_plain(), "TransactWriteItems", engine)
    assert refused.value.response == expected.value.response
    assert refused.value.response["Error"]["Code"] in body["__type"]


def test_a_request_says_what_has_made_it(ours: Any) -> None:
    engine = _Engine(200, b"{}")

    _answer(ours, "GetItem", engine)

    assert engine.sent[0].headers["User-Agent"].startswith(b"Botocore/")
