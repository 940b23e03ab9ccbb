"""Writes an organization's archive from tables that were restored from a backup.

No function reads such tables, so this reads them itself, with the operator's credentials. It
writes only the file, which `POST /api/imports` accepts like any other archive.
"""

import os
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from crm.administration.archive.dump import Dump
from crm.administration.archive.rows import DumpedFile
from crm.platform import config
from crm.platform.s3 import bucket
from crm.platform.s3.bucket import CHUNK_BYTES, GoneError
from local.errors import LocalStackError
from tools.ops.stack_access import Operated


def rescue(
    stack: Operated, organization_id: str, records: str, bookkeeping: str, path: Path
) -> dict[str, Any]:
    """Write the archive.

    A document's file that was deleted since is read from the bucket's older versions.

    Args:
        stack: the stack whose bucket has the files.
        organization_id: the organization to archive.
        records: name of the restored table of records.
        bookkeeping: name of the restored system table, of the same second.
        path: path of the archive; it must not exist yet.

    Returns:
        The numbers of lines and files written, and the names of deleted files.

    Raises:
        LocalStackError: the stack, a table or the organization does not exist, or the file cannot
            be written. No partial archive is left behind after any error.
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
    """Require a table: for an organization without history, a missing second one goes unnoticed."""
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
    """Add a file of a document, in its version before a deletion; False if it no longer exists."""
    try:
        stream = bucket.read_from(file.key, version_id=_newest_version(file.key))
    except GoneError:
        return False
    with stream, archive.open(file.entry, "w", force_zip64=True) as entry:
        for chunk in iter(partial(stream.read, CHUNK_BYTES), b""):
            entry.write(chunk)
    return True


def _newest_version(key: str) -> str | None:
    """Return the newest version of an object, even if it is deleted; None if it has none."""
    found = bucket.client().list_object_versions(Bucket=config.bucket(), Prefix=key, MaxKeys=100)
    versions = [one for one in found.get("Versions", []) if one["Key"] == key]
    return versions[0]["VersionId"] if versions else None
