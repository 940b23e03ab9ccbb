"""Brook as its clients see it: people, their organizations, and files on their way to S3."""

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import httpx

from local.process import StackProcess
from tests.support import answers
from tools.ops.users import Users

WITHIN = 60.0
"""Seconds after which something that trails a write counts as lost, however slow the machine is."""

ORGANIZATION = "organization-id"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"

Json = dict[str, Any]
Value = TypeVar("Value")


class Person:
    """Somebody with an access token, and the organization that their requests name."""

    def __init__(
        self, http: httpx.Client, user_id: str, email: str, token: str, organization_id: str | None
    ) -> None:
        self._http = http
        self.id = user_id
        self.email = email
        self.token = token
        self.organization_id = organization_id

    def at(self, organization_id: str | None) -> "Person":
        """The same person, naming another organization, or none."""
        return Person(self._http, self.id, self.email, self.token, organization_id)

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request; headers that are None are left out."""
        own = {"authorization": f"Bearer {self.token}", ORGANIZATION: self.organization_id}
        headers = {**own, **(options.pop("headers", None) or {})}
        sent = {name: value for name, value in headers.items() if value is not None}
        return self._http.request(method, path, headers=sent, **options)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.send("GET", path, params=params or None)

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return self.send("POST", path, json=body, headers=_dashed(headers))

    def put(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return self.send("PUT", path, json=body, headers=_dashed(headers))

    def patch(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return self.send("PATCH", path, json=body, headers=_dashed(headers))

    def delete(self, path: str, **headers: str) -> httpx.Response:
        return self.send("DELETE", path, headers=_dashed(headers))

    # ── Documents ──

    def declare(self, title: str, file: "File", **fields: Any) -> Json:
        """A document that waits for its file."""
        return made(self.post("/api/documents", {"title": title, "file": file.said(), **fields}))

    def share(self, title: str, *team_ids: str, file: "File | None" = None, **fields: Any) -> Json:
        """A document with its file in one request."""
        content = file or File("notes.txt", "text/plain", title.encode())
        form = {"title": title, "shared_with": list(team_ids), **fields}
        return made(self.send("POST", "/api/documents", data=form, files=content.in_form()))

    def document(self, document_id: str) -> Json:
        """The inner object of a document's detail."""
        inner: Json = good(self.get(f"/api/documents/{document_id}"))["document_obj"]
        return inner

    def settled(self, document_id: str) -> Json:
        """A document as it is when its upload has been looked at."""
        return wait_until(
            lambda: self.document(document_id), lambda one: one["upload_status"] != "pending"
        )

    def download(self, path: str) -> httpx.Response:
        """Follow a link to a file, as a browser does: without the token."""
        answer = self.get(path)
        assert answer.status_code == 302, answer.text
        return self._http.get(answer.headers["location"])

    def upload(self, form: Json, content: bytes, **changes: Any) -> httpx.Response:
        """Post a file with the form that Brook signed.

        Args:
            form: the `upload` of an answer.
            content: the file.
            changes: fields to send instead of, or besides, the signed ones; None leaves one out.
        """
        fields = {**form["fields"], **changes}
        sent = {name: value for name, value in fields.items() if value is not None}
        return self._http.post(form["url"], data=sent, files={"file": ("file", content)})

    # ── Lists ──

    def pages(self, path: str, **params: Any) -> Iterator[Json]:
        """A list, page by page, by its `next`."""
        page = good(self.get(path, **params))
        yield page
        while page["next"]:
            page = good(self.get(page["next"]))
            yield page

    def ids(self, path: str = "/api/documents", **params: Any) -> list[str]:
        """The ids of a whole list."""
        walk = self.pages(path, **{"limit": 100, **params})
        return [row["id"] for page in walk for row in page["results"]]

    def sees(self, document_id: str) -> bool:
        """Whether every way to a document is open, or every one closed; they must agree."""
        listed = self.get("/api/documents", limit=100)
        if listed.status_code != 200:
            assert listed.json()["code"] == "not_a_member"
            return False
        whole = self.ids()
        assert listed.json()["count"] == len(whole)
        found = document_id in whole
        for path in ways_to(document_id):
            status = self.get(path).status_code
            assert status in ({200, 302} if found else {403, 404}), (path, status)
        return found


