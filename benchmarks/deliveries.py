"""What other services hand to functions: the bucket's events, the table's stream."""

from typing import Any
from urllib.parse import quote_plus

from benchmarks.functions import Event
from benchmarks.world import FILE, World
from crm.documents.schemas import Document
from crm.store import keys
from crm.store.codec import RawItem, to_raw


def upload(world: World) -> Event:
    """A file has arrived for a document that waits for it."""
    name, content_type, content = FILE
    declared = {"name": name, "content_type": content_type, "size": len(content)}
    body = {"title": world.name("Quarterly report"), "file": declared, "shared_with": world.teams}
    key = world.send(world.admin.post("/api/documents", body))["upload"]["fields"]["key"]
    stored = world.stack.client("s3").put_object(
        Bucket=world.stack.outputs["Bucket"], Key=key, Body=content, ContentType=content_type
    )
    version = {"versionId": stored["VersionId"]} if "VersionId" in stored else {}
    return {"Records": [{"s3": {"object": {"key": quote_plus(key), **version}}}]}


def made(world: World) -> Event:
    return _stream(world.document(), world, before=None)


def renamed(world: World) -> Event:
    document = world.document()
    before = _project(world, document)
    path = f"/api/documents/{document}"
    world.send(world.admin.patch(path, {"title": world.name("Quarterly report")}))
    return _stream(document, world, before)


def deleted(world: World) -> Event:
    document = world.document()
    before = _project(world, document)
    world.send(world.admin.delete(f"/api/documents/{document}"))
    return _stream(document, world, before)


def _project(world: World, document: str) -> RawItem:
    """Let the projections know of a document; answers its image."""
    function, _ = world.deployment.answering("projections:")
    event = _stream(document, world, before=None)
    with world.deployment.environment_of(function):
        function.handler(event, None)
    image: RawItem = event["Records"][0]["dynamodb"]["NewImage"]
    return image


def _stream(document: str, world: World, before: RawItem | None) -> Event:
    """A stream record of a document: what it was, and what it is now."""
    key = to_raw(keys.record(world.organization_id, Document.KIND, document)._asdict())
    after = _image(world, key)
    images: dict[str, Any] = {"OldImage": before, "NewImage": after}
    images = {name: image for name, image in images.items() if image is not None}
    return {"Records": [{"eventID": document, "dynamodb": {"Keys": key, **images}}]}


def _image(world: World, key: RawItem) -> RawItem | None:
    tables = world.stack.client("dynamodb")
    found = tables.get_item(TableName=world.stack.outputs["RecordsTable"], Key=key)
    image: RawItem | None = found.get("Item")
    return image
