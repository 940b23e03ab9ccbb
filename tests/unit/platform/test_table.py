"""The table's connection treats DynamoDB's responses as botocore does."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.exceptions import DeleteError, PutError, PynamoDBException
from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import table
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.table import BATCH_ATTEMPTS, RECORDS, connection
from crm.platform.errors import UnavailableError
from tests.unit.platform.test_overload import refused

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
    """Answers whatever is sent, the last answer again and again, and keeps what that was."""

    def __init__(self, status: int, *contents: bytes) -> None:
        self._status, self._contents = status, contents
        self.sent: list[Any] = []

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        content = self._contents[min(len(self.sent), len(self._contents) - 1)]
        self.sent.append(request)
        headers: Any = HeadersDict({"x-amzn-RequestId": "R1"})
        return AWSResponse(request.url, self._status, headers, _Body(content))

    @property
    def asked(self) -> list[Any]:
        """The sent requests as JSON values."""
        return [json.loads(request.body) for request in self.sent]


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The client of the table's connection."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    # Of no region of AWS: there moto would answer too if it plays in this process.
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    monkeypatch.setenv("RECORDS_TABLE", "records")
    monkeypatch.setenv("BOOKKEEPING_TABLE", "bookkeeping")
    connection.cache_clear()
    yield connection().client
    connection.cache_clear()


@contextmanager
def _reaching(client: Any, engine: _Engine) -> Iterator[None]:
    client.meta.events.register_first("before-send.dynamodb", engine, unique_id="engine")
    try:
        yield
    finally:
        client.meta.events.unregister("before-send.dynamodb", unique_id="engine")


def _answer(client: Any, operation: str, engine: _Engine) -> Any:
    with _reaching(client, engine):
        return client._make_api_call(operation, _ASKED.get(operation, {"TableName": "records"}))


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


ONE, OTHER = Key("ORG#1#DEAL#2", "#"), Key("ORG#1#DEAL#3", "#")


def _raw(key: Key) -> Any:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def _engine(*answers: Any) -> _Engine:
    return _Engine(200, *(json.dumps(one).encode() for one in answers))


@pytest.mark.parametrize(
    ("read", "answer"),
    [
        (lambda: RECORDS.get(ONE), {}),
        (lambda: RECORDS.batch_get([ONE]), {"Responses": {}}),
        (lambda: RECORDS.query(ONE.pk, (" ", "~"), 5), {"Items": []}),
    ],
    ids=["get", "batch_get", "query"],
)
def test_what_is_read_is_what_was_last_written(
    ours: Any, read: Callable[[], Any], answer: Any
) -> None:
    engine = _engine(answer)

    with _reaching(ours, engine):
        read()

    [asked] = engine.asked
    whole = asked.get("RequestItems", {}).get("records", asked)
    assert whole["ConsistentRead"] is True


def test_what_a_batch_did_not_read_is_asked_for_again(ours: Any) -> None:
    engine = _engine(
        {
            "Responses": {"records": [_raw(ONE)]},
            "UnprocessedKeys": {"records": {"Keys": [_raw(OTHER)]}},
        },
        {"Responses": {"records": [_raw(OTHER)]}, "UnprocessedKeys": {}},
    )

    with _reaching(ours, engine):
        found = RECORDS.batch_get([ONE, OTHER])

    assert found == {key: key._asdict() for key in (ONE, OTHER)}
    assert [one["RequestItems"]["records"]["Keys"] for one in engine.asked] == [
        [_raw(ONE), _raw(OTHER)],
        [_raw(OTHER)],
    ]


def test_what_a_batch_did_not_write_is_sent_again(ours: Any) -> None:
    put, deletion = {"PutRequest": {"Item": _raw(ONE)}}, {"DeleteRequest": {"Key": _raw(OTHER)}}
    engine = _engine({"UnprocessedItems": {"records": [deletion]}}, {"UnprocessedItems": {}})

    with _reaching(ours, engine):
        RECORDS.batch_write([ONE._asdict()], [OTHER])

    first, second = (one["RequestItems"]["records"] for one in engine.asked)
    assert (first, second) == ([deletion, put], [deletion])


def test_a_batch_that_is_never_read_is_an_overload(ours: Any) -> None:
    left = {"Responses": {}, "UnprocessedKeys": {"records": {"Keys": [_raw(ONE)]}}}
    engine = _engine(left)

    with _reaching(ours, engine), pytest.raises(UnavailableError):
        RECORDS.batch_get([ONE])

    assert len(engine.sent) == BATCH_ATTEMPTS


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


@given(
    st.sets(st.integers(0, 40)), st.integers(1, 9), st.booleans(), st.none() | st.integers(0, 40)
)
def test_pages_are_all_of_a_partition(
    there: set[int], size: int, newest_first: bool, start: int | None
) -> None:
    """Each item once, in order, as many at a time as asked for, whatever is deleted on the way."""
    stored = {f"{number:02}" for number in there}
    begin = None if start is None else Key("pk", f"{start:02}")

    def left(after: Key | None) -> list[str]:
        found = sorted(stored, reverse=newest_first)
        if after is None:
            return found
        return [one for one in found if (one < after.sk if newest_first else one > after.sk)]

    def query(_: object, pk: str, between: object, limit: int, **options: Any) -> list[Any]:
        return [{"pk": pk, "sk": one} for one in left(options["start"])[:limit]]

    wanted = left(begin)
    seen: list[str] = []
    with patch.object(table.Table, "query", query):
        for page in RECORDS.pages("pk", ("", "~"), size, newest_first=newest_first, start=begin):
            assert 1 <= len(page) <= size
            seen += [item["sk"] for item in page]
            stored -= {item["sk"] for item in page}
    assert seen == wanted


def test_a_range_that_holds_nothing_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB refuses a range whose end is before its beginning; moto does not."""
    monkeypatch.delattr(table, "connection")
    asked = table.Table(lambda: "records")
    assert asked.query("pk", ("b", "a"), 10) == []
    with pytest.raises(NameError):
        asked.query("pk", ("a", "a"), 10)
