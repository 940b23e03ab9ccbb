"""Writes the records of one type into a file, page by page."""

import time
from datetime import timedelta

from crm.administration.exports import lines
from crm.administration.exports.schemas import Export
from crm.platform import clock
from crm.platform.dynamodb.lists import take
from crm.platform.s3.append_object import Appending
from crm.records.record_service import SERVICES
from crm.tenancy.permissions import Caller

PAGE = 1000
"""Index items per query: they are small, and a query returns this many."""

ROWS = 100
"""Records held in memory at once: each may have hundreds of kilobytes."""

STEP_SECONDS = 5.0
"""Time after which a step begins no further page and stores its progress."""

KEPT_DAYS = 7
"""Days until the bucket's lifecycle rule deletes a file, as in template.yaml."""


def step(job: Export, caller: Caller) -> Export:
    """Write the next pages; then, in a step that writes nothing else, publish the file.

    Raises:
        bucket.GoneError: another worker is ahead, or the written part is lost.
        multipart.BrokenError: another worker has written the same part.
        TooLargeError: the file would be too large.
    """
    if job.is_written:
        return finish(job)
    return _written(job, caller)


def finish(job: Export) -> Export:
    """Publish the file. Idempotent: it contains what the last step has stored."""
    assert job.token is not None, "the last step has kept what was written"
    file = Appending.resume(job.token)
    file.finish()
    return succeeded(job, file.length)


def succeeded(job: Export, size: int) -> Export:
    """Return the export as succeeded, with the size and the expiry of its file."""
    expires_on = clock.timestamp(clock.now() + timedelta(days=KEPT_DAYS))
    return job.ended("succeeded").changed(size=size, file_expires_on=expires_on)


def _written(job: Export, caller: Caller) -> Export:
    service = SERVICES[job.record_type]
    query = service.model.QUERY.model_validate(job.filters)
    file = _file(job, caller)
    table = lines.of(job.record_type, job.format, file.note)
    if job.token is None:
        file.write(table.opening().encode())
    rows, position, until = job.rows, job.position, time.monotonic() + STEP_SECONDS
    while True:
        page = take(service.search(caller, query), PAGE, start=position)
        for start in range(0, len(page.entries), ROWS):
            for record in service.export_rows(caller, query, page.entries[start : start + ROWS]):
                file.write(table.line(record).encode())
                rows += 1
        position = page.next_position
        if position is None or time.monotonic() > until:
            break
    return job.changed(rows=rows, position=position, is_written=position is None, token=file.save())


def _file(job: Export, caller: Caller) -> Appending:
    """Resume or begin the file. Its note lists the custom fields defined when it was begun."""
    if job.token is not None:
        return Appending.resume(job.token)
    file = Appending.begin(job.file_key, job.content_type)
    file.note = [one.field_name for one in SERVICES[job.record_type].definitions(caller)]
    return file
