"""Request bodies of routes."""

from crm.http.app import Route
from tools.openapi.components import Components, Schema, patch_name, reference
from tools.openapi.examples import example

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
FORM = "multipart/form-data"


def of(route: Route, components: Components) -> Schema | None:
    """Return the body of a route; None if it takes none."""
    if route.body is None:
        return None
    names = {JSON: route.body.__name__}
    if route.method == "PATCH":
        names = dict.fromkeys([MERGE_PATCH, JSON], patch_name(route.body))
    if route.form_body:
        names[FORM] = route.form_body.__name__
    return {
        "required": True,
        "content": {media: _content(media, name, components) for media, name in names.items()},
    }


def _content(media: str, name: str, components: Components) -> Schema:
    content: Schema = {"schema": reference(name)}
    if media != FORM:
        content["example"] = example(reference(name), components.schemas)
    return content
