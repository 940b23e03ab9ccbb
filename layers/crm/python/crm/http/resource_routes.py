"""The routes of a kind of settings: what admins create, change and delete as a whole."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from crm.http.app import App, RouteFunction
from crm.http.named_routes import named
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.response import Response, created, no_content, ok
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList
from crm.platform.dynamodb.record import Answer, Record
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.fields import PageQuery
from crm.platform.merge_patch import Patch
from crm.tenancy.permissions import Caller

AnyRecord = TypeVar("AnyRecord", bound=Record)
AnyBody = TypeVar("AnyBody", bound=BaseModel)
Found = TypeVar("Found", bound=Record, covariant=True)
Sent = TypeVar("Sent", bound=BaseModel, contravariant=True)


class ResourceService(Protocol[Found, Sent]):
    """The module of a resource's service. It checks what the caller may do."""

    def create(
        self, transaction: Transaction, caller: Caller, record_id: str, body: Sent, /
    ) -> Found:
        """Create a record."""

    def find(self, caller: Caller, record_id: str, /) -> Found:
        """Return a record of the caller's organization."""

    @property
    def update(self) -> Any:
        """Replace a record: transaction, caller, old record, body, results of `read_ahead`."""

    @property
    def delete(self) -> Any:
        """Delete a record: transaction, caller, old record."""

    def search(self, caller: Caller, query: Any, /) -> EntryList:
        """List the records that match a query."""

    def rows(self, caller: Caller, query: Any, entries: Sequence[Item], /) -> list[Answer]:
        """Return the rows of a page of `search`."""


class ResourceRoutes(Generic[AnyRecord, AnyBody]):
    """Routes that create, list, read, change and delete the records of a resource.

    A resource that answers one of them differently overrides its method.

    Args:
        app: the function to register the routes with.
        service: the service of the resource.
        answer: the model of a record in answers; paths and names are those of its kind.
        body: the model of a record's request body.
        query: the filters of the list.
        created: the model of the answer to POST, if it has more fields.
        only_stages: whether a POST writes nothing before its commit.
        summaries: of `create`, `list`, `read`, `replace`, `update` and `delete`.
    """

    def __init__(
        self,
        app: App,
        service: ResourceService[AnyRecord, AnyBody],
        answer: type[AnyRecord],
        *,
        body: type[AnyBody],
        query: type[PageQuery] = PageQuery,
        created: type[BaseModel] | None = None,
        only_stages: bool = False,
        summaries: Mapping[str, str],
    ) -> None:
        noun = answer.KIND
        several = f"{noun}s"
        self._service, self._path = service, f"/api/{several.replace('_', '-')}"
        one = f"{self._path}/<{noun}_id>"

        def route(run: RouteFunction, name: str) -> RouteFunction:
            return named(run, name, summaries[run.__name__])

        write = {"body": body, "answer": answer}
        made = {"body": body, "answer": created or answer, "only_stages": only_stages}
        app.post(self._path, **made)(route(self.create, f"create_{noun}"))
        listed = {"query": query, "answer": answer, "listed": True}
        app.get(self._path, **listed)(route(self.list, f"list_{several}"))
        app.get(one, answer=answer)(route(self.read, f"read_{noun}"))
        app.put(one, **write)(route(self.replace, f"replace_{noun}"))
        app.patch(one, **write)(route(self.update, f"update_{noun}"))
        app.delete(one)(route(self.delete, f"delete_{noun}"))

    def create(self, request: Request, body: AnyBody) -> Response:
        made = self._service.create(request.transaction, request.caller, request.new_id, body)
        return created(f"{self._path}/{made.id}", made, made.answer())

    def list(self, request: Request, query: PageQuery) -> Response:
        return page(
            request,
            query,
            self._service.search(request.caller, query),
            lambda entries: self._service.rows(request.caller, query, entries),
        )

    def read(self, request: Request, record_id: str) -> Response:
        found = self._service.find(request.caller, record_id)
        return ok(found, found.answer())

    def replace(self, request: Request, record_id: str, body: AnyBody) -> Response:
        around = self.read_ahead(request.caller, record_id, body)
        old = self.to_change(request, record_id)
        new: AnyRecord = self._service.update(
            request.transaction, request.caller, old, body, *around
        )
        return ok(new, new.answer())

    def update(self, request: Request, record_id: str, body: Patch[AnyBody]) -> Response:
        old = self.to_change(request, record_id)
        whole = body.over(self.body_of(old, body))
        new: AnyRecord = self._service.update(request.transaction, request.caller, old, whole)
        return ok(new, new.answer())

    def delete(self, request: Request, record_id: str) -> Response:
        old = self.to_change(request, record_id)
        self._service.delete(request.transaction, request.caller, old)
        return no_content()

    def read_ahead(self, caller: Caller, record_id: str, body: AnyBody) -> tuple[Any, ...]:  # noqa: ARG002
        """Start the reads of a PUT, in parallel to reading the record: arguments of `update`."""
        return ()

    def body_of(self, old: AnyRecord, changes: Patch[AnyBody]) -> BaseModel:  # noqa: ARG002
        """Return what the changes of a PATCH are applied to."""
        return old

    def to_change(self, request: Request, record_id: str) -> AnyRecord:
        """Return a record in the version that the request demands.

        Raises:
            NotFoundError: The organization has no such record.
            VersionConflictError: The request demands another version.
        """
        old = self._service.find(request.caller, record_id)
        request.require_match(old)
        return old
