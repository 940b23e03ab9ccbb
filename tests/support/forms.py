"""multipart/form-data, as a browser sends it."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.support.client import Client, Reply

BOUNDARY = "----brook"


@dataclass(frozen=True)
class File:
    """A file of a form."""

    name: str
    content: bytes
    content_type: str | None = None


def encoded(parts: Sequence[tuple[str, str | File]], boundary: str = BOUNDARY) -> bytes:
    """The body of a form."""
    body = b""
    for name, value in parts:
        disposition = f'Content-Disposition: form-data; name="{name}"'
        if isinstance(value, File):
            head = [f'{disposition}; filename="{value.name}"']
            head += [f"Content-Type: {value.content_type}"] if value.content_type else []
            content = value.content
        else:
            head, content = [disposition], value.encode()
        body += f"--{boundary}\r\n".encode() + "\r\n".join(head).encode()
        body += b"\r\n\r\n" + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


def send(
    client: Client,
    parts: Sequence[tuple[str, str | File]],
    boundary: str = BOUNDARY,
    **headers: str,
) -> Reply:
    """Make a document by a form."""
    content_type = f"multipart/form-data; boundary={boundary}"
    return client.call(
        "POST",
        "/api/documents",
        body=encoded(parts, boundary),
        headers={"content-type": content_type, **headers},
    )


def stored(
    client: Client,
    title: str = "Plan",
    content: bytes = b"text",
    *,
    shared_with: Sequence[str] = (),
    status: str = "active",
) -> str:
    """Make a document that is available; its path."""
    parts: list[tuple[str, str | File]] = [("title", title), ("status", status)]
    parts += [("shared_with", team) for team in shared_with]
    reply = send(client, [*parts, ("document_file", File("plan.txt", content, "text/plain"))])
    assert reply.status == 201, reply.text
    return reply.headers["Location"]
