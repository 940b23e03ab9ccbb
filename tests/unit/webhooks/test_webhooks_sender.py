"""One request to a receiver: over real sockets, to a server in this process."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crm.webhooks import sender
from crm.webhooks.sender import Outcome
from tests.support.receiver import Receiver, serving

PUBLIC = "8.8.8.8"
HOST = "hooks.example.com"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with serving(Receiver()) as server:
        yield server


def post(url: str, **options: Any) -> Outcome:
    return sender.post(
        url, {"webhook-id": "one"}, b'{"a":1}', **{"allow_loopback": True, **options}
    )


def test_a_request(receiver: Receiver) -> None:
    assert post(receiver.url("/ok?a=b%20c")) == Outcome(204)
    [(path, headers, body)] = receiver.received
    assert (path, body) == ("/ok?a=b%20c", b'{"a":1}')
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert headers["webhook-id"] == "one"
    assert headers["Content-Length"] == "7"


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/redirect", Outcome(307)),
        ("/busy", Outcome(503, retry_after="120")),
        ("/endless", Outcome(200)),
        ("/broken-body", Outcome(200)),
        ("/nonsense", Outcome(error="The host does not speak HTTP as it should.")),
        ("/nothing", Outcome(error="The host does not speak HTTP as it should.")),
    ],
)
def test_what_a_receiver_may_do(receiver: Receiver, path: str, outcome: Outcome) -> None:
    assert post(receiver.url(path)) == outcome
    assert len(receiver.received) == 1, "no redirect is followed, nothing is tried twice"


@pytest.mark.parametrize(
    ("path", "status_code"),
    [("/slow", None), ("/drip", None), ("/continues", None), ("/slow-body", 200)],
)
def test_a_slow_receiver_is_cut_off(
    receiver: Receiver, path: str, status_code: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "TOTAL_SECONDS", 0.4)
    started = time.monotonic()
    outcome = post(receiver.url(path))
    assert time.monotonic() - started < 1.2
    assert outcome.status_code == status_code
    assert status_code or outcome.error == "There was no answer within 0 seconds."


def test_proxies_of_the_environment_are_nothing_to_it(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert post(receiver.url()).status_code == 204


def test_loopback_needs_the_setting(receiver: Receiver) -> None:
    assert post(receiver.url(), allow_loopback=False) == Outcome(
        error="The URL must begin with https://."
    )
    secure = f"https://{HOST}:{receiver.port}/ok"
    refused = post(secure, allow_loopback=False, resolve=lambda *_: ["127.0.0.1"])
    assert refused.error == "The host has an address that is not public."
    assert receiver.received == []


@pytest.mark.parametrize(
    "answers",
    [
        [],
        ["10.0.0.1"],
        [PUBLIC, "10.0.0.1"],
        ["10.0.0.1", PUBLIC],
        [PUBLIC, "169.254.169.254"],
        [PUBLIC, "::ffff:127.0.0.1"],
        ["2606:4700::1111", "::1"],
        ["not an address"],
    ],
)
def test_every_address_of_a_host_must_be_public(
    answers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = connections(monkeypatch)
    outcome = post(f"https://{HOST}/", allow_loopback=False, resolve=lambda *_: answers)
    assert (outcome.status_code, made) == (None, [])


def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Record the targets of connections; none is made."""
    made: list[Any] = []

    class Socket(socket.socket):
        def connect(self, address: Any) -> None:
            made.append(address)
            raise OSError("refused")

    monkeypatch.setattr(socket, "socket", Socket)
    return made


class Rebinding:
    """A resolver that gives another answer each time."""

    def __init__(self, answers: Sequence[Sequence[str]]) -> None:
        self.answers = answers
        self.asked = 0

    def __call__(self, *_: object) -> list[str]:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return list(answer)


