"""Definitions of a record type's custom fields, and validation of their values. Pure.

A record stores what `create`, `replace`, `patch` and `fill` return, and a response holds what
`answer` returns. Values whose definition is deleted stay stored and are not shown.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from crm.platform.errors import CustomFieldValidationError, FieldError
from crm.records.custom_fields.schemas import Definition
from crm.records.custom_fields.values import Stored, Value, is_blank, normal

MAX_BYTES = 150_000
"""Size of all custom fields of a record: both of its versions fit one item of its history."""

MAX_ERRORS = 100
"""Errors per response: a body can hold more unknown names than a response can."""

StoredFields = dict[str, Any]


class Definitions:
    """The definitions of a record type, in display order.

    Args:
        definitions: the result of `service.definitions`, read once per request; it is iterated
            on first use.
    """

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._given = definitions

    @cached_property
    def _definitions(self) -> dict[str, Definition]:
        return {one.field_name: one for one in self._given}

    def __iter__(self) -> Iterator[Definition]:
        return iter(self._definitions.values())

    def require_fit(self, name: str, value: Any) -> None:
        """Raises: ValueError: The field is not defined, or does not accept the value."""
        self._checked(name, value, {})

    def create(self, values: Mapping[str, Any] | None) -> StoredFields:
        """Return the stored custom fields of a new record.

        Args:
            values: `custom_fields` of the body. Fields that it does not name get their defaults.

        Raises:
            CustomFieldValidationError: The values hold unknown names or wrong values, or required
                fields are missing; all of them are reported at once.
        """
        return self.replace(values, {})

    def defaults(self) -> StoredFields:
        """Return the defaults for a record made without a body: required fields may be missing."""
        defaults = {name: one.default_value for name, one in self._definitions.items()}
        return self._written({name: one for name, one in defaults.items() if one is not None}, {})

    def replace(self, values: Mapping[str, Any] | None, stored: Stored) -> StoredFields:
        """Return the stored custom fields of a record after a PUT.

        Args:
            values: `custom_fields` of the body. Fields that it does not name get their defaults.
            stored: the record's stored custom fields.

        Raises:
            CustomFieldValidationError: The values are invalid, as for `create`.
        """
        defaults = {name: one.default_value for name, one in self._definitions.items()}
        return self._written({**defaults, **(values or {})}, stored)

    def patch(self, changes: Mapping[str, Any] | None, stored: Stored) -> StoredFields:
        """Return the stored custom fields after a merge patch. Unnamed fields are not validated.

        Args:
            changes: `custom_fields` of the body as it was sent; None clears all fields.
            stored: the record's stored custom fields.

        Raises:
            CustomFieldValidationError: The changes hold unknown names, wrong values, or null for
                a required field; all of them are reported at once.
        """
        if changes is None:
            changes = dict.fromkeys(self.answer(stored))
        return self._written(changes, stored)

    def fill(self, stored: Stored, other: Stored) -> StoredFields:
        """Return a record's stored custom fields, with gaps filled from a record merged into it.

        Args:
            stored: the custom fields of the record that stays.
            other: the custom fields of the record that is merged into it.

        Raises:
            CustomFieldValidationError: The custom fields of both are too large together.
        """
        gaps = {
            name: typed
            for name, typed in other.items()
            if name not in stored or (self._shows(name, other) and not self._shows(name, stored))
        }
        return self._fitted({**stored, **gaps})

    def answer(self, stored: Stored) -> dict[str, Value]:
        """Return the values of a response: those with a definition, in display order.

        Args:
            stored: the record's stored custom fields.
        """
        return {
            name: stored[name][one.field_type]
            for name, one in self._definitions.items()
            if self._shows(name, stored)
        }

    def _written(self, sent: Mapping[str, Any], stored: Stored) -> StoredFields:
        """Return the stored fields with the sent names changed and all others kept."""
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
        """Return one field in its stored form; empty for a cleared field.

        Raises:
            ValueError: The field does not accept the value.
        """
        definition = self._definitions.get(name)
        if definition is None:
            raise ValueError("is not defined")
        standing = stored[name][definition.field_type] if self._shows(name, stored) else None
        checked = check(definition, value, standing)
        return {} if checked is None else {name: {definition.field_type: checked}}

    def _shows(self, name: str, stored: Stored) -> bool:
        """Return whether a stored value has a definition of its own type."""
        definition = self._definitions.get(name)
        return definition is not None and definition.field_type in stored.get(name, {})

    def _fitted(self, result: StoredFields) -> StoredFields:
        """Return the values, without hidden ones if there is no room: those must block no write.

        Raises:
            CustomFieldValidationError: The shown values are too large.
        """
        if _size(result) <= MAX_BYTES:
            return result
        shown = {name: typed for name, typed in result.items() if self._shows(name, result)}
        if _size(shown) > MAX_BYTES:
            message = f"must not hold more than {MAX_BYTES:,} bytes in all"
            raise _invalid([FieldError("custom_fields", message)])
        return shown


def check(definition: Definition, value: Any, standing: Value | None = None) -> Value | None:
    """Return a value in the form in which its field stores it; None for null.

    Args:
        definition: the field's definition.
        value: a JSON value.
        standing: the record's current value. A choice removed since then is still accepted.

    Raises:
        ValueError: The field does not accept the value.
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
