"""The custom fields of a record type, and what they make of the values of a record. Pure.

A record keeps what `create`, `replace`, `patch` and `fill` return, and answers what `answer` makes
of it. Values whose definition is gone stay where they are, out of sight.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from crm.platform.errors import CustomFieldValidationError, FieldError
from crm.records.custom_fields.schemas import Definition
from crm.records.custom_fields.values import Stored, Value, is_blank, normal

MAX_BYTES = 150_000
"""Of all custom fields of a record together: both versions of it fit an item of its history."""

MAX_ERRORS = 100
"""How many errors one answer tells of: a body can hold more unknown names than an answer."""

StoredFields = dict[str, Any]


class Definitions:
    """What is defined for a record type, in display order.

    Args:
        definitions: as `service.definitions` reads them, once for a request; they are looked at
            when they are first needed.
    """

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._given = definitions

    @cached_property
    def _definitions(self) -> dict[str, Definition]:
        return {one.field_name: one for one in self._given}

    def __iter__(self) -> Iterator[Definition]:
        return iter(self._definitions.values())

    def require_fit(self, name: str, value: Any) -> None:
        """Raises: ValueError: there is no such field, or it does not take the value."""
        self._checked(name, value, {})

    def create(self, values: Mapping[str, Any] | None) -> StoredFields:
        """What a new record stores.

        Args:
            values: `custom_fields` of the body. Fields that it does not name get their defaults.

        Raises:
            CustomFieldValidationError: unknown names, wrong values, required ones that are
                missing; all of them at once.
        """
        return self.replace(values, {})

    def defaults(self) -> StoredFields:
        """What a new record stores that nobody was asked for: required ones may be missing."""
        defaults = {name: one.default_value for name, one in self._definitions.items()}
        return self._written({name: one for name, one in defaults.items() if one is not None}, {})

    def replace(self, values: Mapping[str, Any] | None, stored: Stored) -> StoredFields:
        """What a record stores after a PUT.

        Args:
            values: `custom_fields` of the body. Fields that it does not name get their defaults.
            stored: what the record stores now.

        Raises:
            CustomFieldValidationError: as for `create`.
        """
        defaults = {name: one.default_value for name, one in self._definitions.items()}
        return self._written({**defaults, **(values or {})}, stored)

    def patch(self, changes: Mapping[str, Any] | None, stored: Stored) -> StoredFields:
        """What a record stores after a merge patch. What it does not name is not looked at.

        Args:
            changes: `custom_fields` of the body as it was sent; None clears all fields.
            stored: what the record stores now.

        Raises:
            CustomFieldValidationError: unknown names, wrong values, null for a required one;
                all of them at once.
        """
        if changes is None:
            changes = dict.fromkeys(self.answer(stored))
        return self._written(changes, stored)

    def fill(self, stored: Stored, other: Stored) -> StoredFields:
        """What a record stores that takes in another one: its own values, its gaps filled.

        Args:
            stored: what the record stores.
            other: what the record stores that is taken in.

        Raises:
            CustomFieldValidationError: together they are too large.
        """
        gaps = {
            name: typed
            for name, typed in other.items()
            if name not in stored or (self._shows(name, other) and not self._shows(name, stored))
        }
        return self._fitted({**stored, **gaps})

    def answer(self, stored: Stored) -> dict[str, Value]:
        """What a client sees: the values that are defined, in display order.

        Args:
            stored: what the record stores.
        """
        return {
            name: stored[name][one.field_type]
            for name, one in self._definitions.items()
            if self._shows(name, stored)
        }

    def _written(self, sent: Mapping[str, Any], stored: Stored) -> StoredFields:
        """What is stored when these names have these values, and the others what they had."""
        result: StoredFields = {
            name: typed
            for name, typed in stored.items()
            if name not in sent or not self._shows(name, stored)
        }
        errors: list[FieldError] = []
        for name, value in sent.items():
            try:
                result.update(self._checked(name, value, stored))
            except ValueError as error:
                errors.append(FieldError(f"custom_fields.{name}"[:255], str(error)))
        if errors:
            raise _invalid(errors)
        return self._fitted(result)

    def _checked(self, name: str, value: Any, stored: Stored) -> StoredFields:
        """One field as it is stored, nothing for one that is cleared.

        Raises:
            ValueError: it cannot have this value.
        """
        definition = self._definitions.get(name)
        if definition is None:
            raise ValueError("is not defined")
        standing = stored[name][definition.field_type] if self._shows(name, stored) else None
        checked = check(definition, value, standing)
        return {} if checked is None else {name: {definition.field_type: checked}}

    def _shows(self, name: str, stored: Stored) -> bool:
        """Whether a stored value has a definition of its own type."""
        definition = self._definitions.get(name)
        return definition is not None and definition.field_type in stored.get(name, {})

    def _fitted(self, result: StoredFields) -> StoredFields:
        """The values, those out of sight only while there is room: they must block nothing.

        Raises:
            CustomFieldValidationError: those in sight are too large.
        """
        if _size(result) <= MAX_BYTES:
            return result
        shown = {name: typed for name, typed in result.items() if self._shows(name, result)}
        if _size(shown) > MAX_BYTES:
            message = f"must not hold more than {MAX_BYTES:,} bytes in all"
            raise _invalid([FieldError("custom_fields", message)])
        return shown


def check(definition: Definition, value: Any, standing: Value | None = None) -> Value | None:
    """A value as its field stores it; None for null.

    Args:
        definition: the field's.
        value: a JSON value.
        standing: what the record has now. A choice that has been withdrawn since may stay.

    Raises:
        ValueError: the field cannot have this value.
    """
    if definition.is_required and is_blank(value):
        raise ValueError("is required")
    if value is None:
        return None
    return normal(definition.field_type, value, _choices(definition, standing))


def _choices(definition: Definition, standing: Value | None) -> Collection[str]:
    if isinstance(standing, str):
        return {*definition.choices, standing}
    return {*definition.choices, *(standing if isinstance(standing, list) else ())}


def _invalid(errors: list[FieldError]) -> CustomFieldValidationError:
    count = f"{len(errors)} custom field{'s' if len(errors) > 1 else ''}"
    return CustomFieldValidationError(f"{count} cannot be accepted.", errors[:MAX_ERRORS])


def _size(stored: Stored) -> int:
    return len(json.dumps(stored, ensure_ascii=False).encode())
