"""A large object that several invocations write, one after the other, none of which holds it.

What was written is kept as the parts of a multipart upload. A step ends with `save`, whose token
names all that the next one needs to go on. A step that died is taken again from the token that it
began with: its parts are written over. Only `finish` makes the object visible, as a whole.
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
        key: where it will be.
        content_type: its media type.
        length: how many bytes have been written.
        note: what the caller wants to know again in the next step; anything that JSON has.
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
        """Begin an object; nothing is stored as long as there is little of it."""
        return cls(key, content_type)

    @classmethod
    def resume(cls, token: str) -> "Appending":
        """Go on from where a step ended; as often as it takes.

        What the step before that one had saved is deleted: it is of the past, for this one was
        committed.

        Args:
            token: as `save` gave it.

        Raises:
            bucket.GoneError: a later step has been resumed already.
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
            TooLargeError: the object has as many parts as there may be.
        """
        self.length += len(content)
        self._tail += content
        if len(self._tail) >= part_bytes(len(self._parts)):
            self._send()

    def save(self) -> str:
        """End a step.

        Returns:
            The token that the next step begins with. The caller commits it, and only then is the
            step done.
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
        """Make the object visible. To finish it again, from the same token, changes nothing.

        Raises:
            multipart.BrokenError: somebody else went on from the same token at the same time, and
                wrote something else. The object has to be written from its beginning.
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
        """The upload has ended: by its completion, of which this step is a repetition, or never."""
        if multipart_upload.mark_of(self.key) != self._mark:
            raise multipart_upload.BrokenError
        self._is_complete = True


def discard(token: str) -> None:
    """Delete what is kept between steps: of an object that is finished, or never will be.

    Safe to repeat, and to be cut off. The object itself, if it is finished, stays.
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
    """How large the next part is, after so many: 8 MiB at first, and 64 MiB in the end.

    So little is held in memory, and yet `MAX_PARTS` have room for 300 GB.
    """
    return FIRST_PART_BYTES << (parts // PARTS_OF_A_SIZE)


def _packed(header: Mapping[str, Any], tail: bytearray) -> bytes:
    return json.dumps(header).encode() + b"\n" + tail


def _read(token: str) -> tuple[dict[str, Any], bytearray]:
    with bucket.read_from(token) as stored:
        header = json.loads(stored.readline())
        return header, bytearray(stored.read())
