"""Validation by pydantic, with errors in the form of the HTTP contract."""

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, RootModel, ValidationError

from crm.platform.errors import FieldError, ValidationFailedError

Model = TypeVar("Model", bound=BaseModel)

MAX_ERRORS = 100
"""Errors per response at most: a body can have more unknown fields than fit into a response."""

_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is not a field that can be written",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "union_tag_not_found": "is required",
}

_TAG_ERRORS = {"union_tag_invalid", "union_tag_not_found"}


def tag_of(model: type[BaseModel]) -> str | None:
    """Return the field that distinguishes the kinds of a body; None if there is only one kind."""
    root = model.model_fields.get("root") if issubclass(model, RootModel) else None
    tag = root.discriminator if root else None
    return tag if isinstance(tag, str) else None


def kinds_of(model: type[BaseModel]) -> Mapping[str, type[BaseModel]]:
    """Return the kinds of a body by their tag; empty if the model has only one kind."""
    tag = tag_of(model)
    if tag is None:
        return {}
    kinds: tuple[type[BaseModel], ...] = get_args(model.model_fields["root"].annotation)
    return {get_args(kind.model_fields[tag].annotation)[0]: kind for kind in kinds}


def validate(
    model: type[Model], value: Any, within: str = "", context: Mapping[str, Any] | None = None
) -> Model:
    """Validate a value as a model.

    Args:
        model: the model.
        value: the value.
        within: the field that contains the value, if it is not the whole body.
        context: data for the validators of the model.

    Raises:
        ValidationFailedError: The value is invalid; the error lists each invalid field.
    """
    try:
        return model.model_validate(value, context=context)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:MAX_ERRORS]
        errors = [_field_error(dict(one), _path(model, dict(one), within)) for one in found]
        raise ValidationFailedError(
            f"{len(errors)} field{'s' if len(errors) > 1 else ''} cannot be accepted.", errors
        ) from None


def _path(model: type[BaseModel], error: Mapping[str, Any], within: str) -> str:
    """Return the path of the invalid field, without the tag of the body's kind."""
    steps = list(error["loc"])
    tag = tag_of(model)
    if error["type"] in _TAG_ERRORS:
        steps.append(tag)
    elif tag:
        steps = steps[1:]
    return ".".join(str(step) for step in [*([within] if within else []), *steps]) or "body"


def _field_error(error: Mapping[str, Any], path: str) -> FieldError:
    message = _MESSAGES.get(error["type"])
    if error["type"] == "union_tag_invalid":
        message = f"must be one of {error['ctx']['expected_tags']}"
    if message is None:
        text = str(error["msg"]).removeprefix("Value error, ")
        message = text[:1].lower() + text[1:]
    return FieldError(path[:255], message)
