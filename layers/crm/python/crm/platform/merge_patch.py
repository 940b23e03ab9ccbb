"""JSON merge patch (RFC 7396)."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from crm.platform import ids
from crm.platform.errors import ValidationFailedError
from crm.platform.validation import kinds_of, tag_of, validate

Model = TypeVar("Model", bound=BaseModel)
Implied = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""What changes along with the changes that are named."""


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

    def names(self, field: str) -> bool:
        """Whether a field is to be changed, or cleared."""
        return field in self._changes

    def clears(self, field: str) -> bool:
        """Whether a field is to be left without a value."""
        return field in self._changes and self._changes[field] is None

    def named_id(self, field: str) -> str | None:
        """The id that a field is to have; None if it is not named, or by nothing that is an id."""
        named = self.named_text(field)
        return named if named is not None and ids.is_id(named) else None

    def named_text(self, field: str) -> str | None:
        """The text that a field is to have; None if it is not named, or by nothing that is text."""
        named = self._changes.get(field)
        return named if isinstance(named, str) else None

    def over(self, current: BaseModel, implied: Implied | None = None) -> Model:
        """The whole after the changes, validated as a PUT is.

        Args:
            current: the record as it was read. If there are several kinds, it keeps its kind.
            implied: what the changes bring along that they do not name.

        Raises:
            ValidationFailedError: what comes out of it cannot be accepted.
        """
        kind = self._kind_of(current)
        written = current.model_dump(include=set(kind.model_fields), exclude_none=True)
        changes = {**self._changes, **(implied(self._changes) if implied else {})}
        whole = validate(kind, {**self._unknown(kind), **merge(written, changes)})
        return whole if isinstance(whole, self._model) else self._model.model_validate(whole)

    def _unknown(self, kind: type[BaseModel]) -> dict[str, None]:
        """What is named that cannot be written: to clear it is refused as any other value is."""
        known = {field.alias or name for name, field in kind.model_fields.items()}
        return dict.fromkeys(name for name in self._changes if name not in known)

    def _kind_of(self, current: BaseModel) -> type[BaseModel]:
        tag = tag_of(self._model)
        return kinds_of(self._model)[getattr(current, tag)] if tag else self._model


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
