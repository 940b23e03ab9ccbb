"""Somebody who gets webhooks: a server in a thread of this process, for as long as it lives."""

import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from local.settings import HOST


def url(path: str) -> str:
    """An address on loopback at which everything is taken."""
    return f"http://{HOST}:{_server().server_port}/{path}"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The tables are what is printed."""


@cache
def _server() -> ThreadingHTTPServer:
    server = ThreadingHTTPServer((HOST, 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
