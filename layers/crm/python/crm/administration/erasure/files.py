"""The files of an organization: every version, what hides them, and uploads that nobody ended."""

from collections.abc import Iterator, Sequence
from typing import Any

from crm.administration.erasure.batches import Deadline
from crm.platform import config
from crm.platform.errors import UnavailableError
from crm.platform.s3 import bucket

PLACES = ("files", "uploads", "uploads/imports", "imports", "exports")
"""Where an organization has a folder of its own, named by its id."""


def erase(organization_id: str, deadline: Deadline) -> None:
    """Delete all that the bucket holds of an organization; safe to repeat.

    Raises:
        TimeIsUpError: there is more.
        UnavailableError: the bucket refused to delete some of it.
    """
    for place in PLACES:
        erase_folder(f"{place}/{organization_id}/", deadline)


def erase_folder(prefix: str, deadline: Deadline) -> None:
    """Delete all that the bucket holds under a prefix. Raises what `erase` raises."""
    for upload in _unfinished(prefix):
        deadline.check()
        _abort(upload)
    while versions := _versions(prefix):
        deadline.check()
        answer = bucket.client().delete_objects(
            Bucket=config.bucket(), Delete={"Objects": versions, "Quiet": True}
        )
        if answer.get("Errors"):
            raise UnavailableError("The bucket has not deleted everything.")


def _versions(prefix: str) -> Sequence[dict[str, str]]:
    """The first versions and delete markers under a prefix, as many as are deleted at once."""
    listed = bucket.client().list_object_versions(Bucket=config.bucket(), Prefix=prefix)
    found = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
    return [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]


def _unfinished(prefix: str) -> Iterator[Any]:
    """The uploads in parts that have neither been completed nor given up."""
    pages = bucket.client().get_paginator("list_multipart_uploads")
    for page in pages.paginate(Bucket=config.bucket(), Prefix=prefix):
        yield from page.get("Uploads", [])


def _abort(upload: Any) -> None:
    client = bucket.client()
    try:
        client.abort_multipart_upload(
            Bucket=config.bucket(), Key=upload["Key"], UploadId=upload["UploadId"]
        )
    except client.exceptions.NoSuchUpload:
        return
