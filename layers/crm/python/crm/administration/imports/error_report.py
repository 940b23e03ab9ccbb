"""The error file: the rows that failed, each with its errors.

Its first columns are `line`, `field` and `message`; the others are those of the imported file. So
a user who corrects the rows can import that same file: the first three columns are ignored.
"""

from collections.abc import Iterable, Sequence

from crm.administration.csv import writer
from crm.administration.csv.writer import escape_formula, unescape_formula
from crm.administration.imports.schemas import Import
from crm.platform.errors import FieldError
from crm.platform.s3 import append_object
from crm.platform.s3.append_object import Appending

COLUMNS = ("line", "field", "message")
CONTENT_TYPE = "text/csv; charset=utf-8"

Fault = tuple[int, Sequence[FieldError], Sequence[str]]
"""A row that failed: its line, its errors, and its cells."""


def add(job: Import, header: Sequence[str], faults: Iterable[Fault]) -> str | None:
    """Append failed rows to the error file.

    Args:
        job: the import as it was read.
        header: the columns of its file.
        faults: the failed rows, in their order.

    Returns:
        The token of the unfinished file, for the next version of the job; None if it has none.
    """
    token = job.source.faults if job.source else None
    rows = [
        [
            str(line),
            error.field,
            error.message,
            *(escape_formula(unescape_formula(cell)) for cell in cells),
        ]
        for line, errors, cells in faults
        for error in errors
    ]
    if not rows:
        return token
    file = Appending.resume(token) if token else Appending.begin(job.errors_key, CONTENT_TYPE)
    if not token:
        file.write(writer.first_line([*COLUMNS, *map(escape_formula, header)]).encode())
    file.write("".join(map(writer.line, rows)).encode())
    return file.save()


def finish(job: Import) -> bool:
    """Complete the error file and return whether there is one. Idempotent."""
    token = job.source.faults if job.source else None
    if token is None:
        return False
    Appending.resume(token).finish()
    return True


def discard(job: Import) -> None:
    """Discard the upload of the error file after the import is concluded; idempotent."""
    if job.source and job.source.faults:
        append_object.discard(job.source.faults)
