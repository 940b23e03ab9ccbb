"""Routes of one function: what they take, what they give, and everything they have in common.

A route's function gets the request, the ids in its path, and its body or query as a model. What
it stages in `request.transaction` is committed when it returns, together with the answer that an
`Idempotency-Key` keeps. If what it had read has changed by then, it runs again on what is there
now, for the caller as they are now: so two PATCHes of different fields both survive, and a stale
If-Match is found out.
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
    """A route, for the app, for the OpenAPI document and for the tests that compare them.

    Attributes:
        method: HTTP method.
        path: with the names of the ids that stand in it, such as `/api/documents/<document_id>`.
        function: what answers it.
        body: model of the JSON body; of the whole record for a PATCH.
        form_body: model of a multipart form that is taken as well.
        query: model of the query string.
        answer: model of the answer's body.
        listed: the answer is a page of such models.
        status: status of the answer.
        organization: needs the organization-id header, and a caller who is a member.
        public: needs no token.
        only_stages: its function reads and stages, and nothing comes of that before the commit:
            so an Idempotency-Key can be claimed while it runs.
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
        """The texts that stand for the ids in a path of this route; None for any other path."""
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
    """The routes of one function. The instance is its Lambda handler."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
            # A function that starts has a whole processor, one that answers a fraction of it.
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
        """The route of a path, with the texts for its ids; one without ids goes first."""
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
            told = UnavailableError() if is_overload(error) else CRMError()
            answer = problem(told, request.request_id)
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
    """Read what the request holds, then let the route answer it."""
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
    """An id of the path; whatever cannot be one names nothing that exists."""
    if name == "user_id" and is_user_id(text):
        return text
    if name.endswith("_id") and name != "user_id" and ids.is_id(text.lower()):
        return text.lower()
    if name == "n" and re.fullmatch("[1-9][0-9]{0,5}", text):
        return text
    raise NotFoundError


def _read_body(route: Route, request: Request, arguments: dict[str, Any]) -> Any:
    """Put the body among the arguments; what comes back stands for it in comparisons."""
    if route.body is None:
        return None
    if route.form_body is not None:
        # Most functions take no form, and start without its parser.
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
    """The ids of the path for the log, without what is none: a path may hold anything."""
    found: dict[str, str] = {}
    for name, text in path_ids.items():
        with suppress(NotFoundError):
            found[name] = _path_id(name, text)
    return found


def _made(answer: Response) -> str | None:
    """The id of what an answer says was made. Where other answers lead is nobody's business."""
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
        # What the key says outranks what came of running the route meanwhile.
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
    """An answer as API Gateway takes it."""
    headers = {"Cache-Control": "no-store", **answer.headers}
    if answer.body is not None:
        headers["Content-Type"] = answer.content_type
    return {
        "statusCode": answer.status,
        "headers": headers,
        "body": answer.text,
        "isBase64Encoded": False,
    }
