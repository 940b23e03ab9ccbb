"""The domain in the test's own process, as the account's owner, on the stack's own tables.

For what HTTP is too slow at, or cannot do: thousands of documents, documents of the past, and
counting the capacity that a list consumes. The items are shaped by the layer itself.
"""

import os
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest.mock import patch

from crm.platform import ids
from crm.platform.dynamodb import keys, signing_key, table
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import RECORDS, Table
from crm.records.search.text import fold, grams_of_text
from crm.related.documents.schemas import Document
from local.environment import CREDENTIALS
from local.process import StackProcess
from local.settings import REGION

WRITERS = 4


@contextmanager
def layer(stack: StackProcess, **tables: str) -> Iterator[None]:
    """Point the layer at the stack, or at other tables there, and forget it afterwards.

    Requests are not counted: one in twenty would write to the bookkeeping table for the others.
    """
    environment = CREDENTIALS | {
        "AWS_ENDPOINT_URL": stack.engine_url,
        "AWS_DEFAULT_REGION": REGION,
        "RECORDS_TABLE": stack.outputs["RecordsTable"],
        "BOOKKEEPING_TABLE": stack.outputs["BookkeepingTable"],
        "BUCKET": stack.outputs["Bucket"],
        "CRM_REQUESTS_PER_MINUTE": "0",
        **tables,
    }
    with patch.dict(os.environ, environment):
        _forget()
        yield
        _forget()


@contextmanager
def own_tables(stack: StackProcess) -> Iterator[dict[str, str]]:
    """Tables like the stack's, without its stream: nothing follows from what is written."""
    database = stack.client("dynamodb")
    names = {name: f"{name}-{uuid.uuid4().hex}" for name in ("RECORDS_TABLE", "BOOKKEEPING_TABLE")}
    for name in names.values():
        database.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": one, "AttributeType": "S"} for one in ("pk", "sk")
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
        )
    yield names
    for name in names.values():
        database.delete_table(TableName=name)


def _forget() -> None:
    table.connection.cache_clear()
    signing_key.cursor_secret.cache_clear()


def document(
    organization_id: str, by: str, title: str, moment: datetime | None = None, **fields: Any
) -> Document:
    """A document with its file, not yet written; of another moment, if one is given."""
    return Document.create(
        organization_id,
        by,
        **{
            "id": id_of(moment) if moment else ids.new_id(),
            "title": title,
            "file_name": "notes.txt",
            "content_type": "text/plain",
            "size": 6,
            "upload_status": "available",
            "file_version": 1,
            "file_key": "files/none",
            **fields,
        },
    )


def id_of(moment: datetime) -> str:
    """A UUIDv7 of some other moment than now."""
    return f"{ids.first_id(moment)}-7{str(uuid.uuid4())[15:]}"


def items(record: Record) -> list[Item]:
    """Return the writes of a new record: itself, and its index item in each list."""
    attributes = {name: getattr(record, name) for name in record.entry_attributes}
    entries = [
        {
            **keys.index_item(record.organization_id, record.KIND, name, position)._asdict(),
            **attributes,
        }
        for name, position in record.index_entries().items()
    ]
    return [{**record.key._asdict(), **record.item()}, *entries]


def postings(records: Sequence[Record]) -> list[Item]:
    """Return the content of the text index for records."""
    texts = [(one, fold(one.searched_text() or "")) for one in records]
    return [
        {**keys.gram(one.organization_id, one.KIND, gram, one.id)._asdict(), "text": text}
        for one, text in texts
        for gram in grams_of_text(text)
    ]


def write(records: Sequence[Record]) -> None:
    """Write new records, many at a time."""
    write_items(RECORDS, [item for one in records for item in items(one)])


def write_items(where: Table, everything: Sequence[Item]) -> None:
    step = -(-len(everything) // WRITERS)
    shares = [everything[start : start + step] for start in range(0, len(everything), step)]
    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(lambda share: where.batch_write(share, []), shares))
