"""The fields of each record kind, taken from its models. Pure.

Rules and CSV files name the same fields as the API. So a field is described once, where the models
of its kind define it: the record's model says which fields there are and what the server sets, the
model of its body says which of them can be written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from crm.platform.fields import Date, Enumerated, Id, Number, Stores, Time, UserId, ValueType
from crm.platform.validation import kinds_of, tag_of
from crm.records.registry import RECORD_KINDS
from crm.records.shared_record import SharedRecord

CUSTOM_FIELDS = "custom_fields"
_ACCESS = ("assigned_to", "shared_with")

_TYPES: tuple[tuple[Any, ValueType], ...] = (
    (Date, "date"),
    (Time, "datetime"),
    (Id, "id"),
    (UserId, "user"),
    (Number, "number"),
    (bool, "boolean"),
    (int, "number"),
)
"""Types of fields with the type of their values; all others hold text."""


@dataclass(frozen=True)
class RecordField:
    """A field of a record kind.

    Attributes:
        type: the type of its values.
        body: its type in the body that writes it, without null; None if the server sets it.
        choices: the possible values of a field of choices.
        settable: the choices that a body accepts.
        required: whether a body cannot clear it.
    """

    type: ValueType
    body: Any = None
    choices: tuple[str, ...] = ()
    settable: tuple[str, ...] = ()
    required: bool = False


@cache
def fields(record_type: str) -> Mapping[str, RecordField]:
    """Return the fields that responses show, except custom fields.

    Those of all records come first, then the kind's own, then its owner and teams.

    Args:
        record_type: the name of a record kind.
    """
    model = RECORD_KINDS[record_type]
    written = _body_types(model)
    found = {
        name: _field(stored, written.get(name))
        for name, stored in _types(model)
        if name not in {*model.private, CUSTOM_FIELDS}
    }
    last = {name: found.pop(name) for name in _ACCESS if name in found}
    return {**found, **last}


@cache
def writable(record_type: str) -> tuple[str, ...]:
    """Return the names of the fields that a body can write, in the order of the body.

    Args:
        record_type: the name of a record kind.
    """
    return tuple(_body_types(RECORD_KINDS[record_type]))


def _types(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a model with their types as they are annotated."""
    hints = get_type_hints(model, include_extras=True)
    return ((name, hints[name]) for name in model.model_fields)


def _body_types(model: type[SharedRecord]) -> dict[str, Any]:
    """Return the types of the fields of all bodies of a kind, by name."""
    bodies = kinds_of(model.BODY)
    found: dict[str, Any] = {}
    for body in bodies.values() or [model.BODY]:
        for name, annotated in _types(body):
            found.setdefault(name, annotated)
    if tag := tag_of(model.BODY):
        found[tag] = Annotated[str, Enumerated(*bodies)]
    return {name: annotated for name, annotated in found.items() if name != CUSTOM_FIELDS}


def _field(stored: Any, written: Any) -> RecordField:
    choices = _choices(_plain(stored))
    if written is None:
        return RecordField(_type_of(_plain(stored)), choices=choices)
    body = _plain(written)
    return RecordField(
        "choice" if choices else _type_of(body),
        body,
        choices,
        _choices(body),
        required=not (_is_optional(stored) and _is_optional(written)),
    )


def _parts(annotated: Any) -> tuple[Any, ...]:
    """Return the members of a union, which may be within an annotation; else the type itself."""
    inner = annotated
    if get_origin(annotated) is Annotated and get_origin(get_args(annotated)[0]) in _UNIONS:
        inner = get_args(annotated)[0]
    return get_args(inner) if get_origin(inner) in _UNIONS else (annotated,)


_UNIONS = (Union, UnionType)


def _plain(annotated: Any) -> Any:
    """Return a type without null."""
    [plain] = (one for one in _parts(annotated) if one is not NoneType)
    return plain


def _is_optional(annotated: Any) -> bool:
    return NoneType in _parts(annotated)


def _choices(plain: Any) -> tuple[str, ...]:
    """Return the names of a `Literal` or an `Enumerated`; empty for other types."""
    if get_origin(plain) is Literal:
        return get_args(plain)
    found = (one for one in _metadata(plain) if isinstance(one, Enumerated))
    return next((one.names for one in found), ())


def _type_of(plain: Any) -> ValueType:
    if _choices(plain):
        return "choice"
    for one in _metadata(plain):
        if isinstance(one, Stores):
            return one.type
    inner = get_args(plain)[0] if get_origin(plain) is Annotated else plain
    if get_origin(inner) is list:
        return "ids" if get_args(inner)[0] == Id else "texts"
    return next((found for known, found in _TYPES if known in (plain, inner)), "text")


def _metadata(plain: Any) -> tuple[Any, ...]:
    return get_args(plain)[1:] if get_origin(plain) is Annotated else ()
