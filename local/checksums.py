"""Checks checksums of forms posted to S3: the engine checks those of other uploads only."""

import importlib
from contextvars import ContextVar
from typing import Any

PREFIX = "x-amz-checksum-"
_checked: ContextVar[dict[str, str] | None] = ContextVar("checked", default=None)


def install() -> None:
    """Reject a form whose file does not have its checksum, and store a correct checksum."""
    s3: Any = importlib.import_module("ministack.services.s3")
    post, build = s3._post_object, s3._build_object_record

    def post_checked(bucket: str, body: bytes, headers: dict[str, str]) -> Any:
        checksums, error = s3._resolve_object_checksums(*_claims(s3, body, headers))
        if error:
            return error
        token = _checked.set(checksums)
        try:
            return post(bucket, body, headers)
        finally:
            _checked.reset(token)

    def build_with_checksums(
        body: bytes,
        headers: dict[str, str],
        etag: str | None = None,
        checksums: dict[str, str] | None = None,
    ) -> Any:
        return build(body, headers, etag=etag, checksums=checksums or _checked.get())

    s3._post_object = post_checked
    s3._build_object_record = build_with_checksums


def _claims(s3: Any, body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """Return the file of a form, and its checksum fields."""
    parts = s3._parse_multipart_form(headers.get("content-type", ""), body) or []
    fields = {name.lower(): value for name, _, _, value in parts}
    claims = {name: fields[name].decode("latin-1") for name in fields if name.startswith(PREFIX)}
    return fields.get("file", b""), claims
