"""Pydantic field types that several resources share."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    RootModel,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import core_schema

from crm.platform import clock, ids

_LONGEST_NUMBER = 200
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([Ee][+-]?[0-9]{1,3})?")
_USER_ID = re.compile(r"[A-Za-z0-9_|@.:-]{1,128}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2}))?"
)


Kinds = TypeVar("Kinds")

ValueType = Literal[
    "text",
    "choice",
    "id",
    "user",
    "number",
    "boolean",
    "date",
    "datetime",
    "texts",
    "choices",
    "ids",
]
"""The types of the values of records; `texts`, `choices` and `ids` are lists."""


def exact(value: Any) -> Decimal:
    """Return the exact value of a JSON number or a decimal string.

    Raises:
        ValueError: The value is neither.
    """
    if isinstance(value, str):
        if len(value) <= _LONGEST_NUMBER and _NUMBER.fullmatch(value):
            return Decimal(value)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
        if number.is_finite():
            return number
    raise ValueError("must be a number, or a decimal string")


class Output(BaseModel):
    """A part of a response or of a stored item. Like all models it is built on first use.

    Building the validator of a model takes long, and a request uses few models.
    """

    model_config = ConfigDict(defer_build=True)


class Input(BaseModel):
    """A request body: no conversions, no unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class OneOf(RootModel[Kinds], Generic[Kinds]):
    """A union of several models, distinguished by a field."""

    model_config = ConfigDict(defer_build=True)


class Query(BaseModel):
    """The query parameters of a route."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Enumerated:
    """The annotation of a string that is one of several names.

    For pydantic it is what `Literal` is, with names that are not written at the annotation.

    Args:
        names: the names, in the order in which the API documents them.
    """

    def __init__(self, *names: str) -> None:
        self.names = names

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.literal_schema(list(self.names))


@dataclass(frozen=True)
class Stores:
    """The annotation of a stored field with the type of its values; pydantic ignores it."""

    type: ValueType


class PageQuery(Query):
    """The parameters of every list; a resource adds its filters."""

    limit: Annotated[int, Field(ge=1, le=100, description="Rows on a page.")] = 10
    offset: Annotated[int, Field(ge=0, le=1000, description="Rows to pass over.")] = 0
    cursor: Annotated[str | None, Field(description="From the `next` of an earlier page.")] = None


@dataclass(frozen=True)
class FormFile:
    """A file in a form.

    Attributes:
        name: the client's file name.
        content_type: the declared media type.
        content: the bytes of the file.
    """

    name: str
    content_type: str
    content: bytes


def same_name(name: str) -> str:
    """Return the form shared by all names that differ only in case and white space."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _one_line(text: str) -> str:
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise ValueError("must not hold control characters")
    return text


def _id(text: str) -> str:
    if not ids.is_id(text):
        raise ValueError("must be a UUID")
    return text


def is_user_id(text: str) -> bool:
    """Return whether a text can be a `sub`: characters of common issuers, and no delimiter."""
    return _USER_ID.fullmatch(text) is not None


def _user_id(text: str) -> str:
    if not is_user_id(text):
        raise ValueError("must be a user id")
    return text


def is_none(value: Any) -> bool:
    """Return whether a value is None: `exclude_if` of response fields left out rather than null."""
    return value is None


def _unique(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def normal_email(text: str) -> str:
    """Return an email address in its normal form.

    Raises:
        ValueError: The text is no address (RFC 5322, as parsed by the email-validator library).
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError("must be an email address") from error


@cache
def _url() -> TypeAdapter[Any]:
    """Return the validator of URLs, built on first use: few requests contain a URL."""
    from pydantic import HttpUrl

    return TypeAdapter(HttpUrl)


def normal_url(text: str) -> str:
    """Return a URL in its normal form.

    Raises:
        ValueError: The text is no absolute http or https URL (WHATWG URL, as parsed by pydantic).
    """
    try:
        return str(_url().validate_python(text))
    except ValidationError as error:
        raise ValueError("must be a web address, such as https://example.com") from error


def _country(text: str) -> str:
    from iso3166 import countries_by_alpha2

    if text.upper() not in countries_by_alpha2:
        raise ValueError("must be an ISO 3166-1 alpha-2 country code")
    return text.upper()


def _date(text: str) -> str:
    if not _DATE.fullmatch(text):
        raise ValueError("must be a date, YYYY-MM-DD")
    date.fromisoformat(text)
    return text


def _currency(text: str) -> str:
    from iso4217 import Currency

    try:
        return str(Currency(text).code)
    except ValueError as error:
        raise ValueError("must be an ISO 4217 currency code") from error


def _moment(value: Any) -> datetime:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("must be an RFC 3339 date-time or a date")
    moment = datetime.fromisoformat(value.upper())
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("must be a moment of the years 1 to 9999 in UTC") from error


def _time(text: str) -> str:
    if _DATE.fullmatch(text):
        raise ValueError("must be an RFC 3339 date-time")
    return clock.timestamp(_moment(text))


Number = Annotated[
    Any,
    AfterValidator(exact),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}], "examples": ["1250.50"]}),
]
"""A JSON number or a decimal string, exactly as it was sent."""

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=255),
    AfterValidator(_one_line),
]
"""A title or a name: 1 to 255 characters after trimming, on one line."""

PersonName = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=255), AfterValidator(_one_line)
]
"""The name of a person; empty if the user pool has none."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000)]
"""Free text of several lines."""

Id = Annotated[str, AfterValidator(_id)]
"""The id of a record."""

UserId = Annotated[str, AfterValidator(_user_id)]
"""A `sub` of the user pool."""

Ids = Annotated[list[Id], AfterValidator(_unique)]
UserIds = Annotated[list[UserId], AfterValidator(_unique)]

EmailAddress = Annotated[str, StringConstraints(max_length=254), AfterValidator(normal_email)]
"""An email address in its normal form."""

Currency = Annotated[str, StringConstraints(max_length=3), AfterValidator(_currency)]
"""An ISO 4217 code."""

Country = Annotated[str, StringConstraints(max_length=2), AfterValidator(_country)]
"""An ISO 3166-1 alpha-2 code."""

Date = Annotated[str, AfterValidator(_date)]
"""A date, `YYYY-MM-DD`."""

Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A date-time, or a date, which is its first moment in UTC."""

Time = Annotated[str, AfterValidator(_time)]
"""A date-time, as Brook writes it: UTC, milliseconds, `Z`."""

StoredId = Annotated[str, Stores("id")]
StoredUserId = Annotated[str, Stores("user")]
StoredTime = Annotated[str, Stores("datetime")]
StoredNumber = Annotated[str, Stores("number")]
"""Types of fields that the server sets: they are stored as they are, without validation."""
