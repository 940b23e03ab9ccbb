"""Required behaviour of the embedded engine: the gate for another version of it."""

import hashlib
import importlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from local.process import StackProcess

TABLE = "records"
BUCKET = "files"
KEY = {"pk": {"S": "ORG#1#"}, "sk": {"S": "a"}}
STREAMED = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackProcess]:
    process = StackProcess(tmp_path_factory.mktemp("engine"), "--engine-only")
    process.start()
    yield process
    process.kill()


@pytest.fixture(scope="module")
def tables(engine: StackProcess) -> Any:
    client = engine.client("dynamodb")
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        StreamSpecification=STREAMED,
    )
    return client


@pytest.fixture(scope="module")
def files(engine: StackProcess) -> Any:
    client = engine.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def put(key: dict[str, Any], condition: str | None = None) -> dict[str, Any]:
    operation: dict[str, Any] = {"TableName": TABLE, "Item": key}
    return {"Put": operation | ({"ConditionExpression": condition} if condition else {})}


def test_a_transaction_says_which_condition_failed_and_writes_nothing(tables: Any) -> None:
    tables.put_item(TableName=TABLE, Item=KEY)
    other = KEY | {"sk": {"S": "b"}}
    with pytest.raises(tables.exceptions.TransactionCanceledException) as failure:
        tables.transact_write_items(
            TransactItems=[put(other), put(KEY, "attribute_not_exists(pk)")]
        )
    reasons = [reason["Code"] for reason in failure.value.response["CancellationReasons"]]
    assert reasons == ["None", "ConditionalCheckFailed"]
    assert "Item" not in tables.get_item(TableName=TABLE, Key=other)


def test_a_query_pages_and_says_what_it_costs(tables: Any) -> None:
    for number in range(5):
        item = {"pk": {"S": "ORG#2#"}, "sk": {"S": f"DOC#{number}"}, "body": {"S": "x" * 5000}}
        tables.put_item(TableName=TABLE, Item=item)
    page = tables.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues={":pk": {"S": "ORG#2#"}, ":sk": {"S": "DOC#"}},
        Limit=2,
        ScanIndexForward=False,
        ReturnConsumedCapacity="TOTAL",
    )
    assert [item["sk"]["S"] for item in page["Items"]] == ["DOC#4", "DOC#3"]
    assert page["LastEvaluatedKey"] == {"pk": {"S": "ORG#2#"}, "sk": {"S": "DOC#3"}}
    assert page["ConsumedCapacity"]["CapacityUnits"] == 1.5


def test_the_stream_has_both_images_in_order_and_leaves_out_what_changed_nothing(
    engine: StackProcess, tables: Any
) -> None:
    key = KEY | {"sk": {"S": "streamed"}}
    for value in ("1", "1", "2"):
        tables.put_item(TableName=TABLE, Item=key | {"n": {"N": value}})
    tables.delete_item(TableName=TABLE, Key=key)
    changes = [
        (record["eventName"], number(record, "OldImage"), number(record, "NewImage"))
        for record in stream(engine)
        if record["dynamodb"]["Keys"] == key
    ]
    assert changes == [("INSERT", None, "1"), ("MODIFY", "1", "2"), ("REMOVE", "2", None)]


def number(record: dict[str, Any], image: str) -> str | None:
    value: str | None = record["dynamodb"].get(image, {}).get("n", {}).get("N")
    return value


def stream(engine: StackProcess) -> list[dict[str, Any]]:
    streams = engine.client("dynamodbstreams")
    arn = streams.list_streams(TableName=TABLE)["Streams"][0]["StreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )
    records: list[dict[str, Any]] = streams.get_records(ShardIterator=iterator["ShardIterator"])[
        "Records"
    ]
    return records


def test_nobody_reads_a_bucket_without_a_signature(engine: StackProcess, files: Any) -> None:
    files.put_object(Bucket=BUCKET, Key="private", Body=b"content")
    assert httpx.get(f"{engine.engine_url}/{BUCKET}/private").status_code == 403


@pytest.mark.parametrize(
    ("body", "change", "status"),
    [
        (b"four", {}, 204),
        (b"fives", {}, 400),
        (b"four", {"key": "uploads/other"}, 403),
        (b"four", {"Content-Type": "text/html"}, 403),
        (b"four", {"x-amz-signature": "0" * 64}, 400),
        (b"ruof", {}, 400),
    ],
    ids=["as agreed", "size", "key", "type", "signature", "checksum"],
)
def test_a_presigned_post_takes_exactly_what_was_agreed(
    files: Any, body: bytes, change: dict[str, str], status: int
) -> None:
    checksum = b64encode(hashlib.sha256(b"four").digest())
    fields = {
        "Content-Type": "text/plain",
        "x-amz-checksum-algorithm": "SHA256",
        "x-amz-checksum-sha256": checksum.decode(),
    }
    form = files.generate_presigned_post(
        BUCKET,
        "uploads/one",
        Fields=fields,
        Conditions=[["content-length-range", 4, 4], *({k: v} for k, v in fields.items())],
        ExpiresIn=60,
    )
    answer = httpx.post(form["url"], data=form["fields"] | change, files={"file": body})
    assert answer.status_code == status, answer.text
    if status == 204:
        stored = files.head_object(Bucket=BUCKET, Key="uploads/one", ChecksumMode="ENABLED")
        assert stored["ChecksumSHA256"] == checksum.decode()


def test_a_copy_can_be_conditional_on_nothing_being_there(files: Any) -> None:
    files.put_object(Bucket=BUCKET, Key="taken", Body=b"content")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        files.put_object(Bucket=BUCKET, Key="taken", Body=b"other", IfNoneMatch="*")


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("app", ["app", "load_state", "_build_persistence_save_dict", "PERSIST_STATE"]),
        ("core.persistence", ["STATE_DIR", "_json_default", "_json_object_hook"]),
        ("core.persistence", ["_state_format_version"]),
        ("services.s3", ["_post_object", "_build_object_record", "_parse_multipart_form"]),
        ("services.s3", ["_resolve_object_checksums"]),
        ("core.lambda_runtime", ["_detect_runtime_binary", "Worker"]),
        ("services.dynamodb", ["_tables", "_stream_records", "_stream_trimmed"]),
        ("services.dynamodb", ["_paginate_evaluated_items", "_add_consumed_capacity"]),
        ("services.dynamodb", ["_item_size_bytes"]),
        ("services.dynamodb", ["_INDEX_MEMBERS", "get_state", "load_persisted_state"]),
        ("services.cloudformation.provisioners", ["_cw_metric_alarm_record"]),
        ("services.lambda_svc", ["_iter_all_esms", "_dynamodb_stream_positions"]),
    ],
)
def test_the_private_names_that_we_use_are_there(module: str, names: list[str]) -> None:
    engine = importlib.import_module(f"ministack.{module}")
    assert [name for name in names if not hasattr(engine, name)] == []
