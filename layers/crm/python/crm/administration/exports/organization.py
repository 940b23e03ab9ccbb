"""Writes an organization into a zip file, piece by piece, each with its files.

`crm.administration.archive` defines the pieces. The file's note holds the progress of the dump,
and the files of its last piece that are not written yet.
"""

import time
from functools import partial

from crm.administration.archive.dump import Dump
from crm.administration.exports import records
from crm.administration.exports.schemas import Export
from crm.platform.s3 import bucket
from crm.platform.s3.zip_object import Zipping
from crm.tenancy.permissions import Caller


def step(job: Export, caller: Caller) -> Export:
    """Write the next pieces; then, in a step that writes nothing else, publish the file.

    Raises:
        bucket.GoneError: another worker is ahead, or the written part is lost.
        multipart.BrokenError: another worker has written the same part.
        TooLargeError: the file would be too large.
        UnavailableError: DynamoDB is overloaded or unreachable.
    """
    if not caller.is_admin:
        return job.ended("failed", "Its maker is no admin any more.")
    if job.is_written:
        return finish(job)
    return _written(job)


def finish(job: Export) -> Export:
    """Write the directory and publish the file. Idempotent: repeated, it writes the same bytes."""
    assert job.token is not None, "the last step has kept what was written"
    archive = Zipping.resume(job.token)
    archive.finish()
    return records.succeeded(job, archive.length)


def _written(job: Export) -> Export:
    archive = Zipping.resume(job.token) if job.token else Zipping.begin(job.file_key)
    kept = archive.note or {"position": None, "files": []}
    dump, files = Dump(job.organization_id, kept["position"]), list(kept["files"])
    rows, is_written, until = job.rows, False, time.monotonic() + records.STEP_SECONDS
    while not is_written:
        if files:
            _add_file(archive, *files.pop(0))
        elif piece := dump.next():
            archive.entry(piece.name, [piece.content], compressed=True)
            files = [[file.entry, file.key] for file in piece.files]
            rows += len(piece.lines)
        else:
            is_written = True
        if time.monotonic() > until:
            break
    archive.note = {"position": dump.position, "files": files}
    return job.changed(
        rows=rows, left_out=dump.left_out, is_written=is_written, token=archive.save()
    )


def _add_file(archive: Zipping, entry: str, key: str) -> None:
    """Add a file of a document; a file that was deleted concurrently is skipped."""
    try:
        stream = bucket.read_from(key)
    except bucket.GoneError:
        return
    with stream:
        chunks = iter(partial(stream.read, bucket.CHUNK_BYTES), b"")
        archive.entry(entry, chunks, compressed=False)
