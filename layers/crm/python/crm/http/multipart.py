"""multipart/form-data (RFC 7578), for files uploaded together with their record."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from multipart import MultipartError, MultipartParser, ParserLimitReached, parse_options_header

from crm.http.request import Request
from crm.platform.errors import InvalidBodyError, TooLargeError
from crm.platform.fields import FormFile

MAX_BYTES = 4 * 1024 * 1024
"""The largest file of a form: encoded in Base64 it just fits Lambda's 6 MB request."""

_OVERHEAD_BYTES = 64 * 1024
MAX_PARTS = 200


@dataclass(frozen=True)
class Form:
    """A form: text fields with all their values, and files."""

    fields: dict[str, list[str]]
    files: dict[str, list[FormFile]]

    def values(self) -> dict[str, Any]:
        """Return the values to validate: a single value as it is, repeated values as a list."""
        parts: dict[str, list[Any]] = {**self.fields, **self.files}
        return {name: one[0] if len(one) == 1 else one for name, one in parts.items()}

    def fingerprint(self) -> Any:
        """Return the form as a JSON value that does not depend on its boundary."""
        return {
            "fields": self.fields,
            "files": {
                name: [
                    [file.name, file.content_type, hashlib.sha256(file.content).hexdigest()]
                    for file in files
                ]
                for name, files in self.files.items()
            },
        }


def is_form(request: Request) -> bool:
    return request.content_type.partition(";")[0].strip().lower() == "multipart/form-data"


def parse(request: Request) -> Form:
    """Parse a form.

    Raises:
        InvalidBodyError: The form has no boundary, or is malformed.
        TooLargeError: The form has more than `MAX_BYTES` of file.
    """
    if len(request.raw_body) > MAX_BYTES + _OVERHEAD_BYTES:
        raise TooLargeError("A form carries files of up to 4 MiB; ask for a presigned upload.")
    _, options = parse_options_header(request.content_type)
    form = Form({}, {})
    try:
        parser = MultipartParser(
            BytesIO(request.raw_body),
            options.get("boundary", ""),
            content_length=len(request.raw_body),
            strict=True,
            part_limit=MAX_PARTS,
            spool_limit=MAX_BYTES + _OVERHEAD_BYTES,
            memory_limit=MAX_BYTES + 2 * _OVERHEAD_BYTES,
            disk_limit=0,
        )
        for part in parser:
            if part.filename is None:
                form.fields.setdefault(part.name, []).append(part.value)
            else:
                file = FormFile(part.filename, part.content_type or "", part.raw)
                form.files.setdefault(part.name, []).append(file)
    except ParserLimitReached as error:
        raise TooLargeError from error
    except (MultipartError, ValueError, LookupError) as error:
        raise InvalidBodyError("The form cannot be read.") from error
    if any(len(file.content) > MAX_BYTES for files in form.files.values() for file in files):
        raise TooLargeError("A form carries files of up to 4 MiB; ask for a presigned upload.")
    return form
