"""The routes of every kind of owned record."""

from collections.abc import Mapping
from typing import Generic

from pydantic import BaseModel

from crm.http.app import App, RouteFunction
from crm.http.named_routes import named
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.response import Response, created, no_content, ok
from crm.platform.fields import PageQuery
from crm.platform.merge_patch import Patch
from crm.records import repository as owned
from crm.records.history import service as history
from crm.records.history.schemas import HistoryRow
from crm.records.owned_service import AnyBody, AnyOwned, AnyQuery, OwnedService
from crm.records.registry import PLURALS

_SUMMARIES = {
    "list": "The caller's {several}: created, assigned, shared with their teams; all, for admins.",
    "read": "One {one}.",
    "history": "What became of the {one}: one row for each version, newest first.",
}


class OwnedRoutes(Generic[AnyOwned, AnyBody, AnyQuery]):
    """Routes that create, list, read, change and delete the records of a kind, and their history.

    A kind that answers one of them differently overrides its method.

    Args:
        app: the function to register the routes with.
        service: the service of the kind.
        answer: the model of a record in lists and in responses to writes, if it is not the stored
            one.
        detail: the model of a single record that is read, if it has more fields.
        summaries: of `create`, `replace`, `update` and `delete`, and of others that differ by kind.
    """

    def __init__(
        self,
        app: App,
        service: OwnedService[AnyOwned, AnyBody, AnyQuery],
        *,
        answer: type[BaseModel] | None = None,
        detail: type[BaseModel] | None = None,
        summaries: Mapping[str, str],
    ) -> None:
        self._service, self._model = service, service.model
        noun = self._model.KIND
        several = PLURALS[noun]
        self._path = f"/api/{several}"

        def route(run: RouteFunction, name: str) -> RouteFunction:
            summary = {**_SUMMARIES, **summaries}[run.__name__]
            return named(run, name, summary.format(one=noun, several=several))

        one, shown = f"{self._path}/<{noun}_id>", answer or self._model
        write = {"body": self._model.BODY, "answer": shown}
        listed = {"answer": shown, "query": self._model.QUERY, "listed": True}
        versions = {"answer": HistoryRow, "query": PageQuery, "listed": True}
        app.post(self._path, **write, only_stages=True)(route(self.create, f"create_{noun}"))
        app.get(self._path, **listed)(route(self.list, f"list_{several}"))
        app.get(one, answer=detail or shown)(route(self.read, f"read_{noun}"))
        app.put(one, **write)(route(self.replace, f"replace_{noun}"))
        app.patch(one, **write)(route(self.update, f"update_{noun}"))
        app.delete(one)(route(self.delete, f"delete_{noun}"))
        app.get(f"{one}/history", **versions)(route(self.history, f"list_{noun}_history"))

    def create(self, request: Request, body: AnyBody) -> Response:
        known = self._service.definitions(request.caller)
        new = self._service.create(request.transaction, request.caller, request.new_id, body, known)
        return created(f"{self._path}/{new.id}", new, self._service.answer(new, known))

    def list(self, request: Request, query: AnyQuery) -> Response:
        found = self._service.search(request.caller, query)
        return page(
            request,
            query,
            found,
            lambda entries: self._service.rows(request.caller, query, entries),
        )

    def read(self, request: Request, record_id: str) -> Response:
        known = self._service.definitions(request.caller)
        record = owned.find(self._model, request.caller, record_id)
        return ok(record, self._service.answer(record, known))

    def replace(self, request: Request, record_id: str, body: AnyBody) -> Response:
        known = self._service.definitions(request.caller)
        around = self._service.read_ahead(request.caller, body)
        old = self._to_change(request, record_id)
        custom = known.replace(body.model_dump()["custom_fields"], old.custom_fields)
        new = self._service.update(request.transaction, request.caller, old, body, custom, around)
        return ok(new, self._service.answer(new, known))

    def update(self, request: Request, record_id: str, body: Patch[AnyBody]) -> Response:
        known = self._service.definitions(request.caller)
        around = self._service.read_ahead(request.caller, body)
        old = self._to_change(request, record_id)
        new = self._service.patch(request.transaction, request.caller, old, body, known, around)
        return ok(new, self._service.answer(new, known))

    def delete(self, request: Request, record_id: str) -> Response:
        self._service.delete(self._to_change(request, record_id))
        return no_content()

    def history(self, request: Request, record_id: str, query: PageQuery) -> Response:
        return page(
            request,
            query,
            history.list_all(self._model, request.caller.organization_id, record_id),
            history.rows,
            lambda: owned.find(self._model, request.caller, record_id),
        )

    def _to_change(self, request: Request, record_id: str) -> AnyOwned:
        old = owned.find_to_change(self._model, request.caller, record_id)
        request.require_match(old)
        return old
