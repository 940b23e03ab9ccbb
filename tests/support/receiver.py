"""Somebody who gets webhooks: a server in this process, on a port of its own."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver(ThreadingHTTPServer):
    """Notes what it gets; the path says what it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.server_name_asked: str | None = None

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def url(self, path: str = "/ok") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that the sender broke off."""


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append((self.path, dict(self.headers.items()), body))
        name = self.path.strip("/").partition("?")[0].replace("-", "_")
        getattr(self, f"answer_{name}")()

    def do_GET(self) -> None:
        self.do_POST()

    def answer_ok(self) -> None:
        self.send_response(204)
        self.end_headers()

    def answer_redirect(self) -> None:
        self.send_response(307)
        self.send_header("Location", self.server.url())
        self.end_headers()

    def answer_busy(self) -> None:
        self.send_response(503)
        self.send_header("Retry-After", "120")
        self.end_headers()

    def answer_endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b"x" * 65536)

    def answer_broken_body(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()

    def answer_slow(self) -> None:
        time.sleep(2)
        self.answer_ok()

    def answer_drip(self) -> None:
        """A byte of its headers now and then: never long without one, never done."""
        for letter in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
            self.wfile.write(bytes([letter]))
            time.sleep(0.05)

    def answer_slow_body(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(1000):
            self.wfile.write(b"x")
            time.sleep(0.05)

    def answer_continues(self) -> None:
        while True:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.01)

    def answer_nonsense(self) -> None:
        self.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")

    def answer_nothing(self) -> None:
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@contextmanager
def serving(server: Receiver) -> Iterator[Receiver]:
    """Let a server answer, in a thread."""
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
