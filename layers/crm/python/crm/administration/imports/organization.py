"""Imports the archive of an organization, piece by piece, each with the files it refers to.

`crm.administration.archive` defines the pieces, and validates all of them. A file is compared
with its piece before it is stored under the key of its document.
"""

import hashlib
import time
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import BufferedReader

from crm.administration.archive.manifest import MAX_PIECE_BYTES
from crm.administration.archive.restoration import Restore, RestoredFile, lines_of
from crm.administration.imports.schemas import Import, Source
from crm.platform import clock
from crm.platform.errors import ValidationFailedError
from crm.platform.s3 import bucket
from crm.platform.s3.append_object import Appending
from crm.platform.s3.bucket import Arrived
from crm.related.documents.types import is_really, kind_of
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

STEP_SECONDS = 5.0
"""Time after which a step begins no further piece or file."""

READ_BYTES = 1024 * 1024
READINGS = 10
"""Maximum reads of the file's bytes in one step: to check, to copy, and a reserve."""


def take(job: Import, caller: Caller) -> Import:
    """Import the next pieces and return the changed import, not yet written. Idempotent.

    Raises:
        PermissionDeniedError: the caller is no longer an admin.
        ConflictError: the organization is not empty.
        ValidationFailedError: the file is not an archive, or has invalid content.
        UnavailableError: DynamoDB is overloaded or unreachable.
    """
    permissions.require_admin(caller)
    source = job.source
    assert source is not None, "an import without a file is not woken"
    with _opened(source) as opened:
        return _taken(job, source, caller, opened)


def _taken(job: Import, source: Source, caller: Caller, opened: zipfile.ZipFile) -> Import:
    restore = Restore(caller, source.restored)
    names = [name for name in opened.namelist() if not name.startswith("files/")]
    until = time.monotonic() + STEP_SECONDS
    for name in names:
        if restore.has_taken(name):
            continue
        lines = lines_of(_piece(opened, name))
        files = restore.files(name, lines)
        for file in files:
            if time.monotonic() > until:
                return _advanced(job, source, restore)
            _bring(opened, file)
        restore.take(name, lines, _absent(opened, files))
        if time.monotonic() > until:
            return _advanced(job, source, restore)
    restore.finish()
    done = _advanced(job, source, restore)
    return done.changed(total_rows=done.done_rows).ended("succeeded")


def _advanced(job: Import, source: Source, restore: Restore) -> Import:
    """Return the import with the progress of the restore."""
    position = restore.position
    rows = sum(position["counts"].values())
    return job.changed(
        done_rows=rows,
        created=rows,
        progressed_on=clock.timestamp(clock.now()),
        source=source.model_copy(update={"restored": position}),
    )


def _piece(opened: zipfile.ZipFile, name: str) -> bytes:
    with _readable(name), opened.open(name) as entry:
        content = entry.read(MAX_PIECE_BYTES + 1)
    if len(content) > MAX_PIECE_BYTES:
        raise ValidationFailedError(f"{name[:100]}: is too long.")
    return content


def _absent(opened: zipfile.ZipFile, files: Sequence[RestoredFile]) -> list[str]:
    held = set(opened.namelist())
    return [file.entry for file in files if file.entry not in held]


def _bring(opened: zipfile.ZipFile, file: RestoredFile) -> None:
    """Copy a file to its key, unless the archive lacks it or it is already stored.

    Raises:
        ValidationFailedError: the file differs from the description in its piece.
    """
    if _absent(opened, [file]) or _is_there(file):
        return
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(opened, file.entry):
        digest.update(chunk)
        size += len(chunk)
        if size > file.size:
            break
    if size != file.size or file.sha256 not in {None, digest.hexdigest()}:
        raise ValidationFailedError(f"{file.entry}: is not the file that the archive tells of.")
    copy = Appending.begin(file.key, file.content_type)
    for chunk in _chunks(opened, file.entry):
        copy.write(chunk)
    copy.finish()
    stored = bucket.head(file.key)
    if stored is None or not _is_real(file, stored):
        bucket.delete(file.key)
        raise ValidationFailedError(f"{file.entry}: is not what the name of the file says.")


def _is_there(file: RestoredFile) -> bool:
    """Return whether an earlier step has stored the file."""
    stored = bucket.head(file.key)
    return stored is not None and stored.size == file.size and _is_real(file, stored)


def _is_real(file: RestoredFile, stored: Arrived) -> bool:
    content = BufferedReader(bucket.RemoteFile(stored), READ_BYTES)
    return is_really(kind_of(file.file_name), content, file.size)


def _chunks(opened: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with _readable(name), opened.open(name) as entry:
        yield from iter(partial(entry.read, READ_BYTES), b"")


@contextmanager
def _opened(source: Source) -> Iterator[zipfile.ZipFile]:
    found = bucket.head(source.key)
    if found is None:
        raise ValidationFailedError("The file is gone.")
    remote = bucket.RemoteFile(found, READINGS * found.size + MAX_PIECE_BYTES)
    with BufferedReader(remote, READ_BYTES) as file:
        with _readable("The file"):
            opened = zipfile.ZipFile(file)
        yield opened


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Report a damaged zip file, or one of an unsupported kind, as an error of the client."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
        zlib.error,
    ) as error:
        raise ValidationFailedError(f"{name[:100]}: cannot be read as a zip file.") from error
