"""pydantic's findings, said in the contract's words."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from crm.errors import FieldError, ValidationFailedError

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
}


def validate(model: type[Model], value: Any, within: str = "") -> Model:
    """Read a value as a model.

    Args:
        model: the model.
        value: the value.
        within: the field that holds the value, if it is not the whole.

    Raises:
        ValidationFailedError: one entry for each field at fault.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:MAX_ERRORS]
        errors = [_field_error(dict(one), within) for one in found]
        raise ValidationFailedError(
            f"{len(errors)} field{'s' if len(errors) > 1 else ''} cannot be accepted.", errors
        ) from None


def _field_error(error: Mapping[str, Any], within: str) -> FieldError:
    steps = [*([within] if within else []), *error["loc"]]
    path = ".".join(str(step) for step in steps) or "body"
    message = _MESSAGES.get(error["type"])
    if message is None:
        text = str(error["msg"]).removeprefix("Value error, ")
        message = text[:1].lower() + text[1:]
    return FieldError(path[:255], message)
