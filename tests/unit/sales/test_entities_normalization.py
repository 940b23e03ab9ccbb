"""The normal forms of identifiers and contact points."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from crm.sales.entities import normalization
from crm.sales.entities.normalization import comparable, identifier, lookups, of_channel, phone, url

LONDON = "+442071838750"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+44 20 7183 8750", LONDON),
        ("+44 (0)20 7183-8750", LONDON),
        ("0044 20 7183 8750", LONDON),
        (" +44.20.7183.8750 ", LONDON),
        ("\uff0b44 20 7183 8750", LONDON),
        ("tel:+44-20-7183-8750", LONDON),
        ("+39 02 3661 8300", "+390236618300"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("+49 30 901820", "+4930901820"),
        ("+64 9 887 6986", "+6498876986"),
    ],
)
def test_phone_numbers(text: str, number: str) -> None:
    assert phone(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "00",
        "hello",
        "020 7183 8750",
        "2071838750",
        "+44",
        "+44 20 7183",
        "+44 20 7183 8750 1234 5678",
        "+999 20 7183 8750",
        "+1 555 2671",
        "ada@example.com",
    ],
)
def test_what_is_no_phone_number(text: str) -> None:
    with pytest.raises(ValueError, match="must be a phone number"):
        phone(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://example.com", "https://example.com/"),
        ("example.com", "https://example.com/"),
        ("HTTPS://Example.COM/Path?q=1#x", "https://example.com/Path?q=1#x"),
        ("http://example.com:80/", "http://example.com/"),
        ("https://example.com:8443/a b", "https://example.com:8443/a%20b"),
        ("münchen.example", "https://xn--mnchen-3ya.example/"),
        (
            "example.com/?from=https://other.example/",
            "https://example.com/?from=https://other.example/",
        ),
    ],
)
def test_web_addresses(text: str, address: str) -> None:
    assert url(text) == address


@pytest.mark.parametrize(
    "text", ["", "https://", "ftp://example.com", "javascript:alert(1)", "https://a b", "//"]
)
def test_what_is_no_web_address(text: str) -> None:
    with pytest.raises(ValueError, match="must be a web address"):
        url(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ada@example.com", "ada@example.com"),
        ("Ada@EXAMPLE.com", "Ada@example.com"),
        ("ada+crm@example.com", "ada+crm@example.com"),
        ("ada@xn--mnchen-3ya.example.com", "ada@münchen.example.com"),
        ("åda@example.com", "åda@example.com"),
    ],
)
def test_email_addresses(text: str, address: str) -> None:
    assert of_channel("email", text) == address


@pytest.mark.parametrize("text", ["", "ada", "ada@", "@example.com", "a b@example.com", LONDON])
def test_what_is_no_email_address(text: str) -> None:
    with pytest.raises(ValueError, match="must be an email address"):
        of_channel("email", text)


@pytest.mark.parametrize("channel", [*normalization.PHONE_CHANNELS])
def test_each_phone_channel_takes_phone_numbers(channel: str) -> None:
    assert of_channel(channel, "0044 20 7183 8750") == LONDON


@pytest.mark.parametrize("channel", [*normalization.URL_CHANNELS])
def test_each_web_channel_takes_web_addresses(channel: str) -> None:
    assert of_channel(channel, "example.com") == "https://example.com/"


def test_mailboxes_are_compared_without_case_and_paths_with_it() -> None:
    assert comparable("email", "Ada@example.com") == comparable("email", "ada@example.com")
    one, other = (of_channel("social", f"https://you.example/{path}") for path in ("aB", "Ab"))
    assert comparable("social", one) != comparable("social", other)


@pytest.mark.parametrize(
    ("text", "value", "channels"),
    [
        ("ADA@Example.com", "ada@example.com", ("email",)),
        ("0044 20 7183 8750", LONDON, ("phone", "mobile", "fax")),
        ("https://Example.com", "https://example.com/", ("website", "social")),
        ("example.com", "https://example.com/", ("website", "social")),
    ],
)
def test_what_a_text_is_looked_up_as(text: str, value: str, channels: tuple[str, ...]) -> None:
    assert lookups(text)[value] == channels


@pytest.mark.parametrize("text", ["", " ", "://", "\x00"])
def test_a_text_that_is_no_contact_point(text: str) -> None:
    assert lookups(text) == {}


DE = ("DE", "811569869")


@pytest.mark.parametrize(
    ("kind", "country", "value", "normal"),
    [
        ("vat", None, "DE811569869", DE),
        ("vat", None, "de 811 569 869", DE),
        ("vat", None, "DE-811.569.869", DE),
        ("vat", "DE", "811569869", DE),
        ("vat", "DE", "DE 811569869", DE),
        ("vat", "DE", " de811569869\u00a0", DE),
        ("vat", None, "\uff24\uff25811569869", DE),
        ("vat", "GR", "EL 094259216", ("GR", "094259216")),
        ("vat", "GR", "094259216", ("GR", "094259216")),
        ("vat", None, "EL094259216", ("GR", "094259216")),
        ("vat", None, "GR094259216", ("GR", "094259216")),
        ("vat", "FR", "DE811569869", ("FR", "DE811569869")),
        ("vat", None, "811569869", ("", "811569869")),
        ("vat", "DE", "DE", ("DE", "DE")),
        ("tax_id", "US", "12-3456789", ("US", "123456789")),
        ("tax_id", None, "12 345 6789", ("", "123456789")),
        ("registration", "DE", "HRB 6684", ("DE", "HRB6684")),
        ("registration", "DE", "hrb6684", ("DE", "HRB6684")),
        ("duns", None, "15-048-3782", ("", "150483782")),
        ("passport", "DE", "c01x00t47", ("DE", "C01X00T47")),
    ],
)
def test_identifiers(kind: str, country: str | None, value: str, normal: tuple[str, str]) -> None:
    assert identifier(kind, country, value) == normal


digits = st.text("0123456789", min_size=4, max_size=14)
signs = st.text(" -./", max_size=2)


@given(digits, st.lists(signs, min_size=14, max_size=14), st.booleans())
def test_signs_and_case_do_not_tell_identifiers_apart(
    plain: str, between: list[str], small: bool
) -> None:
    spelled = "DE" + "".join(sign + digit for sign, digit in zip(between, plain, strict=False))
    assert identifier("vat", None, spelled.lower() if small else spelled) == ("DE", plain)


@given(st.text(min_size=1, max_size=60), st.sampled_from(["tax_id", "duns", "passport"]))
def test_the_normal_form_of_an_identifier_is_its_own(text: str, kind: str) -> None:
    country, plain = identifier(kind, "DE", text)
    assert identifier(kind, country, plain) == (country, plain)


@given(st.integers(1, 999), st.text("0123456789", min_size=4, max_size=13))
@example(2, "00000000000")
def test_the_normal_form_of_a_phone_number_is_its_own(country: int, rest: str) -> None:
    try:
        number = phone(f"+{country} {rest}")
    except ValueError:
        assume(False)
    assert phone(number) == number


@given(st.emails())
def test_the_normal_form_of_an_email_address_is_its_own(text: str) -> None:
    try:
        address = of_channel("email", text)
    except ValueError:
        assume(False)
    assert of_channel("email", address) == address


@given(
    st.sampled_from(["", "http://", "https://", "HTTP://"]),
    st.sampled_from(["example.com", "Example.COM", "münchen.example", "[::1]", "127.0.0.1"]),
    st.text(max_size=40),
)
def test_the_normal_form_of_a_web_address_is_its_own(scheme: str, host: str, rest: str) -> None:
    try:
        address = url(f"{scheme}{host}/{rest}")
    except ValueError:
        assume(False)
    assert url(address) == address


@given(st.text(max_size=80))
def test_a_lookup_takes_any_text(text: str) -> None:
    for value, channels in lookups(text).items():
        assert channels
        assert value
