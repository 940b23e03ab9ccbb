"""The bucket: writes, reads, and presigned forms and links for both."""

import base64
import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Literal
from urllib.parse import quote

from botocore.config import Config
from botocore.exceptions import ClientError

from crm.platform import aws, clock, config

FORM_SECONDS = 3600
LINK_SECONDS = 300
CHUNK_BYTES = 1024 * 1024
MAX_READ_BYTES = 64 * 1024 * 1024

_MISSING = frozenset({"404", "NoSuchKey", "NoSuchVersion"})
_BEYOND = "InvalidRange"


@dataclass(frozen=True)
class Arrived:
    """A version of an object, such as a client's upload."""

    key: str
    version_id: str
    size: int
    content_type: str


def presigned_form(
    key: str, content_type: str, size: int, sha256: str | None
) -> tuple[str, dict[str, str]]:
    """Return URL and fields of a presigned POST for one key, media type and size.

    Args:
        key: the key under which the file is stored.
        content_type: the media type that the form must declare.
        size: exact size, in bytes.
        sha256: the checksum that S3 verifies, in hex; None for no check.
    """
    fixed = {"Content-Type": content_type}
    if sha256:
        fixed["x-amz-checksum-algorithm"] = "SHA256"
        fixed["x-amz-checksum-sha256"] = base64.b64encode(bytes.fromhex(sha256)).decode()
    form = client().generate_presigned_post(
        Bucket=config.bucket(),
        Key=key,
        Fields=dict(fixed),
        Conditions=[*({name: value} for name, value in fixed.items()), range_of(size)],
        ExpiresIn=FORM_SECONDS,
    )
    return form["url"], form["fields"]


def form_expiry() -> str:
    """Return the time at which a form created now expires."""
    return clock.timestamp(clock.now() + timedelta(seconds=FORM_SECONDS))


def range_of(size: int) -> list[str | int]:
    """Return the policy condition that the file has this size."""
    return ["content-length-range", size, size]


def presigned_link(key: str, file_name: str, content_type: str) -> str:
    """Return a presigned GET that downloads a file under its name, and never displays it inline."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_"
        for letter in file_name
    )
    named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
    return str(
        client().generate_presigned_url(
            "get_object",
            Params={
                "Bucket": config.bucket(),
                "Key": key,
                "ResponseContentDisposition": named,
                "ResponseContentType": content_type,
            },
            ExpiresIn=LINK_SECONDS,
        )
    )


def put(key: str, content: bytes, content_type: str) -> None:
    """Store a file; idempotent for the same key and bytes."""
    client().put_object(
        Bucket=config.bucket(),
        Key=key,
        Body=content,
        ContentType=content_type,
        ChecksumAlgorithm="SHA256",
    )


def head(key: str, version_id: str | None = None) -> Arrived | None:
    """Return size, type and version of the object with a key; None if there is none."""
    try:
        found = client().head_object(Bucket=config.bucket(), Key=key, **_version(version_id))
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            return None
        raise
    return Arrived(
        key,
        found.get("VersionId", "null"),
        found["ContentLength"],
        found.get("ContentType", ""),
    )


class GoneError(Exception):
    """The object or version no longer exists: another worker has deleted it."""


@contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            raise GoneError from error
        raise


def sha256(arrived: Arrived) -> str:
    """Compute the checksum of an upload, in hex; S3 stores one only if the client sent it.

    Raises:
        GoneError: The upload is deleted.
    """
    with _gone():
        answer = client().get_object(
            Bucket=config.bucket(), Key=arrived.key, **_version(arrived.version_id)
        )
    digest = hashlib.sha256()
    for chunk in answer["Body"].iter_chunks(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def keep(arrived: Arrived, new_key: str) -> None:
    """Copy an upload to its permanent key.

    Raises:
        GoneError: The upload is deleted.
    """
    source = {"Bucket": config.bucket(), "Key": arrived.key, **_version(arrived.version_id)}
    with _gone():
        client().copy_object(Bucket=config.bucket(), Key=new_key, CopySource=source)


def delete(key: str, version_id: str | None = None) -> None:
    """Delete an object, or one version of it; a missing object is not an error."""
    client().delete_object(Bucket=config.bucket(), Key=key, **_version(version_id))


class RemoteFile(io.RawIOBase):
    """A file over an object, which reads byte ranges on demand.

    Args:
        arrived: the object.
        budget: maximum bytes to read in all. Reading further raises ValueError: an archive
            with so long a directory is malicious.
    """

    def __init__(self, arrived: Arrived, budget: int = MAX_READ_BYTES) -> None:
        super().__init__()
        self._arrived = arrived
        self._position = 0
        self._allowance = budget

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {
            io.SEEK_SET: 0,
            io.SEEK_CUR: self._position,
            io.SEEK_END: self._arrived.size,
        }[whence]
        if base + offset < 0:
            raise ValueError("seek before the beginning")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        last = min(self._position + len(view), self._arrived.size) - 1
        if last < self._position:
            return 0
        self._allowance -= last + 1 - self._position
        if self._allowance < 0:
            raise ValueError("too much to read")
        with _gone():
            answer = client().get_object(
                Bucket=config.bucket(),
                Key=self._arrived.key,
                Range=f"bytes={self._position}-{last}",
                **_version(self._arrived.version_id),
            )
        body = answer["Body"]
        if "ContentRange" not in answer:
            _pass_over(body, self._position)
        content = body.read(last + 1 - self._position)
        body.close()
        view[: len(content)] = content
        self._position += len(content)
        return len(content)


class _Rest(io.RawIOBase):
    """The rest of a response's body, as a forward-only stream."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        content = self._body.read(len(view))
        view[: len(content)] = content
        return len(content)

    def close(self) -> None:
        self._body.close()
        super().close()


def read_from(key: str, offset: int = 0, version_id: str | None = None) -> io.BufferedReader:
    """Open an object's bytes from an offset, as a forward-only stream, which the caller closes.

    Args:
        key: the key of the object.
        offset: number of bytes to skip; a stream from the end, or beyond it, is empty.
        version_id: the version of the object; None for the current one.

    Raises:
        GoneError: The object does not exist.
    """
    wanted = {"Range": f"bytes={offset}-"} if offset else {}
    try:
        with _gone():
            answer = client().get_object(
                Bucket=config.bucket(), Key=key, **wanted, **_version(version_id)
            )
    except ClientError as error:
        if error.response["Error"]["Code"] == _BEYOND:
            return io.BufferedReader(_Rest(io.BytesIO()), CHUNK_BYTES)
        raise
    body = answer["Body"]
    if offset and "ContentRange" not in answer:
        _pass_over(body, offset)
    return io.BufferedReader(_Rest(body), CHUNK_BYTES)


def _pass_over(body: Any, count: int) -> None:
    """Read and discard unrequested bytes: a server may ignore the range (RFC 9110, 14.2)."""
    while count > 0 and (passed := body.read(min(count, CHUNK_BYTES))):
        count -= len(passed)


def _version(version_id: str | None) -> Mapping[str, str]:
    return {"VersionId": version_id} if version_id and version_id != "null" else {}


@cache
def client() -> Any:
    """Return the process's client of S3.

    Presigned URLs name the bucket's host in its Region. With a path, or with the global host, S3
    answers 400 in Regions since 2019, and redirects new buckets elsewhere for a day. Another
    endpoint, such as the embedded engine, need not know the bucket's host.
    """
    style: Literal["auto", "virtual"] = "auto" if config.has_own_endpoint() else "virtual"
    settings = Config(signature_version="s3v4", s3={"addressing_style": style})
    return aws.client("s3", config=settings)
