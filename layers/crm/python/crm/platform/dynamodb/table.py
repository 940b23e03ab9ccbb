"""Access to the two tables, through one connection.

pynamodb's connection builds every expression; no key, name or value of a request is put into an
expression string by hand. One connection means one client, created on first use, and no
DescribeTable: the key schema of both tables is known.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore.config import Config
from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.exceptions import DeleteError, PutError, PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from crm.platform import config
from crm.platform.aws import is_overload
from crm.platform.dynamodb.codec import Item, from_raw, to_raw
from crm.platform.dynamodb.keys import Key
from crm.platform.errors import UnavailableError

BATCH_GET_LIMIT = 100
BATCH_WRITE_LIMIT = 25
BATCH_ATTEMPTS = 8


@cache
def connection() -> Connection:
    """Return the process's connection to DynamoDB."""
    made = Connection(connect_timeout_seconds=2, read_timeout_seconds=8, max_pool_connections=32)
    for name in {config.records_table(), config.bookkeeping_table()}:
        made.add_meta_table(
            MetaTable(
                {
                    "TableName": name,
                    "KeySchema": [
                        {"AttributeName": "pk", "KeyType": "HASH"},
                        {"AttributeName": "sk", "KeyType": "RANGE"},
                    ],
                    "AttributeDefinitions": [
                        {"AttributeName": "pk", "AttributeType": "S"},
                        {"AttributeName": "sk", "AttributeType": "S"},
                    ],
                }
            )
        )
    session = made.session
    # botocore would build its User-Agent twice per call, from the same twenty strings.
    session.set_default_client_config(Config(user_agent=session.user_agent()))
    session.register("before-parse.dynamodb", _parse)
    _ = made.client  # Created now, by this session: each thread has a session of its own.
    return made


def _parse(**event: Any) -> None:
    """Parse responses of DynamoDB as plain JSON; errors are left to botocore.

    botocore would compare each value with the model of the operation, to find binary values and
    dates, which the items of Brook do not have. For a page of records that would be the most
    expensive part.
    """
    response = event["response_dict"]
    if response["status_code"] < 300:
        event["customized_response_dict"].update(json.loads(response["body"]))
        response["body"] = b"{}"


@contextmanager
def overload_as_unavailable() -> Iterator[None]:
    """Convert throttling and lost connections, after the client's own retries, into 503.

    Raises:
        UnavailableError: DynamoDB is overloaded or unreachable; the request may be repeated.
    """
    try:
        yield
    except PynamoDBException as error:
        if is_overload(error.cause):
            raise UnavailableError from error
        raise