def ways_to(document_id: str) -> list[str]:
    document = f"/api/documents/{document_id}"
    return [document, *(f"{document}/{part}" for part in ("file", "versions", "versions/1/file"))]


class Organization:
    """An organization with the people who were made its members."""

    def __init__(self, brook: "Brook", founder: Person) -> None:
        assert founder.organization_id
        self.id = founder.organization_id
        self.founder = founder
        self._brook = brook

    def join(self, role: str = "member", name: str = "Member") -> Person:
        """A new member."""
        email = self._brook.address(name)
        body = {"email": email, "first_name": name, "last_name": "Brook", "role": role}
        member = made(self.founder.post("/api/members", body))
        person = self._brook.person(email=email, organization_id=self.id)
        assert person.id == member["id"]
        return person

    def team(self, name: str, *people: Person) -> str:
        """The id of a new team."""
        body = {"name": name, "users": [person.id for person in people]}
        return str(made(self.founder.post("/api/teams", body))["id"])

    def let_in(self, team_id: str, *people: Person) -> None:
        """Make these people, and no others, the team's members."""
        users = [person.id for person in people]
        good(self.founder.patch(f"/api/teams/{team_id}", {"users": users}))


class Brook:
    """One deployed API; leaving it closes the connections."""

    def __init__(self, stack: StackProcess) -> None:
        self.stack = stack
        self._users = Users(stack.client, stack.outputs)
        self.http = httpx.Client(
            base_url=stack.api_url,
            timeout=60,
            limits=httpx.Limits(max_connections=64),
            event_hooks={"response": [conforms]},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def address(self, name: str) -> str:
        return f"{name.lower()}-{uuid.uuid4().hex[:12]}@example.com"

    def person(
        self,
        name: str = "Somebody",
        *,
        email: str | None = None,
        organization_id: str | None = None,
        scope: str | None = None,
    ) -> Person:
        """Somebody with a token, new unless the address is known."""
        address = email or self.address(name)
        token = self._users.token(address, scope)
        return Person(self.http, self._users.ensure(address), address, token, organization_id)

    def found(self, name: str = "Acme") -> Organization:
        """A new organization, by somebody new."""
        founder = self.person("Founder")
        organization = made(founder.post("/api/organizations", {"name": name}))
        return Organization(self, founder.at(organization["id"]))


@dataclass(frozen=True)
class File:
    """A file on the client's side, as the client would declare it."""

    name: str
    content_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def said(self, **otherwise: Any) -> Json:
        """The client's declaration; None leaves a field out."""
        true = {
            "name": self.name,
            "content_type": self.content_type,
            "size": len(self.content),
            "sha256": self.sha256,
        }
        said = {**true, **otherwise}
        return {name: value for name, value in said.items() if value is not None}

    def in_form(self) -> Json:
        return {"document_file": (self.name, self.content, self.content_type)}


TEXT = File("notes.txt", "text/plain", b"Brook\n")


def conforms(answer: httpx.Response) -> None:
    """Every answer of the API is one that the OpenAPI document promises; S3's are S3's."""
    if not answer.url.path.startswith("/api"):
        return
    answer.read()
    kind = answer.headers.get("content-type", "")
    body = answer.json() if "json" in kind and answer.content else answer.text
    path = answer.url.raw_path.decode()
    answers.check(answer.request.method, path, answer.status_code, kind, body)


def wait_until(
    read: Callable[[], Value], holds: Callable[[Value], bool], seconds: float = WITHIN
) -> Value:
    """Read again and again until something holds; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds(value := read()):
        assert time.monotonic() < deadline, f"after {seconds} s still {value!r}"
        time.sleep(0.02)
    return value


def good(answer: httpx.Response) -> Json:
    assert answer.status_code == 200, (answer.status_code, answer.text)
    body: Json = answer.json()
    return body


def made(answer: httpx.Response) -> Json:
    assert answer.status_code == 201, (answer.status_code, answer.text)
    body: Json = answer.json()
    return body


def refused(answer: httpx.Response, status: int, code: str) -> Json:
    """The problem document of an answer that must be this error."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    body: Json = answer.json()
    assert body["code"] == code, body
    return body


def new_id() -> str:
    """An id that nothing has."""
    return str(uuid.uuid4())


def _dashed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
