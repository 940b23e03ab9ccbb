"""JSON Schemas of the field types in `crm.platform.fields`, which validate in Python."""

from collections.abc import Callable
from typing import Any

from pydantic import AfterValidator, BeforeValidator

from crm.platform import fields

Function = Callable[..., Any]


def _validator(annotated: Any) -> Function:
    """Return the function that a field type validates with: the last of its validators."""
    validators = [
        one for one in annotated.__metadata__ if isinstance(one, (AfterValidator, BeforeValidator))
    ]
    return validators[-1].func


USER_ID = {"type": "string", "pattern": "^[A-Za-z0-9_|@.:-]{1,128}$"}

FORMATS: dict[Function, dict[str, Any]] = {
    _validator(fields.Id): {"type": "string", "format": "uuid"},
    _validator(fields.UserId): USER_ID,
    _validator(fields.EmailAddress): {"type": "string", "format": "email", "maxLength": 254},
    _validator(fields.Currency): {"type": "string", "pattern": "^[A-Z]{3}$"},
    _validator(fields.Country): {"type": "string", "pattern": "^[A-Za-z]{2}$"},
    _validator(fields.Date): {"type": "string", "format": "date"},
    _validator(fields.Time): {"type": "string", "format": "date-time"},
    _validator(fields.Moment): {
        "type": "string",
        "anyOf": [{"format": "date-time"}, {"format": "date"}],
    },
}
