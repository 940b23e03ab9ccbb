"""The routes of one Lambda function: parameters, bodies, responses and what routes share.

A route function receives the request, the ids of the path, and the body or query as a model. The
writes that it stages in `request.transaction` are committed when it returns, together with the
response that an `Idempotency-Key` keeps. If an item that it read has changed by then, it runs again
on current data and for the caller as re-read: so two PATCHes of different fields both survive, and
a stale If-Match is detected.
"""

import os
import random
import re
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from pydantic import BaseModel

from crm.http import idempotency, rate_limit
from crm.http.request import Request
from crm.http.response import Response, problem
from crm.platform import ids, logging
from crm.platform.aws import is_overload
from crm.platform.dynamodb.parallel import ahead
from crm.platform.dynamodb.table import connection
from crm.platform.dynamodb.transaction import StaleReadError
from crm.platform.errors import CRMError, MethodNotAllowedError, NotFoundError, UnavailableError
from crm.platform.fields import is_user_id
from crm.platform.merge_patch import Patch
from crm.platform.validation import validate

RETRY_SECONDS = 20.0

RouteFunction = Callable[..., Response]

logger = Logger(stream=sys.stderr)


@dataclass(frozen=True)
class Route:
    """A route, as the app, the OpenAPI document and the tests that compare them read it.

    Attributes:
        method: HTTP method.
        path: with the names of its ids as placeholders, such as `/api/documents/<document_id>`.
        function: the function that answers it.
        body: model of the JSON body; for a PATCH, of the whole record.
        form_body: model of a multipart form that is accepted as well.
        query: model of the query string.
        answer: model of the response body.
        listed: the response is a page of such models.
        status: status of the response.
        organization: requires the organization-id header, and a caller who is a member.
        public: requires no token.
        only_stages: its function only reads and stages, without effects before the commit: so an
            Idempotency-Key can be claimed while it runs.
    """

    method: str
    path: str
    function: RouteFunction
    body: type[BaseModel] | None = None
    form_body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    listed: bool = False
    status: int = 200
    organization: bool = True
    public: bool = False
    only_stages: bool = False

    def ids_in(self, path: str) -> dict[str, str] | None:
        """Return the values of the ids in a path of this route; None for any other path."""
        expected, given = self.path.split("/"), path.split("/")
        if len(expected) != len(given):
            return None
        found = {}
        for part, text in zip(expected, given, strict=True):
            if part.startswith("<") and text:
                found[part[1:-1]] = text
            elif part != text:
                return None
        return found


