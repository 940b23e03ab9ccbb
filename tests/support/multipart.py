"""Multipart uploads of a few bytes, in moto."""

from collections.abc import Callable
from typing import Any

import pytest
from moto.s3 import models
from moto.s3.exceptions import NoSuchUpload
from moto.s3.models import S3Backend

from crm.platform.s3 import append_object
from tests.support.cloud import BUCKET, Cloud, client


def make_parts_small(patch: pytest.MonkeyPatch, smallest: int, first: int) -> None:
    """Let parts have few bytes, so that there are many.

    Args:
        patch: undone after the test.
        smallest: what S3 asks of every part but the last.
        first: how large the parts are that are sent.
    """
    patch.setattr(models, "S3_UPLOAD_PART_MIN_SIZE", smallest)
    patch.setattr(append_object, "MIN_PART_BYTES", smallest)
    patch.setattr(append_object, "FIRST_PART_BYTES", first)
    for name in ("upload_part", "complete_multipart_upload"):
        patch.setattr(S3Backend, name, _refusing(getattr(S3Backend, name)))


def empty(cloud: Cloud) -> None:
    """Delete all objects."""
    for key in cloud.objects():
        client("s3").delete_object(Bucket=BUCKET, Key=key)


def _refusing(call: Callable[..., Any]) -> Callable[..., Any]:
    """Treat an upload as moto does, and an ended one as S3 does: moto fails at it."""

    def called(backend: S3Backend, bucket: str, upload_id: str, *given: Any, **more: Any) -> Any:
        if upload_id not in backend.get_bucket(bucket).multiparts:
            raise NoSuchUpload(upload_id)
        return call(backend, bucket, upload_id, *given, **more)

    return called
