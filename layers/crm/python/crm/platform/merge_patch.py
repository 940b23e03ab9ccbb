"""JSON merge patch (RFC 7396)."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from crm.platform import ids
from crm.platform.errors import ValidationFailedError
from crm.platform.validation import kinds_of, tag_of, validate

Model = TypeVar("Model", bound=BaseModel)
Implied = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Returns further changes that follow from the named ones."""


class Patch(Generic[Model]):
    """The changes of a PATCH, to be merged into the current record.

    Args:
        model: the model of all writable fields, as a PUT accepts them.
        changes: the JSON value of the body.

    Raises:
        ValidationFailedError: The body is not an object.
    """

    def __init__(self, model: type[Model], changes: Any) -> None:
        if not isinstance(changes, dict):
            raise ValidationFailedError.of("body", "must be an object")
        self._model = model
        self._changes: dict[str, Any] = changes

    def changes(self, field: str) -> dict[str, Any] | None:
        """Return the changes within a field that contains an object.

        The result is empty if the field is not named, None if the field is to be cleared.

        Raises:
            ValidationFailedError: The new value of the field is not an object.
        """
        inner = self._changes.get(field, {})
        if inner is not None and not isinstance(inner, dict):
            raise ValidationFailedError.of(field, "must be an object")
        return inner

    def names(self, field: str) -> bool:
        """Return whether the patch changes or clears a field."""
        return field in self._changes

    def clears(self, field: str) -> bool:
        """Return whether the patch clears a field."""
        return field in self._changes and self._changes[field] is None

    def named_id(self, field: str) -> str | None:
        """Return the new id in a field; None if it is not named, or its value is not an id."""
        named = self.named_text(field)
        return named if named is not None and ids.is_id(named) else None

    def named_text(self, field: str) -> str | None:
        """Return the new text of a field; None if it is not named, or its value is not text."""
        named = self._changes.get(field)
        return named if isinstance(named, str) else None

    def over(self, current: BaseModel, implied: Implied | None = None) -> Model:
        """Return all writable fields after the changes, validated like a PUT.

        Args:
            current: the record as it was read. If there are several kinds, it keeps its kind.
            implied: returns further changes that the named ones imply.

        Raises:
            ValidationFailedError: The result of the changes is invalid.
        """
        kind = self._kind_of(current)
        written = current.model_dump(include=set(kind.model_fields), exclude_none=True)
        changes = {**self._changes, **(implied(self._changes) if implied else {})}
        whole = validate(kind, {**self._unknown(kind), **merge(written, changes)})
        return whole if isinstance(whole, self._model) else self._model.model_validate(whole)

    def _unknown(self, kind: type[BaseModel]) -> dict[str, None]:
        """Return named fields that are not writable: clearing one is refused like any value."""
        known = {field.alias or name for name, field in kind.model_fields.items()}
        return dict.fromkeys(name for name in self._changes if name not in known)

    def _kind_of(self, current: BaseModel) -> type[BaseModel]:
        tag = tag_of(self._model)
        return kinds_of(self._model)[getattr(current, tag)] if tag else self._model


def merge(target: Any, changes: Any) -> Any:
    """Return the result of applying a merge patch; neither argument is changed."""
    if not isinstance(changes, dict):
        return changes
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result
