"""Allowed addresses and URLs of webhooks: a corpus of spellings of forbidden ones."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.webhooks import sender, urls
from crm.webhooks.addresses import is_loopback, is_public, may_be_called


def lines(text: str) -> list[str]:
    return text.split()


FORBIDDEN_V4 = lines("""
    0.0.0.0 0.1.2.3 0.255.255.255 10.0.0.0 10.0.0.1 10.255.255.255
    100.64.0.0 100.64.0.1 100.100.100.200 100.127.255.255
    127.0.0.0 127.0.0.1 127.1.2.3 127.255.255.255
    168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 169.254.255.255
    172.16.0.0 172.16.0.1 172.31.255.255 192.0.0.0 192.0.0.1 192.0.0.192 192.0.0.255
    192.0.2.1 192.0.2.255 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.0 192.168.1.1
    192.168.255.255 192.175.48.1 198.18.0.0 198.18.0.1 198.19.255.255 198.51.100.1
    203.0.113.1 203.0.113.255 224.0.0.1 232.1.2.3 239.255.255.255 240.0.0.1 255.255.255.254
    255.255.255.255
""")

FORBIDDEN_V6 = lines("""
    :: ::1 ::2 100::1 64:ff9b::808:808 64:ff9b:1::1 64:ff9b:1::a9fe:a9fe
    fc00::1 fd00::1 fd00:ec2::254 fdff:ffff::1 fe80::1 fe80::a9fe:a9fe febf::1 fec0::1
    ff00::1 ff02::1 ff0e::1 2001::1 2001:0:7f00:1::1 2001:2::1 2001:3::1 2001:4:112::1
    2001:10::1 2001:20::1 2001:30::1 2001:1ff::1 2001:db8::1 2001:db8:ffff::1
    2002::1 2002:7f00:1:: 2002:7f00:1::1 2002:a9fe:a9fe:: 2002:808:808::1 2620:4f:8000::1
    3ffe::1 3fff::1 3fff:fff::1 4000::1 5f00::1 8000::1 e000::1
    ::ffff:0:7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 ::8.8.8.8
    2606:4700::5efe:7f00:1 2606:4700::200:5efe:a9fe:a9fe
""")

PUBLIC = lines("""
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 52.94.236.248 100.63.255.255 100.128.0.0
    126.255.255.255 128.0.0.1 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0
    192.0.1.1 192.0.3.1 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
    203.0.112.255 203.0.114.0 223.255.255.255
    2001:200::1 2001:4860:4860::8888 2606:4700::1111 2a00:1450:4001::1 2620:4e::1
