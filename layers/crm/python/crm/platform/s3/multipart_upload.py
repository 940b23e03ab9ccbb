"""Multipart uploads: an object that becomes visible when its last part has come."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from crm.platform import config
from crm.platform.s3.bucket import client

MIN_PART_BYTES = 5 * 1024 * 1024
"""Every part but the last has at least this size."""

MAX_PARTS = 10_000

_MARK = "mark"
_CHECKSUM = "CRC32"

Part = Mapping[str, Any]
"""A part that is stored, as the completion has to name it."""


class GoneError(Exception):
    """There is no such upload any more: it was completed, or given up."""


class BrokenError(Exception):
    """The parts are not those that were named: somebody else has written over them."""


def start(key: str, content_type: str, mark: str) -> str:
    """Begin an upload.

    Args:
        key: of the object.
        content_type: its media type.
        mark: what `mark_of` says of the object when it is complete.

    Returns:
        The upload's id.
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
        key: of the object.
        upload_id: as `start` gave it.
        number: 1 to `MAX_PARTS`.
        content: at least `MIN_PART_BYTES`, but for the last part.

    Raises:
        GoneError: the upload has ended.
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
    """Make the object of its parts.

    Raises:
        GoneError: the upload has ended.
        BrokenError: the parts have others in their places.
    """
    with _ended():
        client().complete_multipart_upload(
            Bucket=config.bucket(),
            Key=key,
            UploadId=upload_id,
            MultipartUpload={"Parts": parts},
        )


def abort(key: str, upload_id: str) -> None:
    """Give an upload up, with its parts; one that has ended is no error."""
    try:
        with _ended():
            client().abort_multipart_upload(Bucket=config.bucket(), Key=key, UploadId=upload_id)
    except GoneError:
        return


def mark_of(key: str) -> str | None:
    """The mark of the object that is stored there; None if there is none, or it has none."""
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
