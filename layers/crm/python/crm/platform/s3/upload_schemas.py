"""Models of uploads by a presigned form: the declaration of a file, and the form. Pure."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from crm.platform.fields import Input, Name, Output


class FileDeclaration(Input):
    """A file that the client is going to upload."""

    name: Name
    content_type: Annotated[str, StringConstraints(max_length=255, strip_whitespace=True)]
    size: Annotated[int, Field(ge=1, description="Bytes.")]
    sha256: Annotated[
        str | None,
        StringConstraints(pattern=r"^[0-9A-Fa-f]{64}$"),
        AfterValidator(lambda text: text.lower() if text else text),
    ] = None


class Upload(Output):
    """A presigned S3 POST: send the fields as a form, the file as the last field, `file`."""

    method: Literal["POST"] = "POST"
    url: str
    fields: dict[str, str]
    expires_on: str
