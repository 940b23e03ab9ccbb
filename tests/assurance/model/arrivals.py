"""Files that arrive in the bucket, and what S3 tells of them: again and again, if need be."""

from collections.abc import Sequence
from functools import partial

from hypothesis import note

from crm.files import bucket
from tests.assurance.model.engine import BUCKET
from tests.assurance.model.injector import Fault
from tests.assurance.model.state import Place
from tests.assurance.model.worker import Worker
from tests.functions.client import function


def arrive(
    worker: Worker, place: Place, content: bytes, faults: Sequence[Fault], *, twice: bool
) -> None:
    """Store a file where a form says, and have the function look at it.

    Args:
        worker: whose bucket it is.
        place: what the form is for.
        content: the file's.
        faults: what goes wrong meanwhile.
        twice: the event comes again although it was handled.
    """
    worker.injector.plan([])
    stored = bucket.client().put_object(
        Bucket=BUCKET, Key=place.key, Body=content, ContentType="text/plain"
    )
    file = {"key": place.key, "versionId": stored["VersionId"], "size": len(content)}
    event = {"Records": [{"s3": {"bucket": {"name": BUCKET}, "object": file}}]}
    note(f"upload: {content!r} to {place.key} {faults or ''}")
    handle = partial(function("uploads"), event, None)
    if not worker.is_done(handle, faults):
        assert worker.is_done(handle, ())
    if twice:
        assert worker.is_done(handle, ())


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
