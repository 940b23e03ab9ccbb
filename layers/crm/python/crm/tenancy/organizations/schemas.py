"""An organization."""

from typing import ClassVar

from crm.platform.dynamodb.record import Record
from crm.platform.fields import Currency, Input, Name


class OrganizationCreate(Input):
    """Body of `POST /api/organizations`. `default_currency` defaults to the deployment's."""

    name: Name
    default_currency: Currency | None = None


class OrganizationReplace(Input):
    """The fields that a PATCH of an organization may change."""

    name: Name
    default_currency: Currency


class Organization(Record):
    """An organization: the closed circle that every other record belongs to."""

    KIND: ClassVar[str] = "organization"

    name: str
    default_currency: str
