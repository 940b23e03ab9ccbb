"""The routes of every kind of job."""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from crm.http.app import App, RouteFunction
from crm.http.named_routes import named
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.response import Response
from crm.jobs import service as jobs
from crm.jobs.records import Job
from crm.platform.fields import PageQuery

AnyJob = TypeVar("AnyJob", bound=Job)


class JobRoutes(Generic[AnyJob]):
    """Routes that list and read the jobs of a kind and, for some kinds, cancel one.

    Args:
        app: the function to register the routes with.
        kind: the job class.
        nouns: singular and plural, in paths and names.
        summaries: by verb: of `list` and `read`, and of `cancel`.
        cancel: cancels a job; None if the kind cannot be cancelled.
    """

    def __init__(
        self,
        app: App,
        kind: type[AnyJob],
        nouns: tuple[str, str],
        summaries: Mapping[str, str],
        cancel: Callable[[AnyJob], AnyJob] | None = None,
    ) -> None:
        self._kind = kind
        noun, several = nouns
        one = f"/api/{several}/<{noun}_id>"

        def route(run: RouteFunction, verb: str, what: str) -> RouteFunction:
            return named(run, f"{verb}_{what}", summaries[verb])

        listed = {"query": PageQuery, "answer": kind, "listed": True}
        app.get(f"/api/{several}", **listed)(route(self.list, "list", several))
        app.get(one, answer=kind)(route(self.read, "read", noun))
        if cancel is not None:

            def end(request: Request, job_id: str) -> Response:
                return Response(200, cancel(jobs.find(kind, request.caller, job_id)).answer())

            app.post(f"{one}/cancel", answer=kind, status=200)(route(end, "cancel", noun))

    def list(self, request: Request, query: PageQuery) -> Response:
        found = jobs.list_all(self._kind, request.caller)
        return page(
            request, query, found, lambda entries: jobs.rows(self._kind, request.caller, entries)
        )

    def read(self, request: Request, job_id: str) -> Response:
        return Response(200, jobs.find(self._kind, request.caller, job_id).answer())
