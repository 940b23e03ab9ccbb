"""Success responses of routes."""

from pydantic import BaseModel

from crm.http.app import Route
from crm.platform.validation import kinds_of
from tools.openapi import docstrings, particulars
from tools.openapi.components import Schema, page_name, reference
from tools.openapi.problems import JSON

_HEADERS: dict[str, tuple[str, bool, Schema]] = {
    "ETag": ("The record's version, in quotes.", True, {"type": "string", "pattern": '^"[0-9]+"$'}),
    "Location": ("Where it is.", True, {"type": "string", "format": "uri-reference"}),
    "Idempotent-Replayed": (
        "There, and true, when this is the first answer again.",
        False,
        {"type": "string", "const": "true"},
    ),
}


class NoAnswerError(Exception):
    """A route declares no response model."""


def of(route: Route) -> Schema:
    """Return the response of a route's own status."""
    answer: Schema = {"description": _description(route)}
    names = _headers(route)
    if names:
        answer["headers"] = {
            name: {"$ref": f"#/components/headers/{name}"} for name in sorted(names)
        }
    if route.status not in {204, 302}:
        answer["content"] = _content(route)
    return answer


def shared_headers() -> dict[str, Schema]:
    """Return the headers of responses, as components."""
    return {
        name: {"description": description, "required": required, "schema": schema}
        for name, (description, required, schema) in sorted(_HEADERS.items())
    }


def _description(route: Route) -> str:
    if route.status == 204:
        return "Done."
    if route.status == 302:
        return "Go to `Location`."
    if route.answer is None:
        return docstrings.read(route.function).text
    return "One page of the list." if route.listed else docstrings.read(route.answer).text


def _content(route: Route) -> Schema:
    name = route.function.__name__
    if name in particulars.CONTENT:
        media_type, schema = particulars.CONTENT[name]
        return {media_type: {"schema": schema}}
    if route.answer is None:
        raise NoAnswerError(f"{name} names no model of its answer")
    model = page_name(route.answer) if route.listed else route.answer.__name__
    content = {JSON: {"schema": reference(model)}}
    if name in particulars.ALTERNATIVES:
        media_type, schema = particulars.ALTERNATIVES[name]
        content[media_type] = {"schema": schema}
    return content


def _headers(route: Route) -> list[str]:
    return [
        *(["ETag"] if route.answer and not route.listed and _has_version(route.answer) else []),
        *(["Location"] if route.status in {201, 302} else []),
        *(["Idempotent-Replayed"] if route.method == "POST" else []),
    ]


def _has_version(model: type[BaseModel]) -> bool:
    """Return whether a response is one record, by itself or as its main part."""
    parts = [field.annotation for field in model.model_fields.values()]
    models = [one for one in parts if isinstance(one, type) and issubclass(one, BaseModel)]
    return any("version" in one.model_fields for one in [model, *models, *kinds_of(model).values()])
