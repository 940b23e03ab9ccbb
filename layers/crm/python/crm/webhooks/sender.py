"""One POST to an untrusted receiver.

A host name is resolved once; all of its addresses must be allowed, or none is called. The
connection goes to a checked address, so that no second resolution can replace it, while TLS
verifies the certificate against the name. There are no redirects, proxies or retries here, and the
whole exchange ends after ten seconds however slowly the receiver sends.
"""

import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ssl import SSLCertVerificationError, SSLContext, SSLError, create_default_context

from crm.webhooks import urls
from crm.webhooks.addresses import may_be_called
from crm.webhooks.urls import Target

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
LARGEST_ANSWER = 64 * 1024
MOST_ADDRESSES = 3
"""Addresses of a host that are tried."""

Resolve = Callable[[str, int], Collection[str]]


@dataclass(frozen=True)
class Outcome:
    """The result of a request.

    Attributes:
        status_code: the status of the response; None if there was none.
        error: why there was no response, in words that may be shown to users.
        retry_after: the `Retry-After` of the response.
    """

    status_code: int | None = None
    error: str | None = None
    retry_after: str | None = None


class _SendingError(Exception):
    """There was no response; the message may be shown to users."""


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, by the operating system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@cache
def trusted() -> SSLContext:
    """Return the TLS context: it trusts the CAs that boto3 trusts, wherever Brook runs."""
    from botocore.httpsession import get_cert_path

    return create_default_context(cafile=get_cert_path(True))


def post(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    allow_loopback: bool,
    resolve: Resolve = resolve,
    context: Callable[[], SSLContext] = trusted,
) -> Outcome:
    """Send one request; every failure is an outcome.

    Args:
        url: the URL of the endpoint.
        headers: the request headers.
        body: the request body.
        allow_loopback: whether the machine itself may be called.
        resolve: returns the addresses of a host.
        context: returns the TLS context.
    """
    until = time.monotonic() + TOTAL_SECONDS
    try:
        target = urls.parse(url, allow_loopback=allow_loopback)
    except ValueError as error:
        return Outcome(error=f"The URL {error}.")
    try:
        addresses = _checked(target, allow_loopback, resolve)
        with _connected(addresses, target.port, until) as plain:
            return _exchange(plain, target, headers, body, context, until)
    except _SendingError as error:
        return Outcome(error=str(error))


def _checked(target: Target, allow_loopback: bool, resolve: Resolve) -> list[str]:
    """Return the addresses of a host, if all of them may be called."""
    addresses = _resolved(target, resolve)
    if not addresses:
        raise _SendingError("The host name cannot be resolved.")
    if not all(may_be_called(one, allow_loopback=allow_loopback) for one in addresses):
        raise _SendingError("The host has an address that is not public.")
    return addresses[:MOST_ADDRESSES]


def _resolved(target: Target, resolve: Resolve) -> list[str]:
    """Resolve a host in a thread, since a resolution cannot be cut short otherwise."""
    found: Future[list[str]] = Future()

    def run() -> None:
        try:
            found.set_result(list(resolve(target.host, target.port)))
        except Exception as error:
            found.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        return found.result(CONNECT_SECONDS)
    except (OSError, UnicodeError) as error:
        raise _SendingError("The host name cannot be resolved.") from error


@contextmanager
def _connected(addresses: Collection[str], port: int, until: float) -> Iterator[socket.socket]:
    """Connect to the first address that accepts a connection."""
    connection = _connect(addresses, port, until)
    try:
        yield connection
    finally:
        connection.close()


def _connect(addresses: Collection[str], port: int, until: float) -> socket.socket:
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            connection = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            continue
        connection.settimeout(max(min(CONNECT_SECONDS, until - time.monotonic()), 0.001))
        try:
            # The target is an address, never a name: nothing is resolved here.
            connection.connect((address, port))
        except OSError:
            connection.close()
        else:
            return connection
    raise _SendingError("There is no connection to the host.")


def _exchange(
    plain: socket.socket,
    target: Target,
    headers: Mapping[str, str],
    body: bytes,
    context: Callable[[], SSLContext],
    until: float,
) -> Outcome:
    with _cut_off(plain, until) as is_over:
        try:
            connection = HTTPConnection(target.host, target.port)
            connection.sock = _secured(plain, target, context)
            with connection.sock:
                sent = {"Host": target.authority, "Connection": "close", **headers}
                connection.request("POST", target.path, body, sent)
                answer = connection.getresponse()
                _drain(answer)
                return Outcome(answer.status, retry_after=answer.getheader("retry-after"))
        except SSLCertVerificationError as error:
            raise _SendingError("The host's certificate cannot be verified.") from error
        except (OSError, HTTPException, ValueError) as error:
            if is_over() or isinstance(error, TimeoutError):
                raise _SendingError(
                    f"There was no answer within {TOTAL_SECONDS:.0f} seconds."
                ) from error
            raise _SendingError(_reason(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, SSLError):
        return "The host does not speak TLS as it should."
    if isinstance(error, HTTPException):
        return "The host does not speak HTTP as it should."
    return "The connection broke."


def _secured(
    plain: socket.socket, target: Target, context: Callable[[], SSLContext]
) -> socket.socket:
    """Return the connection; for https, in TLS and verified for the host of the URL."""
    if target.scheme == "http":
        return plain
    return context().wrap_socket(plain, server_hostname=target.host)


def _drain(answer: HTTPResponse) -> None:
    """Read the response body up to a limit. A failure does not matter: the status is known."""
    with suppress(OSError, HTTPException, ValueError):
        answer.read(LARGEST_ANSWER)


@contextmanager
def _cut_off(plain: socket.socket, until: float) -> Iterator[Callable[[], bool]]:
    """Close a connection at a deadline: the timeout of a socket restarts with each byte."""
    left = max(until - time.monotonic(), 0.001)
    plain.settimeout(left)
    over = threading.Event()
    # TLS takes over the socket; a second handle of the same connection remains.
    handle = socket.fromfd(plain.fileno(), plain.family, plain.type)

    def shut() -> None:
        over.set()
        with suppress(OSError):
            handle.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(left, shut)
    timer.daemon = True
    timer.start()
    try:
        yield over.is_set
    finally:
        timer.cancel()
        handle.close()
