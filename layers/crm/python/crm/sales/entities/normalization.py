"""Normal forms of identifiers and contact points, for any spelling. Pure."""

import re
import unicodedata

from crm.platform.fields import normal_email, normal_url

PHONE_CHANNELS = ("phone", "mobile", "fax")
URL_CHANNELS = ("website", "social")
EMAIL_CHANNELS = ("email",)

MAX_VALUE = 500
"""Characters of a contact point, also in normal form."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PREFIX = re.compile(r"[A-Z]{2}(?=.)")


def phone(text: str) -> str:
    """Return a phone number in E.164.

    Raises:
        ValueError: The text is no number in international form, with a leading + or 00.
    """
    from phonenumbers import (
        NumberParseException,
        PhoneNumberFormat,
        ValidationResult,
        format_number,
        is_possible_number_with_reason,
        parse,
    )

    try:
        number = parse(re.sub(r"^\s*00", "+", text), None)
    except NumberParseException as error:
        raise ValueError("must be a phone number with its country code, such as +44...") from error
    # E.164 has no numbers that can only be dialled locally.
    if is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        raise ValueError("must be a phone number of the right length")
    normal = format_number(number, PhoneNumberFormat.E164)
    # In a number of zeros only, each parsing takes some of them as a dialling prefix.
    if parse(normal, None) != number:
        raise ValueError("must be a phone number that can be dialled")
    return normal


def url(text: str) -> str:
    """Return a web address in normal form; the scheme defaults to https.

    Raises:
        ValueError: The text is no http or https address.
    """
    return normal_url(text if _SCHEME.match(text) else f"https://{text}")


def of_channel(channel: str, text: str) -> str:
    """Return the value of a contact point in its normal form.

    Raises:
        ValueError: The text is no value of its channel.
    """
    if channel in PHONE_CHANNELS:
        return phone(text)
    value = normal_email(text) if channel in EMAIL_CHANNELS else url(text)
    if len(value) > MAX_VALUE:
        raise ValueError(f"must have at most {MAX_VALUE} characters in its normal form")
    return value


def comparable(channel: str, value: str) -> str:
    """Return the form in which contact points are compared: the case of mailboxes is ignored."""
    return value.casefold() if channel in EMAIL_CHANNELS else value


def lookups(text: str) -> dict[str, tuple[str, ...]]:
    """Return possible readings of a text as a contact point: value to compare → its channels."""
    found: dict[str, tuple[str, ...]] = {}
    for channels in (EMAIL_CHANNELS, PHONE_CHANNELS, URL_CHANNELS):
        try:
            found[comparable(channels[0], of_channel(channels[0], text))] = channels
        except ValueError:
            continue
    return found


def telling(text: str) -> str:
    """Return an identifier as it was sent.

    Raises:
        ValueError: The text holds no characters to compare it by.
    """
    if not _plain(text):
        raise ValueError("must hold a letter or a digit")
    return text


def identifier(identifier_type: str, country: str | None, value: str) -> tuple[str, str]:
    """Return country and value by which identifiers are compared.

    Signs and case do not count. A VAT number may begin with its country, of which Greece has two
    spellings (Council Directive 2006/112/EC, article 215).
    """
    plain = _plain(value)
    if identifier_type != "vat":
        return country or "", plain
    prefix = _PREFIX.match(plain)
    if prefix and (country is None or _vat_country(prefix[0]) == country):
        return _vat_country(prefix[0]), plain[2:]
    return country or "", plain


def _plain(text: str) -> str:
    upper = unicodedata.normalize("NFKC", text).upper()
    return "".join(letter for letter in upper if letter.isalnum())


def _vat_country(prefix: str) -> str:
    return "GR" if prefix == "EL" else prefix
