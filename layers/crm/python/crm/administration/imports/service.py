"""Service of imports: create them and link to their error files."""

from crm.administration.csv import columns
from crm.administration.csv.fields import RecordType as TableType
from crm.administration.imports import match_fields, upload_events
from crm.administration.imports.schemas import (
    ORGANIZATION,
    FileSummary,
    Import,
    ImportCreate,
    ImportSettings,
)
from crm.jobs import service as jobs
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import (
    FileNotAvailableError,
    TooLargeError,
    UnsupportedMediaTypeError,
    ValidationFailedError,
)
from crm.platform.s3 import bucket
from crm.platform.s3.upload_schemas import FileDeclaration, Upload
from crm.records.custom_fields import service as custom_fields
from crm.records.registry import OWNED_KINDS
from crm.tenancy.permissions import Caller

MAX_CSV_BYTES = 256 * 1024 * 1024
MAX_ZIP_BYTES = 5 * 1024 * 1024 * 1024
"""Maximum size that S3 copies in one request."""

CSV_TYPES = frozenset(
    # The third type is the one that browsers on Windows send for CSV files.
    {
        "text/csv",
        "application/csv",
        "application/vnd.ms-excel",
        "text/plain",
        "text/tab-separated-values",
    }
)
ZIP_TYPES = frozenset({"application/zip", "application/x-zip-compressed"})


def create(
    transaction: Transaction,
    caller: Caller,
    is_super_admin: bool,
    import_id: str,
    body: ImportCreate,
) -> tuple[Import, Upload]:
    """Create an import, whose file is to be uploaded next.

    Raises:
        PermissionDeniedError: the caller imports a whole organization, and is not an admin.
        ConflictError: the organization that receives an archive is not empty.
        UnsupportedMediaTypeError: the file has another type.
        TooLargeError: the file is too large.
        ValidationFailedError: a field that the mapping or `match_on` names is unknown.
    """
    match_on: list[str] = []
    if body.record_type == ORGANIZATION:
        from crm.administration.archive.emptiness import require_empty

        require_empty(caller)
        _require_file(body.file, ZIP_TYPES, MAX_ZIP_BYTES)
    else:
        _require_file(body.file, CSV_TYPES, MAX_CSV_BYTES)
        match_on = _match_on(caller, body.record_type, body)
    job = Import.create(
        caller,
        is_super_admin,
        id=import_id,
        record_type=body.record_type,
        file=FileSummary(**body.file.model_dump(include=set(FileSummary.model_fields))),
        sha256=body.file.sha256,
        mapping=body.mapping,
        options=ImportSettings(**{**body.options.model_dump(), "match_on": match_on}),
    )
    jobs.stage(transaction, job)
    place = upload_events.Place(job.organization_id, job.id)
    url, fields = bucket.presigned_form(
        place.key, body.file.content_type, body.file.size, body.file.sha256
    )
    return job, Upload(url=url, fields=fields, expires_on=bucket.form_expiry())


def errors_link(job: Import) -> str:
    """Return a presigned URL of the error file, valid for some minutes.

    Raises:
        FileNotAvailableError: no row has failed, or the import is not done yet.
    """
    if job.error_file is None:
        raise FileNotAvailableError("There is no file of errors.")
    return bucket.presigned_link(job.errors_key, f"import-errors-{job.id}.csv", "text/csv")


def _require_file(file: FileDeclaration, types: frozenset[str], most: int) -> None:
    if file.content_type.partition(";")[0].strip().lower() not in types:
        raise UnsupportedMediaTypeError(f"The file must be one of {', '.join(sorted(types))}.")
    if file.size > most:
        raise TooLargeError(f"A file takes up to {most:,} bytes.")


def _match_on(caller: Caller, record_type: TableType, body: ImportCreate) -> list[str]:
    """Return the fields by which rows match, after checking them and the mapping.

    Raises:
        ValidationFailedError: a field in `match_on` or the mapping is unknown.
    """
    known = custom_fields.definitions(caller.organization_id, record_type)
    columns.plan(record_type, list(body.mapping), body.mapping, known)
    fields = []
    for name in body.options.match_on or OWNED_KINDS[record_type].match_on:
        field = match_fields.field_of(record_type, name, known)
        if field is None:
            raise ValidationFailedError.of("options.match_on", f"knows no field {name[:100]!r}")
        fields.append(field)
    return fields