@pytest.mark.parametrize("inner", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1"])
def test_a_resolver_that_changes_its_answer_gains_nothing(
    inner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = connections(monkeypatch)

    def resolved_again(*arguments: Any, **_: Any) -> Any:
        # An address may be "resolved": it comes out as it went in.
        ip_address(arguments[0])
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (arguments[0], arguments[1]))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved_again)
    for answers in ([[PUBLIC], [inner]], [[inner], [PUBLIC]], [[PUBLIC, inner], [inner]]):
        made.clear()
        resolver = Rebinding(answers)
        outcome = post(f"https://{HOST}/", allow_loopback=False, resolve=resolver)
        assert outcome.status_code is None
        assert resolver.asked == 1
        assert [address for address, _ in made] == ([PUBLIC] if answers[0] == [PUBLIC] else [])


def test_other_addresses_are_tried_when_one_is_out_of_reach(receiver: Receiver) -> None:
    url = f"http://localhost:{receiver.port}/ok"
    assert post(url, resolve=lambda *_: ["::1", "127.0.0.1"]) == Outcome(204)
    assert receiver.received[0][1]["Host"] == f"localhost:{receiver.port}"


def test_a_host_that_is_not_found() -> None:
    def unknown(*_: object) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    unresolved = Outcome(error="The host name cannot be resolved.")
    assert post(f"https://{HOST}/", resolve=unknown) == unresolved
    assert post(f"https://{HOST}/", resolve=lambda *_: []) == unresolved


def test_a_resolver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    def hanging(*_: Any) -> list[str]:
        time.sleep(1)
        return [PUBLIC]

    monkeypatch.setattr(sender, "CONNECT_SECONDS", 0.1)
    outcome = post(f"https://{HOST}/", resolve=hanging)
    assert outcome == Outcome(error="The host name cannot be resolved.")


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/") == Outcome(error="There is no connection to the host.")


def test_the_operating_system_resolves() -> None:
    assert "127.0.0.1" in sender.resolve("localhost", 80)
    assert sender.resolve("8.8.8.8", 443) == ["8.8.8.8"]
    # What the system makes of an odd spelling is what is checked.
    assert sender.resolve("0x7f.1", 443) == ["127.0.0.1"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for HOST that vouches for itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Receiver]:
    server = Receiver()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def asked(_: object, name: str | None, __: object) -> None:
        server.server_name_asked = name

    context.sni_callback = asked
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield server


@pytest.fixture
def trusting(certificate: Path) -> Callable[[], ssl.SSLContext]:
    return lambda: ssl.create_default_context(cafile=str(certificate))


def test_tls_speaks_to_the_checked_address_and_verifies_the_name(
    secure: Receiver, trusting: Any
) -> None:
    url = f"https://{HOST}:{secure.port}/ok"
    assert post(url, resolve=lambda *_: ["127.0.0.1"], context=trusting) == Outcome(204)
    assert secure.server_name_asked == HOST
    assert secure.received[0][1]["Host"] == f"{HOST}:{secure.port}"


@pytest.mark.parametrize("host", ["other.example.com", "example.com", "localhost", "127.0.0.1"])
def test_tls_refuses_the_certificate_of_another_name(
    secure: Receiver, trusting: Any, host: str
) -> None:
    url = f"https://{host}:{secure.port}/ok"
    outcome = post(url, resolve=lambda *_: ["127.0.0.1"], context=trusting)
    assert outcome == Outcome(error="The host's certificate cannot be verified.")
    assert secure.received == []


def test_tls_refuses_a_certificate_that_nobody_vouches_for(secure: Receiver) -> None:
    url = f"https://{HOST}:{secure.port}/ok"
    outcome = post(url, resolve=lambda *_: ["127.0.0.1"])
    assert outcome == Outcome(error="The host's certificate cannot be verified.")


def test_tls_is_not_given_up_for_a_host_without_it(receiver: Receiver) -> None:
    url = f"https://{HOST}:{receiver.port}/ok"
    outcome = post(url, resolve=lambda *_: ["127.0.0.1"])
    assert outcome == Outcome(error="The host does not speak TLS as it should.")
    assert receiver.received == []


def test_the_world_is_trusted_by_its_certificates() -> None:
    context = sender.trusted()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert len(context.get_ca_certs()) > 50
