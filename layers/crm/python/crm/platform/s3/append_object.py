"""A large object that several invocations write in sequence, without holding it in memory.

The written bytes are stored as the parts of a multipart upload. A step ends with `save`, whose
token leads to the state that the next step needs. A crashed step is repeated from the token that
it began with: its parts are overwritten. Only `finish` makes the object visible, as a whole.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.platform.errors import TooLargeError
from crm.platform.s3 import bucket, multipart_upload
from crm.platform.s3.multipart_upload import MAX_PARTS, MIN_PART_BYTES, Part

FIRST_PART_BYTES = 8 * 1024 * 1024
PARTS_OF_A_SIZE = 2500

_STATE_TYPE = "application/octet-stream"


@dataclass
class Appending:
    """An object that is being written.

    Attributes:
        key: key of the object.
        content_type: media type of the object.
        length: number of bytes written.
        note: data of the caller for the next step; any JSON value.
    """

    key: str
    content_type: str
    length: int = 0
    note: Any = None
    _mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    _step: int = 0
    _token: str | None = None
    _upload_id: str | None = None
    _parts: list[Part] = field(default_factory=list)
    _tail: bytearray = field(default_factory=bytearray, repr=False)
    _is_complete: bool = False

    @classmethod
    def begin(cls, key: str, content_type: str) -> "Appending":
        """Begin an object; the upload starts only when there are bytes for a part."""
        return cls(key, content_type)

    @classmethod
    def resume(cls, token: str) -> "Appending":
        """Continue after a step; may be repeated.

        The state of the step before that one is deleted: it is obsolete, because the token was
        committed.

        Args:
            token: the token that `save` returned.

        Raises:
            bucket.GoneError: A later step has already been resumed.
        """
        header, tail = _read(token)
        if header["before"]:
            bucket.delete(header["before"])
        return cls(
            key=header["key"],
            content_type=header["content_type"],
            length=header["length"],
            note=header["note"],
            _mark=header["mark"],
            _step=header["step"],
            _token=token,
            _upload_id=header["upload_id"],
            _parts=header["parts"],
            _tail=tail,
        )

    def write(self, content: bytes) -> None:
        """Append bytes.

        Raises:
            TooLargeError: The object has the maximum number of parts.
        """
        self.length += len(content)
        self._tail += content
        if len(self._tail) >= part_bytes(len(self._parts)):
            self._send()

    def save(self) -> str:
        """End a step.

        Returns:
            The token with which the next step begins. The step is done only when the caller has
            committed the token.
        """
        if len(self._tail) >= MIN_PART_BYTES:
            self._send()
        self._step += 1
        header = {
            "key": self.key,
            "content_type": self.content_type,
            "length": self.length,
            "note": self.note,
            "mark": self._mark,
            "step": self._step,
            "before": self._token,
            "upload_id": self._upload_id,
            "parts": self._parts,
        }
        self._token = f"{self.key}.steps/{self._step:06d}-{uuid.uuid4().hex}"
        bucket.put(self._token, _packed(header, self._tail), _STATE_TYPE)
        return self._token

    def finish(self) -> None:
        """Make the object visible. Idempotent for the same token.

        Raises:
            multipart_upload.BrokenError: Another worker has continued from the same token
                concurrently, and written other bytes. The object must be written anew.
        """
        if self._upload_id is None:
            bucket.put(self.key, bytes(self._tail), self.content_type)
            return
        if self._tail:
            self._send()
        try:
            if not self._is_complete:
                multipart_upload.complete(self.key, self._upload_id, self._parts)
        except multipart_upload.GoneError:
            self._require_complete()

    def _send(self) -> None:
        content, self._tail = self._tail, bytearray()
        number = len(self._parts) + 1
        if number > MAX_PARTS:
            raise TooLargeError("The file has more parts than it may have.")
        if self._upload_id is None:
            self._upload_id = multipart_upload.start(self.key, self.content_type, self._mark)
        part: Part = {}
        try:
            if not self._is_complete:
                part = multipart_upload.send(self.key, self._upload_id, number, content)
        except multipart_upload.GoneError:
            self._require_complete()
        self._parts.append(part)

    def _require_complete(self) -> None:
        """Require that the ended upload was completed, so that this step is a repetition."""
        if multipart_upload.mark_of(self.key) != self._mark:
            raise multipart_upload.BrokenError
        self._is_complete = True


def discard(token: str) -> None:
    """Delete the state between steps, of an object that is finished or given up.

    Idempotent, also after an interruption. A finished object itself is kept.
    """
    try:
        header, _ = _read(token)
    except bucket.GoneError:
        return
    if header["upload_id"]:
        multipart_upload.abort(header["key"], header["upload_id"])
    if header["before"]:
        bucket.delete(header["before"])
    bucket.delete(token)


def part_bytes(parts: int) -> int:
    """Return the size of the next part after a number of parts: from 8 MiB up to 64 MiB.

    So little memory is used, and yet `MAX_PARTS` parts have room for 300 GB.
    """
    return FIRST_PART_BYTES << (parts // PARTS_OF_A_SIZE)


def _packed(header: Mapping[str, Any], tail: bytearray) -> bytes:
    return json.dumps(header).encode() + b"\n" + tail


def _read(token: str) -> tuple[dict[str, Any], bytearray]:
    with bucket.read_from(token) as stored:
        header = json.loads(stored.readline())
        return header, bytearray(stored.read())
