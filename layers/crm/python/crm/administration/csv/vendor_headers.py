"""Column names of public contact exports: Google Contacts, Outlook, HubSpot. Pure.

Names are compared as `targets.folded` returns them. Google's are those of its current export and
of the previous one (`Given Name`, `E-mail 1 - Type`); Outlook's those of the desktop, of
outlook.com and of Google's "Outlook CSV"; HubSpot's those of contacts and companies.

Columns without a field (job title, birthday, labels, phonetic names, owners, life cycle stages)
are not listed: they fill a custom field of that name, or are reported as unmatched.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from crm.administration.csv.fields import NAME_PIECES, RecordType
from crm.administration.csv.targets import Target, folded

FALLBACK_NAMES = ("organization_name", "nickname")
"""Name pieces that name an entity which has no other name."""

_FIRST = ("Given Name", "Firstname", "Forename")
_MIDDLE = ("Middle Name", "Additional Name")
_LAST = ("Family Name", "Lastname", "Surname")
_ORGANIZATION = ("Organization Name", "Organization 1 - Name", "Company Name", "Company")
_FULL = ("Full Name", "Display Name", "Contact Name")

WORDS: Mapping[RecordType, Mapping[str, tuple[str, ...]]] = {
    "entity": {
        "name": _FULL,
        "note": ("Notes",),
        "first_name": _FIRST,
        "middle_name": _MIDDLE,
        "last_name": _LAST,
        "nickname": ("Nickname",),
        "organization_name": (*_ORGANIZATION, "Organization"),
    },
    "lead": {
        "first_name": _FIRST,
        "middle_name": _MIDDLE,
        "last_name": (*_LAST, "Name", *_FULL),
        "organization_name": (*_ORGANIZATION, "Organization", "Account Name"),
        "email": ("E-mail 1 - Value", "E-mail Address", "Email Address", "E-mail"),
        "phone": (
            "Phone 1 - Value",
            "Phone Number",
            "Business Phone",
            "Mobile Phone",
            "Mobile Phone Number",
            "Primary Phone",
            "Home Phone",
            "Telephone",
        ),
        "source": ("Lead Source", "Original Source", "Original Traffic Source"),
    },
}
"""Field or name piece → its column names, in order of precedence."""


class _Point(NamedTuple):
    channel: str
    label: str = ""
    primary: bool = False


_POINTS: Mapping[str, _Point] = {
    "E-mail Address": _Point("email"),
    "E-mail 2 Address": _Point("email"),
    "E-mail 3 Address": _Point("email"),
    "E-mail": _Point("email"),
    "Email Address": _Point("email"),
    "Work Email": _Point("email", "Work"),
    "Additional email addresses": _Point("email"),
    "Primary Phone": _Point("phone", primary=True),
    "Phone Number": _Point("phone"),
    "Telephone": _Point("phone"),
    "Company Main Phone": _Point("phone", "Company"),
    "Business Phone": _Point("phone", "Business"),
    "Business Phone 2": _Point("phone", "Business"),
    "Home Phone": _Point("phone", "Home"),
    "Home Phone 2": _Point("phone", "Home"),
    "Other Phone": _Point("phone", "Other"),
    "Car Phone": _Point("phone", "Car"),
    "Radio Phone": _Point("phone", "Radio"),
    "TTY/TDD Phone": _Point("phone", "TTY/TDD"),
    "Assistant's Phone": _Point("phone", "Assistant"),
    "Callback": _Point("phone", "Callback"),
    "ISDN": _Point("phone", "ISDN"),
    "Pager": _Point("phone", "Pager"),
    "Mobile Phone": _Point("mobile"),
    "Mobile Phone Number": _Point("mobile"),
    "Mobile Number": _Point("mobile"),
    "Business Fax": _Point("fax", "Business"),
    "Home Fax": _Point("fax", "Home"),
    "Other Fax": _Point("fax", "Other"),
    "Fax Number": _Point("fax"),
    "Web Page": _Point("website"),
    "Business Web Page": _Point("website", "Business"),
    "Personal Web Page": _Point("website", "Home"),
    "Website URL": _Point("website"),
    "Company Domain Name": _Point("website"),
    "LinkedIn URL": _Point("social", "LinkedIn"),
    "LinkedIn Company Page": _Point("social", "LinkedIn"),
    "Facebook Company Page": _Point("social", "Facebook"),
}

_KINDS = {"Business": "office", "Home": "home", "Other": "other"}
_OUTLOOK_ADDRESS = {
    "Street": "street",
    "Street 2": "street2",
    "Street 3": "street3",
    "Address PO Box": "po_box",
    "City": "city",
    "State": "region",
    "Postal Code": "postal_code",
    "Country/Region": "country",
    "Country": "country",
    "Address": "formatted",
}
_HUBSPOT_ADDRESS = {
    "Street Address": "street",
    "Street Address 2": "street2",
    "Address": "street",
    "City": "city",
    "State/Region": "region",
    "State": "region",
    "Postal Code": "postal_code",
    "Zip": "postal_code",
    "Zip Code": "postal_code",
    "Country/Region": "country",
    "Country": "country",
}
_GOOGLE_ADDRESS = {
    "street": "street",
    "extended address": "street2",
    "po box": "po_box",
    "city": "city",
    "region": "region",
    "postal code": "postal_code",
    "country": "country",
    "formatted": "formatted",
}
_GOOGLE_CHANNELS = {"e mail": "email", "phone": "phone", "website": "website"}
_GOOGLE = re.compile(r"(?P<group>(?P<thing>e mail|phone|website|address) [0-9]{1,3}) (?P<part>.+)")


def part(name: str) -> Target | None:
    """Return the child item of an entity that a column of these exports fills.

    Args:
        name: the name, as `folded` returns it.
    """
    match = _GOOGLE.fullmatch(name)
    return _parts().get(name) or (_google(match) if match else None)


def is_name(record_type: RecordType, field: str) -> bool:
    """Return whether a key of `WORDS` is a name piece, and not a field."""
    if record_type == "entity":
        return field in (*NAME_PIECES, *FALLBACK_NAMES)
    return field == "middle_name"


def _google(match: re.Match[str]) -> Target | None:
    thing, group, what = match["thing"], match["group"], match["part"]
    if what in ("label", "type"):
        return Target("label", thing, group=group)
    if thing == "address":
        piece = _GOOGLE_ADDRESS.get(what)
        return Target("address", piece, group=group) if piece else None
    return (
        Target("contact_point", _GOOGLE_CHANNELS[thing], group=group) if what == "value" else None
    )


@cache
def _parts() -> Mapping[str, Target]:
    return {folded(name): target for name, target in (*_addresses(), *_points())}


def _points() -> Iterator[tuple[str, Target]]:
    for name, (channel, label, primary) in _POINTS.items():
        yield (
            name,
            Target("contact_point", channel, group=name, label=label, primary=primary),
        )


def _addresses() -> Iterator[tuple[str, Target]]:
    for name, piece in _HUBSPOT_ADDRESS.items():
        yield name, Target("address", piece, group="address", label="office")
    for prefix, kind in _KINDS.items():
        for name, piece in _OUTLOOK_ADDRESS.items():
            yield f"{prefix} {name}", Target("address", piece, group=kind, label=kind)
