"""JSON merge patch (RFC 7396)."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from crm.errors import ValidationFailedError
from crm.validation import validate

Model = TypeVar("Model", bound=BaseModel)


class Patch(Generic[Model]):
    """The changes that a PATCH asks for, to be laid over what the record holds now.

    Args:
        model: the whole of what can be written, as a PUT takes it.
        changes: the body's JSON value.

    Raises:
        ValidationFailedError: the body is no object.
    """

    def __init__(self, model: type[Model], changes: Any) -> None:
        if not isinstance(changes, dict):
            raise ValidationFailedError.of("body", "must be an object")
        self._model = model
        self._changes: dict[str, Any] = changes

    def changes(self, field: str) -> dict[str, Any] | None:
        """What is to be changed within a field that holds an object.

        Nothing if it is not named; None if all of it is to be cleared.

        Raises:
            ValidationFailedError: the field is given something else than an object.
        """
        inner = self._changes.get(field, {})
        if inner is not None and not isinstance(inner, dict):
            raise ValidationFailedError.of(field, "must be an object")
        return inner

    def over(self, current: BaseModel) -> Model:
        """The whole after the changes, validated as a PUT is.

        Raises:
            ValidationFailedError: what comes out of it cannot be accepted.
        """
        written = current.model_dump(include=set(self._model.model_fields), exclude_none=True)
        return validate(self._model, merge(written, self._changes))


def merge(target: Any, changes: Any) -> Any:
    """The result of applying a merge patch; neither argument is changed."""
    if not isinstance(changes, dict):
        return changes
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result
