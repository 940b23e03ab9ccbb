"""The table's stream, which sets off nothing here: its events, made by hand."""

from collections.abc import Iterator
from typing import Any

from benchmarks.functions import Context, Event
from benchmarks.world import World
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import RawItem, to_raw
from crm.platform.dynamodb.record import Record


def event(world: World, kind: type[Record], record_id: str, before: RawItem | None) -> Event:
    """The stream's event of a write.

    Args:
        world: whose record it is.
        kind: the record's kind.
        record_id: its id.
        before: its image before the write; None if that has made it.
    """
    key = to_raw(keys.record(world.organization_id, kind.KIND, record_id)._asdict())
    images: dict[str, Any] = {"OldImage": before, "NewImage": _image(world, key)}
    images = {name: image for name, image in images.items() if image is not None}
    return {"Records": [{"eventID": record_id, "dynamodb": {"Keys": key, **images}}]}


def follow(world: World, kind: type[Record], record_id: str) -> RawItem:
    """Let the projections know of a record that is new to them; answers its image."""
    made = event(world, kind, record_id, None)
    hand(world, "projections", made)
    image: RawItem = made["Records"][0]["dynamodb"]["NewImage"]
    return image


class Tail:
    """What the stream says from now on, as it is filtered for the functions behind it."""

    def __init__(self, world: World) -> None:
        self._client = world.stack.client("dynamodbstreams")
        table = world.stack.client("dynamodb").describe_table(
            TableName=world.stack.outputs["RecordsTable"]
        )
        stream = table["Table"]["LatestStreamArn"]
        described = self._client.describe_stream(StreamArn=stream)["StreamDescription"]
        # The engine's stream has one shard.
        [shard] = described["Shards"]
        self._next = self._client.get_shard_iterator(
            StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="LATEST"
        )["ShardIterator"]

    def batches(self, size: int) -> list[Event]:
        """The events of records since the last time, so many of them at once."""
        records = list(self._records())
        return [
            {"Records": records[start : start + size]} for start in range(0, len(records), size)
        ]

    def _records(self) -> Iterator[Any]:
        while True:
            found = self._client.get_records(ShardIterator=self._next)
            self._next = found["NextShardIterator"]
            if not found["Records"]:
                return
            for record in found["Records"]:
                if record["dynamodb"]["Keys"]["sk"] == {"S": "#"}:
                    yield record


def hand(world: World, name: str, event: Event) -> None:
    """Let a function that other services invoke have an event, which is not measured."""
    function, _ = world.deployment.answering(f"{name}:")
    with world.deployment.environment_of(function):
        function.handler(event, Context())


def _image(world: World, key: RawItem) -> RawItem | None:
    tables = world.stack.client("dynamodb")
    found = tables.get_item(TableName=world.stack.outputs["RecordsTable"], Key=key)
    image: RawItem | None = found.get("Item")
    return image
