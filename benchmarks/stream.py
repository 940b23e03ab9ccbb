"""The table's stream, which sets off nothing here: its events, made by hand."""

from typing import Any

from benchmarks.functions import Context, Event
from benchmarks.world import World
from crm.store import keys
from crm.store.codec import RawItem, to_raw
from crm.store.records import Record


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