class Table:
    """One of the two tables.

    Args:
        name: returns the table's name; called on use, so that imports need no environment.
    """

    def __init__(self, name: Callable[[], str]) -> None:
        self._name = name

    @property
    def name(self) -> str:
        return self._name()

    def get(self, key: Key) -> Item | None:
        """Read an item consistently."""
        with overload_as_unavailable():
            answer = connection().get_item(self.name, key.pk, key.sk, consistent_read=True)
        return from_raw(answer["Item"]) if "Item" in answer else None

    def batch_get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """Read several items consistently; those that do not exist are left out."""
        found: dict[Key, Item] = {}
        wanted: Any = [key._asdict() for key in dict.fromkeys(keys)]
        for _ in range(BATCH_ATTEMPTS + len(wanted) // BATCH_GET_LIMIT):
            if not wanted:
                return found
            with overload_as_unavailable():
                answer = connection().batch_get_item(
                    self.name, wanted[:BATCH_GET_LIMIT], consistent_read=True
                )
            for raw in answer["Responses"].get(self.name, []):
                item = from_raw(raw)
                found[Key(item["pk"], item["sk"])] = item
            missed = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
            wanted = [from_raw(key) for key in missed] + wanted[BATCH_GET_LIMIT:]
        raise UnavailableError

    def query(
        self,
        pk: str,
        between: tuple[str, str],
        limit: int,
        *,
        newest_first: bool = False,
        consistent: bool = True,
        start: Key | None = None,
    ) -> list[Item]:
        """Read items of a partition, in the order of their sort keys.

        Args:
            pk: the partition key.
            between: the lowest and the highest sort key, both included; if they are reversed, the
                result is empty.
            limit: maximum number of items.
            newest_first: from the highest sort key down.
            consistent: False only if the caller accepts eventually consistent reads.
            start: begin after this key.
        """
        lower, upper = between
        if lower > upper:
            return []
        items: list[Item] = []
        after: Any = to_raw(start._asdict()) if start else None
        while len(items) < limit:
            with overload_as_unavailable():
                answer = connection().query(
                    self.name,
                    pk,
                    range_key_condition=Path("sk").between(lower, upper),
                    limit=limit - len(items),
                    scan_index_forward=not newest_first,
                    consistent_read=consistent,
                    exclusive_start_key=after,
                )
            items.extend(from_raw(raw) for raw in answer["Items"])
            after = answer.get("LastEvaluatedKey")
            if not after:
                break
        return items

    def pages(
        self,
        pk: str,
        between: tuple[str, str],
        size: int,
        *,
        newest_first: bool = False,
        start: Key | None = None,
    ) -> Iterator[list[Item]]:
        """Yield all items of a partition in pages, which the caller may delete.

        Args:
            pk: the partition key.
            between: the lowest and the highest sort key, both included.
            size: number of items per page.
            newest_first: from the highest sort key down.
            start: begin after this key.
        """
        while True:
            items = self.query(pk, between, size, newest_first=newest_first, start=start)
            if items:
                yield items
            if len(items) < size:
                return
            start = Key(pk, items[-1]["sk"])

    def put(self, key: Key, item: Item) -> None:
        """Write an item unconditionally."""
        with overload_as_unavailable():
            connection().put_item(self.name, key.pk, key.sk, to_raw(item))

    def put_if(self, condition: Condition, key: Key, item: Item) -> bool:
        """Write an item if a condition holds.

        Returns:
            True if it held. A retry after a lost response may fail because of the first write.
        """
        put = connection().put_item
        return _held(lambda: put(self.name, key.pk, key.sk, to_raw(item), condition))

    def add(self, key: Key, name: str, number: int, **beside: int) -> int:
        """Add to a number of an item, which need not exist yet, and return the sum.

        Args:
            key: the key of the item.
            name: the attribute of the number.
            number: the number to add; it is added twice if the first response is lost.
            beside: other numeric attributes, which are set.
        """
        actions: list[Action] = [Path(name).add({"N": str(number)})]
        actions += [Path(other).set({"N": str(value)}) for other, value in beside.items()]
        with overload_as_unavailable():
            answer = connection().update_item(
                self.name, key.pk, key.sk, actions, return_values="UPDATED_NEW"
            )
        return int(from_raw(answer["Attributes"])[name])

    def delete(self, key: Key) -> None:
        """Delete an item; a missing item is not an error."""
        with overload_as_unavailable():
            connection().delete_item(self.name, key.pk, key.sk)

    def delete_if(self, condition: Condition, key: Key) -> bool:
        """Delete an item if a condition holds.

        Returns:
            True if it held. A retry after a lost response may fail because of the first deletion.
        """
        delete = connection().delete_item
        return _held(lambda: delete(self.name, key.pk, key.sk, condition))

    def batch_write(self, puts: Sequence[Item], deletes: Sequence[Key]) -> None:
        """Write and delete many items, each independently, in no order; idempotent."""
        work: list[tuple[str, Any]] = [("put", to_raw(item)) for item in puts]
        work += [("delete", to_raw(key._asdict())) for key in deletes]
        for _ in range(BATCH_ATTEMPTS + len(work) // BATCH_WRITE_LIMIT):
            if not work:
                return
            now, later = work[:BATCH_WRITE_LIMIT], work[BATCH_WRITE_LIMIT:]
            with overload_as_unavailable():
                answer = connection().batch_write_item(
                    self.name,
                    put_items=[raw for kind, raw in now if kind == "put"],
                    delete_items=[raw for kind, raw in now if kind == "delete"],
                )
            work = later + [
                ("put", one["PutRequest"]["Item"])
                if "PutRequest" in one
                else ("delete", one["DeleteRequest"]["Key"])
                for one in answer.get("UnprocessedItems", {}).get(self.name, [])
            ]
        raise UnavailableError

    def operation(
        self,
        key: Key,
        *,
        item: Item | None = None,
        condition: Condition | None = None,
        actions: Sequence[Action] | None = None,
    ) -> dict[str, Any]:
        """Return the arguments of an operation in a transaction."""
        kwargs: dict[str, Any] = connection().get_operation_kwargs(
            self.name,
            key.pk,
            key.sk,
            key="Key" if item is None else "Item",
            attributes=None if item is None else to_raw(item),
            condition=condition,
            actions=actions,
            return_values_on_condition_failure="ALL_OLD" if condition is not None else None,
        )
        return kwargs


def _held(write: Callable[[], object]) -> bool:
    try:
        with overload_as_unavailable():
            write()
    except (PutError, DeleteError) as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True


RECORDS = Table(config.records_table)
SYSTEM = Table(config.bookkeeping_table)
