"""Files that arrive in the bucket, and what S3 tells of them: again and again, if need be."""

from collections.abc import Callable
from functools import partial

from crm.platform.s3 import bucket
from tests.assurance.model.engine import BUCKET
from tests.assurance.model.worker import Worker
from tests.support.client import function

Handle = Callable[[], object]


def stored(worker: Worker, key: str, content: bytes) -> Handle:
    """Store a file where a form says. What comes back has the function look at it."""
    worker.injector.plan([])
    version = bucket.client().put_object(
        Bucket=BUCKET, Key=key, Body=content, ContentType="text/plain"
    )
    file = {"key": key, "versionId": version["VersionId"], "size": len(content)}
    event = {"Records": [{"s3": {"bucket": {"name": BUCKET}, "object": file}}]}
    return partial(function("uploads"), event, None)


def files(worker: Worker, organization_id: str) -> dict[str, bytes]:
    """All that the bucket shows of an organization, by key."""
    worker.injector.plan([])
    found: dict[str, bytes] = {}
    for folder in ("files", "uploads"):
        listed = bucket.client().list_objects_v2(
            Bucket=BUCKET, Prefix=f"{folder}/{organization_id}/"
        )
        for one in listed.get("Contents", []):
            answer = bucket.client().get_object(Bucket=BUCKET, Key=one["Key"])
            found[one["Key"]] = answer["Body"].read()
    return found
