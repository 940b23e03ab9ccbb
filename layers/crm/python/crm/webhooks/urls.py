"""URLs of webhook endpoints: which may be registered, and which are equal. Pure.

Only the canonical spelling of an address is accepted. Others (`127.1`, `0x7f.1`, `2130706433`,
full-width digits) are read differently by different parsers.
"""

import re
from dataclasses import dataclass

from crm.webhooks.addresses import is_loopback, may_be_called

LONGEST = 2048

_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]*")
_URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?]*)(?P<rest>.*)", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f.]*:[0-9a-f:.]*\]|[a-z0-9.-]+)(:(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DOTTED_QUAD = re.compile(r"(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}")
_LONGEST_NAME = 253
_PORTS = {"http": 80, "https": 443}
_INSIDE = ("localhost", "localdomain", "local", "internal", "intranet", "home.arpa")
"""Names that are only resolved inside a network."""


@dataclass(frozen=True)
class Target:
    """The target of a request.

    Attributes:
        scheme: `https`, or `http`.
        host: name or address, in lower case; an IPv6 address without brackets.
        port: TCP port.
        path: path and query.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port, as in the `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse(url: str, *, allow_loopback: bool) -> Target:
    """Parse a URL, if it may be registered.

    Args:
        url: the URL.
        allow_loopback: also accept the machine itself, there also by plain http.

    Raises:
        ValueError: The URL may not be registered; the message says what it must be.
    """
    target = _split(url)
    inside = allow_loopback and (target.host == "localhost" or is_loopback(target.host))
    if target.scheme != "https" and not inside:
        raise ValueError("must begin with https://")
    if not inside:
        _require_outside(target.host)
    return target


def normal(url: str) -> str:
    """Return the normal form of a URL, equal for all its spellings; other strings as they are."""
    try:
        target = _split(url)
    except ValueError:
        return url
    return f"{target.scheme}://{target.authority}{target.path}"


def _split(url: str) -> Target:
    if len(url) > LONGEST:
        raise ValueError(f"must not be longer than {LONGEST} characters")
    if "#" in url:
        raise ValueError("must not have a fragment")
    whole = _URL.fullmatch(url) if _CHARACTERS.fullmatch(url) else None
    if whole is None:
        raise ValueError("must be a URL in ASCII, such as https://example.com/hooks")
    if "@" in whole["authority"]:
        raise ValueError("must not have a user name or a password")
    place = _AUTHORITY.fullmatch(whole["authority"].lower())
    scheme = whole["scheme"].lower()
    port = int(place["port"] or _PORTS[scheme]) if place else 0
    if place is None or not 1 <= port <= 65535:
        raise ValueError("must name a host")
    path = whole["rest"] if whole["rest"].startswith("/") else f"/{whole['rest']}"
    return Target(scheme, place["host"].strip("[]"), port, path)


def _require_outside(host: str) -> None:
    """Raises: ValueError: The host is a non-public address in any spelling, or an internal name."""
    labels = host.split(".")
    if ":" in host or _NUMBER.fullmatch(labels[-1]):
        plain = ":" in host or _DOTTED_QUAD.fullmatch(host)
        if not plain or not may_be_called(host, allow_loopback=False):
            raise ValueError("must not be an address that is not public")
        return
    if len(host) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("must name a host")
    if len(labels) < 2 or any(host == name or host.endswith(f".{name}") for name in _INSIDE):
        raise ValueError("must not be a name of an inner network")
