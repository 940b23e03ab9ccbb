"""Writing an organization's archive from tables that were restored from a backup.

No function knows such tables, so this reads them itself, as whoever runs it. It writes nothing but
the file, which `POST /api/imports` takes in like any other archive.
"""

import os
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from crm.administration.archive.service import Dump, DumpedFile
from crm.platform import config
from crm.platform.s3 import bucket
from crm.platform.s3.bucket import CHUNK_BYTES, GoneError
from local.errors import LocalStackError
from tools.ops.stack_access import Operated


def rescue(
    stack: Operated, organization_id: str, records: str, bookkeeping: str, path: Path
) -> dict[str, Any]:
    """Write the archive.

    A file of a document that was deleted since is taken from the bucket's older versions.

    Args:
        stack: whose bucket has the files.
        organization_id: whose archive.
        records: name of the restored table of records.
        bookkeeping: name of the restored table of bookkeeping, of the same second.
        path: where the archive is written; nothing may be there yet.

    Returns:
        How many lines and files were written, and which files are no more.

    Raises:
        LocalStackError: there is no such stack, table or organization, or the file cannot be
            written. Whatever goes wrong, half an archive is not left behind.
    """
    for table in (records, bookkeeping):
        _require(stack, table)
    variables = {
        **stack.environment,
        "RECORDS_TABLE": records,
        "BOOKKEEPING_TABLE": bookkeeping,
        "BUCKET": stack.outputs()["Bucket"],
    }
    os.environ.clear()
    os.environ.update(variables)
    try:
        content = path.open("xb")
    except OSError as error:
        raise LocalStackError(f"cannot write {path}: {error.strerror}") from error
    try:
        with content, zipfile.ZipFile(content, "w") as archive:
            told = _write(archive, Dump(organization_id))
            if "organization.json" not in archive.namelist():
                raise LocalStackError(f"{records} has no organization {organization_id}")
    except BaseException:
        path.unlink()
        raise
    return told


def _require(stack: Operated, table: str) -> None:
    """Demand a table: of an organization without history, the second would not be missed."""
    try:
        stack.client("dynamodb").describe_table(TableName=table)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise LocalStackError(f"the table {table} cannot be read: {code}") from error


def _write(archive: zipfile.ZipFile, dump: Dump) -> dict[str, Any]:
    rows, files, missing = 0, 0, list[str]()
    while piece := dump.next():
        archive.writestr(piece.name, piece.content, zipfile.ZIP_DEFLATED)
        rows += len(piece.lines)
        for file in piece.files:
            if _add(archive, file):
                files += 1
            else:
                missing.append(file.entry)
    return {"rows": rows, "files": files, "missing": missing}


def _add(archive: zipfile.ZipFile, file: DumpedFile) -> bool:
    """Add a file of a document, as it was before it was deleted; False if it is no more."""
    try:
        stream = bucket.read_from(file.key, version_id=_newest_version(file.key))
    except GoneError:
        return False
    with stream, archive.open(file.entry, "w", force_zip64=True) as entry:
        for chunk in iter(partial(stream.read, CHUNK_BYTES), b""):
            entry.write(chunk)
    return True


def _newest_version(key: str) -> str | None:
    """The newest version of an object, also of one that is deleted; None if it has none."""
    found = bucket.client().list_object_versions(Bucket=config.bucket(), Prefix=key, MaxKeys=100)
    versions = [one for one in found.get("Versions", []) if one["Key"] == key]
    return versions[0]["VersionId"] if versions else None
