"""pydantic's findings, said in the contract's words."""

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, RootModel, ValidationError

from crm.platform.errors import FieldError, ValidationFailedError

Model = TypeVar("Model", bound=BaseModel)

MAX_ERRORS = 100
"""How many errors one answer tells of: a body can hold more unknown names than an answer."""

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
    """The field that tells which of several kinds a body is of; None if there is but one kind."""
    root = model.model_fields.get("root") if issubclass(model, RootModel) else None
    tag = root.discriminator if root else None
    return tag if isinstance(tag, str) else None


def kinds_of(model: type[BaseModel]) -> Mapping[str, type[BaseModel]]:
    """The kinds of body that a model stands for, by their tag; none if it is one by itself."""
    tag = tag_of(model)
    if tag is None:
        return {}
    kinds: tuple[type[BaseModel], ...] = get_args(model.model_fields["root"].annotation)
    return {get_args(kind.model_fields[tag].annotation)[0]: kind for kind in kinds}


def validate(
    model: type[Model], value: Any, within: str = "", context: Mapping[str, Any] | None = None
) -> Model:
    """Read a value as a model.

    Args:
        model: the model.
        value: the value.
        within: the field that holds the value, if it is not the whole.
        context: what validators of the model need to know.

    Raises:
        ValidationFailedError: one entry for each field at fault.
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
    """The field at fault. Which kind of body was looked at is no part of its name."""
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
