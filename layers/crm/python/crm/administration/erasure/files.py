"""Erases files of an organization: all versions, delete markers and unfinished uploads."""

from collections.abc import Iterator, Sequence
from typing import Any

from crm.administration.erasure.batches import Deadline
from crm.platform import config
from crm.platform.errors import UnavailableError
from crm.platform.s3 import bucket

PLACES = ("files", "uploads", "uploads/imports", "imports", "exports")
"""Prefixes under which each organization has a folder named by its id."""


def erase(organization_id: str, deadline: Deadline) -> None:
    """Delete all objects of an organization from the bucket; safe to repeat.

    Raises:
        TimeIsUpError: The deadline has passed, and objects are left.
        UnavailableError: The bucket has not deleted some of the objects.
    """
    for place in PLACES:
        erase_folder(f"{place}/{organization_id}/", deadline)


def erase_folder(prefix: str, deadline: Deadline) -> None:
    """Delete all objects under a prefix from the bucket. Raises the errors of `erase`."""
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
    """Return the first versions and delete markers under a prefix, one batch of a deletion."""
    listed = bucket.client().list_object_versions(Bucket=config.bucket(), Prefix=prefix)
    found = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
    return [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]


def _unfinished(prefix: str) -> Iterator[Any]:
    """Yield the multipart uploads that were neither completed nor aborted."""
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
