"""One POST to a receiver that nobody vouches for.

A host name is resolved once; unless all of its addresses may be called, none is. The connection
goes to an address that was checked, which no second resolution can replace, while TLS verifies the
certificate against the name. There are no redirects, no proxies and no second tries in here, and
the whole of it ends after ten seconds however slowly the receiver speaks.
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
"""How many of a host's addresses are tried."""

Resolve = Callable[[str, int], Collection[str]]


@dataclass(frozen=True)
class Outcome:
    """What came of a request.

    Attributes:
        status_code: what the receiver answered; None if it did not.
        error: why there was no answer, in words that may be shown.
        retry_after: the answer's header.
    """

    status_code: int | None = None
    error: str | None = None
    retry_after: str | None = None


class _SendingError(Exception):
    """No answer; the message may be shown."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the operating system gives them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@cache
def trusted() -> SSLContext:
    """Who is trusted to vouch for receivers: what boto3 trusts, wherever Brook runs."""
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
    """Send one request; whatever goes wrong is an outcome.

    Args:
        url: where to.
        headers: of the request.
        body: of the request.
        allow_loopback: the machine itself may be called.
        resolve: gives the addresses of a host.
        context: gives whom TLS trusts.
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
    """The addresses of a host, all of which may be called."""
    addresses = _resolved(target, resolve)
    if not addresses:
        raise _SendingError("The host name cannot be resolved.")
    if not all(may_be_called(one, allow_loopback=allow_loopback) for one in addresses):
        raise _SendingError("The host has an address that is not public.")
    return addresses[:MOST_ADDRESSES]


def _resolved(target: Target, resolve: Resolve) -> list[str]:
    """Resolve in a thread of its own: nothing else can cut it short."""
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
    """A connection to the first address that takes one."""
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
            # To an address, never to a name: nothing is resolved here.
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
    """The connection, encrypted if the URL says so, to the host that it names."""
    if target.scheme == "http":
        return plain
    return context().wrap_socket(plain, server_hostname=target.host)


def _drain(answer: HTTPResponse) -> None:
    """Let the receiver say what it has to say, up to a point. Its status stands already."""
    with suppress(OSError, HTTPException, ValueError):
        answer.read(LARGEST_ANSWER)


@contextmanager
def _cut_off(plain: socket.socket, until: float) -> Iterator[Callable[[], bool]]:
    """End a connection when time is up: a timeout of the socket begins anew with each byte."""
    left = max(until - time.monotonic(), 0.001)
    plain.settimeout(left)
    over = threading.Event()
    # TLS takes the socket over; another handle of the same connection stays.
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