""")

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_CIRCLED = str.maketrans("123456789", "①②③④⑤⑥⑦⑧⑨")


def spellings(address: str) -> Iterator[str]:
    """Return spellings of an IPv4 address as the host of a URL."""
    number = int(IPv4Address(address))
    a, b, c, d = IPv4Address(address).packed
    high, low = number >> 16, number & 0xFFFF
    yield address
    yield f"{address}."
    yield f"{number}"
    yield f"{number}."
    yield f"0x{number:x}"
    yield f"0X{number:08X}"
    yield f"0{number:o}"
    yield f"{a}.{number & 0xFFFFFF}"
    yield f"{a}.{b}.{low}"
    yield f"0x{a:x}.{number & 0xFFFFFF}"
    yield f"0{a:o}.0{b:o}.0{c:o}.0{d:o}"
    yield f"0{a:o}.{b}.{c}.{d}"
    yield f"0x{a:02x}.0x{b:02x}.0x{c:02x}.0x{d:02x}"
    yield f"0x{a:x}.0{b:o}.{c}.{d}"
    yield f"{a:03}.{b:03}.{c:03}.{d:03}"
    yield f"{a}.{b}.{c}.{d}".translate(_FULL_WIDTH)
    yield f"{a}.{b}.{c}.{d}".translate(_CIRCLED)
    yield address.replace(".", "。")
    yield address.replace(".", "．")
    yield address.replace(".", "%2e")
    yield f"%{ord(address[0]):02x}{address[1:]}"
    yield f"{a}..{b}.{c}.{d}"
    yield f"user@{address}"
    yield f"example.com@{address}"
    yield f"example.com:80@{address}"
    yield f"{address}\\@example.com"
    yield f"{address}#@example.com"
    yield f"{address} "
    yield f" {address}"
    yield f"\t{address}"
    yield f"[{address}]"
    for inner in (
        f"::ffff:{address}",
        f"::ffff:{high:x}:{low:x}",
        f"0:0:0:0:0:ffff:{high:x}:{low:x}",
        f"::{address}",
        f"::{high:x}:{low:x}",
        f"::ffff:0:{high:x}:{low:x}",
        f"64:ff9b::{address}",
        f"64:ff9b::{high:x}:{low:x}",
        f"64:ff9b:1::{high:x}:{low:x}",
        f"2002:{high:x}:{low:x}::",
        f"2002:{high:x}:{low:x}::1",
        f"2001:0:{high:x}:{low:x}::1",
        f"2001:0:1:1:0:0:{high ^ 0xFFFF:x}:{low ^ 0xFFFF:x}",
        f"2606:4700::5efe:{high:x}:{low:x}",
        f"fe80::5efe:{high:x}:{low:x}",
    ):
        yield f"[{inner}]"
    yield f"[::ffff:{address}%25eth0]"
    yield f"[::ffff:{address}%1]"


def long_form(address: str) -> str:
    return IPv6Address(address).exploded


CORPUS = sorted(
    {
        *(spelling for address in FORBIDDEN_V4 for spelling in spellings(address)),
        *(f"[{address}]" for address in FORBIDDEN_V6),
        *(f"[{address.upper()}]" for address in FORBIDDEN_V6),
        *(f"[{long_form(address)}]" for address in FORBIDDEN_V6),
        *(f"[{address}%25eth0]" for address in FORBIDDEN_V6),
        *(f"[{address}%eth0]" for address in FORBIDDEN_V6),
        *(address for address in FORBIDDEN_V6),
        *("0", "00", "0x", "0x0", "0.0", "0.0.0", "127.1", "127.0.1", "0177.1", "0x7f.1"),
        *("1", "256.1.1.1", "1.1.1.1.1", "1.1.1", "1.1", "08.8.8.8", "0x08.8.8.8"),
        *("localhost", "LOCALHOST", "LocalHost", "localhost.", "a.localhost", "a.b.LocalHost"),
        *("ip6-localhost", "metadata", "intranet", "router", "metadata.google.internal"),
        *("instance-data.ec2.internal", "db.internal", "printer.local", "a.localdomain"),
        *("nas.home.arpa", "internal", "local", "wiki.intranet", "localhost%00.example.com"),
        *("", ".", "..", "-", "a-.com", "-a.com", "a..com", ".com", "example.com.", "exa_mple.com"),
        *("ｌｏｃａｌｈｏｓｔ", "ⓛocalhost", "localhost。", "exämple.com", "ex​ample.com"),
        *("[]", "[:]", "[::1", "::1]", "[::1]]", "[[::1]]", "[::1]a", "[v1.fe80::1]"),
        *(f"{'a' * 64}.com", ".".join(["a" * 60] * 5), "example.com:", "example.com:0"),
        *("example.com:65536", "example.com:99999", "example.com:0443a", "example.com:-1"),
    }
)


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) > 1000


@pytest.mark.parametrize("allow_loopback", [False, True])
def test_no_spelling_of_the_corpus_is_registered(allow_loopback: bool) -> None:
    plain = re.compile(
        r"127(\.(0|[1-9]\d*)){3}|localhost|\[::1\]|\[0+(:0+){6}:0*1\]", re.IGNORECASE
    )
    taken = [
        url
        for host in CORPUS
        for url in (f"https://{host}/", f"https://{host}:8443/hooks?a=b", f"http://{host}/")
        if not (allow_loopback and plain.fullmatch(host))
        and registrable(url, allow_loopback=allow_loopback)
    ]
    assert taken == []


def registrable(url: str, *, allow_loopback: bool = False) -> bool:
    try:
        urls.parse(url, allow_loopback=allow_loopback)
    except ValueError:
        return False
    return True


def connects(*_: object) -> None:
    raise AssertionError("a connection is made")


@pytest.mark.parametrize("address", FORBIDDEN_V4 + FORBIDDEN_V6)
def test_whatever_was_registered_nothing_connects_to_it(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "_connect", connects)
    for answer in ([address], ["8.8.8.8", address], [address, "8.8.8.8"], [f"{address}%eth0"]):
        outcome = sender.post(
            "https://example.com/",
            {},
            b"",
            allow_loopback=False,
            resolve=lambda *_, found=answer: found,
        )
        assert outcome.error == "The host has an address that is not public."
        assert outcome.status_code is None


@pytest.mark.parametrize("address", FORBIDDEN_V4 + FORBIDDEN_V6)
def test_forbidden_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)
    assert not is_loopback(address)
    assert may_be_called(address, allow_loopback=False)
    host = f"[{address}]" if ":" in address else address
    assert registrable(f"https://{host}/")
    assert not registrable(f"http://{host}/", allow_loopback=True)


@pytest.mark.parametrize(
    "text", ["", "1", "127.1", "0x7f.1", "2130706433", "8.8.8.8 ", "a.b", "::g", "2606:4700::1%1"]
)
def test_what_is_no_address(text: str) -> None:
    assert not is_public(text)
    assert not is_loopback(text)


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.255.0.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", False),
        ("::127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
    ],
)
def test_what_loopback_is(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback
    assert may_be_called(address, allow_loopback=True) is loopback
    assert not may_be_called(address, allow_loopback=False)


@given(st.ip_addresses(v=4) | st.sampled_from([IPv4Address(one) for one in FORBIDDEN_V4]))
def test_nothing_that_python_knows_as_not_global_is_public(address: IPv4Address) -> None:
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=6))
def test_a_public_address_holds_no_other(address: IPv6Address) -> None:
    if is_public(str(address)):
        assert address.is_global
        assert (address.ipv4_mapped, address.sixtofour, address.teredo) == (None, None, None)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com", ("https", "example.com", 443, "/")),
        ("HTTPS://Example.COM:443/A?b=C", ("https", "example.com", 443, "/A?b=C")),
        ("https://a.example.com:8443/a/b", ("https", "a.example.com", 8443, "/a/b")),
        ("https://example.com?a=@b", ("https", "example.com", 443, "/?a=@b")),
        ("https://xn--exmple-cua.com/", ("https", "xn--exmple-cua.com", 443, "/")),
        ("https://example.com:80/", ("https", "example.com", 80, "/")),
        ("https://8.8.8.8:1/", ("https", "8.8.8.8", 1, "/")),
        ("https://[2606:4700::1111]/x", ("https", "2606:4700::1111", 443, "/x")),
        ("https://127.0.0.1.nip.io/", ("https", "127.0.0.1.nip.io", 443, "/")),
        ("https://localhost.example.com/", ("https", "localhost.example.com", 443, "/")),
    ],
)
def test_what_is_registered(url: str, target: tuple[str, str, int, str]) -> None:
    parsed = urls.parse(url, allow_loopback=False)
    assert (parsed.scheme, parsed.host, parsed.port, parsed.path) == target


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "must be a URL"),
        ("example.com", "must be a URL"),
        ("//example.com", "must be a URL"),
        ("ftp://example.com", "must be a URL"),
        ("file:///etc/passwd", "must be a URL"),
        ("gopher://example.com", "must be a URL"),
        ("https:/example.com", "must be a URL"),
        ("https:example.com", "must be a URL"),
        ("https:\\\\example.com", "must be a URL"),
        (" https://example.com", "must be a URL"),
        ("https://example.com/\r\nX: y", "must be a URL"),
        ("https://example.com/ü", "must be a URL"),
        ("https://example.com/a b", "must be a URL"),
        ("http://example.com", "must begin with https"),
        ("https://example.com/#x", "fragment"),
        ("https://example.com#", "fragment"),
        ("https://user:password@example.com", "password"),
        ("https://@example.com", "password"),
        ("https://example.com:/", "host"),
        ("https:///hooks", "host"),
        ("https://printer/", "inner network"),
        ("https://10.0.0.1/", "not public"),
        (f"https://example.com/{'a' * 2048}", "longer"),
    ],
)
def test_what_is_not(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        urls.parse(url, allow_loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://LOCALHOST:8080/x",
        "https://localhost/",
        "http://127.0.0.1:9/",
        "http://127.1.2.3/",
        "http://[::1]:9/",
    ],
)
def test_loopback_is_taken_by_the_setting_only(url: str) -> None:
    assert registrable(url, allow_loopback=True)
    assert not registrable(url)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://example.com", "https://example.com/", True),
        ("https://example.com", "HTTPS://EXAMPLE.com:443", True),
        ("https://example.com/a", "https://example.com/A", False),
        ("https://example.com/a", "https://example.com/a/", False),
        ("https://example.com/a", "https://example.com/a?b", False),
        ("https://example.com", "https://example.com:8443", False),
        ("https://[2606:4700::1]", "https://[2606:4700::1]:443/", True),
        ("http://localhost", "http://localhost:80/", True),
        ("nonsense", "nonsense", True),
        ("nonsense", "Nonsense", False),
    ],
)
def test_when_two_are_the_same(one: str, other: str, same: bool) -> None:
    assert (urls.normal(one) == urls.normal(other)) is same