class App:
    """The routes of one function. The instance is the Lambda handler."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
            # A starting function has a whole processor, an invocation only a fraction of one.
            _ = connection().client

    def __call__(self, event: dict[str, Any], _context: Any) -> dict[str, Any]:
        path = event["rawPath"].rstrip("/") or "/"
        method = event["requestContext"]["http"]["method"].upper()
        route, path_ids = self._find(method, path)
        in_organization = route is not None and route.organization
        request = Request({**event, "rawPath": path}, in_organization=in_organization)
        return _as_event(self._respond(route, request, path_ids))

    def get(self, path: str, **options: Any) -> Callable[[RouteFunction], RouteFunction]:
        return self._register("GET", path, options)

    def post(self, path: str, **options: Any) -> Callable[[RouteFunction], RouteFunction]:
        return self._register("POST", path, {"status": 201, **options})

    def put(self, path: str, **options: Any) -> Callable[[RouteFunction], RouteFunction]:
        return self._register("PUT", path, options)

    def patch(self, path: str, **options: Any) -> Callable[[RouteFunction], RouteFunction]:
        return self._register("PATCH", path, options)

    def delete(self, path: str, **options: Any) -> Callable[[RouteFunction], RouteFunction]:
        return self._register("DELETE", path, {"status": 204, **options})

    def _register(
        self, method: str, path: str, options: Mapping[str, Any]
    ) -> Callable[[RouteFunction], RouteFunction]:
        def register(function: RouteFunction) -> RouteFunction:
            self.routes.append(Route(method, path, function, **options))
            return function

        return register

    def _find(self, method: str, path: str) -> tuple[Route | None, dict[str, str]]:
        """Return the route of a path and its id values; the route with the fewest ids wins."""
        found = [
            (route, path_ids)
            for route in self.routes
            if route.method == method and (path_ids := route.ids_in(path)) is not None
        ]
        return min(found, key=lambda one: len(one[1]), default=(None, {}))

    def _refuse(self, request: Request) -> Response:
        allowed = sorted(
            route.method for route in self.routes if route.ids_in(request.path) is not None
        )
        if not allowed:
            raise NotFoundError
        if request.method == "OPTIONS":
            # The preflight of a browser: API Gateway adds the headers of its CORS configuration.
            return Response(204, headers={"Allow": ", ".join(["OPTIONS", *allowed])})
        raise MethodNotAllowedError(headers={"Allow": ", ".join(allowed)})

    def _respond(
        self, route: Route | None, request: Request, path_ids: Mapping[str, str]
    ) -> Response:
        started = time.perf_counter()
        try:
            answer = _run(route, request, path_ids) if route else self._refuse(request)
        except CRMError as error:
            answer = problem(error, request.request_id)
        except Exception as error:
            logger.error(
                "unforeseen exception",
                **logging.failure(error),
                request_id=request.request_id,
            )
            shown = UnavailableError() if is_overload(error) else CRMError()
            answer = problem(shown, request.request_id)
        logger.info(
            "request",
            request_id=request.request_id,
            method=request.method,
            route=route.path if route else None,
            status=answer.status,
            organization_id=request.known_organization,
            record=_logged_ids(path_ids),
            made=_made(answer),
            milliseconds=round((time.perf_counter() - started) * 1000, 1),
        )
        return answer


def _run(route: Route, request: Request, path_ids: Mapping[str, str]) -> Response:
    """Authenticate and parse the request, then call the route function."""
    if not route.public:
        rate_limit.admit(request.identity.user_id)
        request.authenticate()
    arguments: dict[str, Any] = {name: _path_id(name, text) for name, text in path_ids.items()}
    query = request.query(route.query)
    if query is not None:
        arguments["query"] = query
    fingerprint = _read_body(route, request, arguments)
    header = request.header("idempotency-key")
    if route.method != "POST" or header is None:
        return _commit(route, request, arguments, None)
    return _once(route, request, arguments, header, fingerprint)


def _path_id(name: str, text: str) -> str:
    """Return an id of the path; a value that cannot be an id names nothing that exists."""
    if name == "user_id" and is_user_id(text):
        return text
    if name.endswith("_id") and name != "user_id" and ids.is_id(text.lower()):
        return text.lower()
    if name == "n" and re.fullmatch("[1-9][0-9]{0,5}", text):
        return text
    raise NotFoundError


def _read_body(route: Route, request: Request, arguments: dict[str, Any]) -> Any:
    """Add the body to the arguments; return the value that stands for it in comparisons."""
    if route.body is None:
        return None
    if route.form_body is not None:
        # Most functions accept no form, and start without its parser.
        from crm.http import multipart

        if multipart.is_form(request):
            sent = multipart.parse(request)
            arguments["body"] = validate(route.form_body, sent.values())
            return sent.fingerprint()
    value = request.json_body
    if route.method == "PATCH":
        arguments["body"] = Patch(route.body, value)
    else:
        arguments["body"] = validate(route.body, value)
    return value


def _logged_ids(path_ids: Mapping[str, str]) -> dict[str, str]:
    """Return the path's ids for the log; other values are omitted, as a path may hold anything."""
    found: dict[str, str] = {}
    for name, text in path_ids.items():
        with suppress(NotFoundError):
            found[name] = _path_id(name, text)
    return found


def _made(answer: Response) -> str | None:
    """Return the id of the created record. Other locations are private, and are not logged."""
    location = answer.headers.get("Location")
    return location.rpartition("/")[2] if location and answer.status == 201 else None


def _once(
    route: Route, request: Request, arguments: dict[str, Any], header: str, fingerprint: Any
) -> Response:
    claim = ahead(
        partial(
            idempotency.begin,
            request.scope,
            request.identity.user_id,
            f"{route.method} {request.path}",
            header,
            fingerprint,
        )
    )
    if not route.only_stages and isinstance(held := claim(), Response):
        return held
    try:
        return _commit(route, request, arguments, claim)
    except BaseException:
        # The claim of the key outranks the result of running the route concurrently with it.
        held = claim()
        if isinstance(held, Response):
            return held
        held.release()
        raise


def _commit(
    route: Route,
    request: Request,
    arguments: dict[str, Any],
    claim: Callable[[], idempotency.Marker | Response] | None,
) -> Response:
    give_up = time.monotonic() + RETRY_SECONDS
    attempt = 0
    while True:
        try:
            answer = route.function(request, **arguments)
            if claim is not None:
                held = claim()
                if isinstance(held, Response):
                    return held
                held.complete(request.transaction, answer)
            request.transaction.commit()
        except StaleReadError as error:
            attempt += 1
            if time.monotonic() > give_up:
                raise UnavailableError("Too many writers at once.") from error
            time.sleep(random.uniform(0, 0.01 * min(attempt, 20)))  # noqa: S311
            request.begin_again()
        else:
            request.transaction.follow_up()
            return answer


def _as_event(answer: Response) -> dict[str, Any]:
    """Return a response in API Gateway's format."""
    headers = {"Cache-Control": "no-store", **answer.headers}
    if answer.body is not None:
        headers["Content-Type"] = answer.content_type
    return {
        "statusCode": answer.status,
        "headers": headers,
        "body": answer.text,
        "isBase64Encoded": False,
    }
