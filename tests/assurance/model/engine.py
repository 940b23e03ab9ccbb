"""The embedded engine's DynamoDB and S3 within this process, without HTTP in between.

It knows client tokens, real transactions and streams, as moto does not, and answers in a fraction
of the time that a server takes. What the engine is worth is tested in `tests/contract`.
"""

import copy
import importlib
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict

RECORDS, BOOKKEEPING, BUCKET = "records", "bookkeeping", "files"

StreamRecord = dict[str, Any]
Items = dict[tuple[str, str], dict[str, Any]]


class Engine:
    """Two empty tables and a bucket. Each request is answered before the next is looked at."""

    def __init__(self) -> None:
        self._service: Any = importlib.import_module("ministack.services.dynamodb")
        self._files: Any = importlib.import_module("ministack.services.s3")
        self._read = 0
        for name in (RECORDS, BOOKKEEPING):
            self._create(name)

    def answer(self, request: AWSPreparedRequest) -> AWSResponse:
        """Return DynamoDB's response to a request of botocore."""
        headers = {name.lower(): text(value) for name, value in request.headers.items()}
        status, answered, body = _finished(
            self._service.handle_request(
                "POST", urlsplit(request.url).path, headers, request.body, {}
            )
        )
        return response(request.url, status, answered, body)

    def answer_of_files(self, request: AWSPreparedRequest) -> AWSResponse:
        """Return S3's response to a request with the bucket in its path."""
        url = urlsplit(request.url)
        headers = {name.lower(): text(value) for name, value in request.headers.items()}
        sent: Any = request.body
        body = sent.read() if hasattr(sent, "read") else sent or b""
        query = parse_qs(url.query, keep_blank_values=True)
        status, answered, told = _finished(
            self._files.handle_request(request.method, url.path, headers, body, query)
        )
        return response(request.url, status, answered, told)

    def changes(self) -> list[StreamRecord]:
        """Return the stream records of the records table since the last call."""
        found = self._service.stream_records_since(RECORDS, self._read, 1_000_000)
        self._read += len(found)
        return copy.deepcopy(found)

    def items(self, table: str, organization_id: str) -> Items:
        """All that a table holds of an organization, as attribute values, by key."""
        prefix = f"ORG#{organization_id}#"
        partitions = self._service._tables[table]["items"]
        return {
            (pk, sk): item
            for pk, inside in partitions.items()
            if pk.startswith(prefix)
            for sk, item in inside.items()
        }

    def _create(self, name: str) -> None:
        status, _, body = self._service._create_table(
            {
                "TableName": name,
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                "AttributeDefinitions": [
                    {"AttributeName": one, "AttributeType": "S"} for one in ("pk", "sk")
                ],
                "StreamSpecification": {
                    "StreamEnabled": name == RECORDS,
                    **({"StreamViewType": "NEW_AND_OLD_IMAGES"} if name == RECORDS else {}),
                },
            }
        )
        assert status == 200, body


def response(url: str, status: int, headers: Mapping[str, str], body: bytes | str) -> AWSResponse:
    """An answer as botocore takes it from a connection."""
    raw = _Raw(body if isinstance(body, bytes) else body.encode())
    kept: Any = HeadersDict(headers)
    return AWSResponse(url, status, kept, raw)


class _Raw(io.BytesIO):
    """A body that has arrived."""

    def stream(self, **_options: Any) -> Any:
        yield self.read()


def _finished(coroutine: Any) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        return finished.value
    coroutine.close()
    raise RuntimeError("the engine's DynamoDB waits for something")


def text(value: Any) -> str:
    """A header or a body, as botocore has it one way or the other."""
    return value.decode() if isinstance(value, bytes) else str(value)
