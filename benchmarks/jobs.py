"""Imports and exports, and the messages that their queues hand to their workers."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus, unquote, urlsplit

from benchmarks import stream
from benchmarks.functions import Event
from benchmarks.world import World

IMPORTS, EXPORTS = "/api/imports", "/api/exports"
QUEUES = {"import_worker": "ImportsQueueUrl", "export_worker": "ExportsQueueUrl"}
"""The workers, and the outputs that name their queues."""

ORGANIZATION = "organization"
PATIENCE = 10.0


def import_body(content: bytes, record_type: str = "entity", **options: Any) -> dict[str, Any]:
    """What is asked for with a file."""
    content_type = _content_type(record_type)
    file = {"name": "all", "content_type": content_type, "size": len(content)}
    return {"record_type": record_type, "file": file, "options": options}


def declared(world: World, content: bytes, record_type: str = "entity", **options: Any) -> Any:
    """A new import, whose file has not been uploaded."""
    body = import_body(content, record_type, **options)
    return world.send(world.admin.post(IMPORTS, body))


def uploaded(world: World, job: Any, content: bytes) -> Event:
    """The bucket's event of the file of an import, which has arrived."""
    key, content_type = job["upload"]["fields"]["key"], job["file"]["content_type"]
    stored = world.stack.client("s3").put_object(
        Bucket=world.stack.outputs["Bucket"], Key=key, Body=content, ContentType=content_type
    )
    version = {"versionId": stored["VersionId"]} if "VersionId" in stored else {}
    return {"Records": [{"s3": {"object": {"key": quote_plus(key), **version}}}]}


def begin_import(world: World, content: bytes, record_type: str = "entity", **options: Any) -> str:
    """An import that waits for its worker."""
    job = declared(world, content, record_type, **options)
    stream.hand(world, "uploads", uploaded(world, job, content))
    return str(job["id"])


def begin_export(world: World, record_type: str = "deal", file_format: str = "csv") -> str:
    """An export that waits for its worker."""
    body = {"record_type": record_type, "format": file_format, "filters": {}}
    return str(world.send(world.admin.post(EXPORTS, body))["id"])


def messages(world: World, worker: str, job: str) -> Iterator[Event]:
    """What the queue hands to a worker, until the job is over."""
    queue = world.stack.outputs[QUEUES[worker]]
    while not is_over(world, worker, job):
        event = message(world, worker, job)
        yield event
        receipt = event["Records"][0]["receiptHandle"]
        world.stack.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=receipt)


def message(world: World, worker: str, job: str) -> Event:
    """The next message of a worker's queue that names the job; others go for it.

    Raises:
        TimeoutError: there is none.
    """
    queue, give_up = world.stack.outputs[QUEUES[worker]], time.monotonic() + PATIENCE
    client = world.stack.client("sqs")
    while time.monotonic() < give_up:
        found = client.receive_message(QueueUrl=queue, WaitTimeSeconds=1, VisibilityTimeout=900)
        for one in found.get("Messages", []):
            if json.loads(one["Body"])["job_id"] == job:
                return {"Records": [_record(one)]}
            client.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
    raise TimeoutError(f"nothing calls {worker} for {job}")


def work(world: World, worker: str, job: str) -> Any:
    """Let a worker do a job, which is not measured; answers the job."""
    for event in messages(world, worker, job):
        stream.hand(world, worker, event)
    return read(world, worker, job)


def read(world: World, worker: str, job: str) -> Any:
    """A job as it stands.

    Raises:
        RuntimeError: it has failed.
    """
    path = IMPORTS if worker == "import_worker" else EXPORTS
    found = world.send(world.admin.get(f"{path}/{job}"))
    if found["status"] == "failed":
        raise RuntimeError(f"{worker} has failed: {found['error']}")
    return found


def exported(world: World, job: Any) -> bytes:
    """The file of an export that is done."""
    link = world.deployment.call(world.admin.get(job["file"]))["headers"]["Location"]
    bucket = world.stack.outputs["Bucket"]
    key = unquote(urlsplit(link).path).lstrip("/").removeprefix(f"{bucket}/")
    found = world.stack.client("s3").get_object(Bucket=bucket, Key=key)
    content: bytes = found["Body"].read()
    return content


def is_over(world: World, worker: str, job: str) -> bool:
    return bool(read(world, worker, job)["status"] in {"succeeded", "cancelled"})


def _content_type(record_type: str) -> str:
    return "application/zip" if record_type == ORGANIZATION else "text/csv"


def _record(message: Any) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {"ApproximateReceiveCount": "1"},
    }
