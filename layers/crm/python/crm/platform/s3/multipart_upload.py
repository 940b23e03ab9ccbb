"""Multipart uploads: an object that becomes visible when its upload is completed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from crm.platform import config
from crm.platform.s3.bucket import client

MIN_PART_BYTES = 5 * 1024 * 1024
"""Minimum size of every part but the last."""

MAX_PARTS = 10_000

_MARK = "mark"
_CHECKSUM = "CRC32"

Part = Mapping[str, Any]
"""A stored part, in the form that the completion requires."""


class GoneError(Exception):
    """The upload no longer exists: it was completed or aborted."""


class BrokenError(Exception):
    """The stored parts are not the named ones: another worker has overwritten them."""


def start(key: str, content_type: str, mark: str) -> str:
    """Begin an upload.

    Args:
        key: key of the object.
        content_type: media type of the object.
        mark: the mark that `mark_of` returns for the completed object.

    Returns:
        The id of the upload.
    """
    answer = client().create_multipart_upload(
        Bucket=config.bucket(),
        Key=key,
        ContentType=content_type,
        Metadata={_MARK: mark},
        ChecksumAlgorithm=_CHECKSUM,
    )
    return str(answer["UploadId"])


def send(key: str, upload_id: str, number: int, content: bytes | bytearray) -> Part:
    """Store a part; the same number again replaces it.

    Args:
        key: key of the object.
        upload_id: the id that `start` returned.
        number: 1 to `MAX_PARTS`.
        content: at least `MIN_PART_BYTES`, except for the last part.

    Raises:
        GoneError: The upload has ended.
    """
    with _ended():
        answer = client().upload_part(
            Bucket=config.bucket(),
            Key=key,
            UploadId=upload_id,
            PartNumber=number,
            Body=content,
            ChecksumAlgorithm=_CHECKSUM,
        )
    named = {name: answer[name] for name in ("ETag", f"Checksum{_CHECKSUM}") if name in answer}
    return {"PartNumber": number, **named}


def complete(key: str, upload_id: str, parts: Sequence[Part]) -> None:
    """Complete an upload, which assembles the object from its parts.

    Raises:
        GoneError: The upload has ended.
        BrokenError: The parts have been replaced by others.
    """
    with _ended():
        client().complete_multipart_upload(
            Bucket=config.bucket(),
            Key=key,
            UploadId=upload_id,
            MultipartUpload={"Parts": parts},
        )


def abort(key: str, upload_id: str) -> None:
    """Abort an upload and delete its parts; an ended upload is not an error."""
    try:
        with _ended():
            client().abort_multipart_upload(Bucket=config.bucket(), Key=key, UploadId=upload_id)
    except GoneError:
        return


def mark_of(key: str) -> str | None:
    """Return the mark of an object; None if the object does not exist or has no mark."""
    try:
        found = client().head_object(Bucket=config.bucket(), Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
            return None
        raise
    mark: str | None = found["Metadata"].get(_MARK)
    return mark


@contextmanager
def _ended() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "NoSuchUpload":
            raise GoneError from error
        if code in {"InvalidPart", "InvalidPartOrder"}:
            raise BrokenError from error
        raise
