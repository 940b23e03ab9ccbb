"""A stand-in for Lambda's Runtime API: hands one event to a runtime client, takes one answer."""

import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a process that is ended after its answer breaks its connection."""


class RuntimeApi:
    """Serves on a free port of loopback while it is entered.

    Args:
        event: the event, as JSON.
    """

    def __init__(self, event: bytes) -> None:
        self._event = event
        self._answered = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.ready_at = 0.0
        self.answered_at = 0.0
        self.path = ""
        self.answer = b""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, process: "subprocess.Popen[bytes]", seconds: float) -> None:
        """Until the function has answered.

        Raises:
            RuntimeError: it has not, or with an error.
        """
        give_up = time.monotonic() + seconds
        while not self._answered.wait(0.1):
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"the function gave no answer (status {process.poll()})")
        if not self.path.endswith("/response"):
            raise RuntimeError(f"the function failed: {self.answer[:500]!r}")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                """The next invocation; there is only one, so a second request just waits."""
                if api.ready_at:
                    threading.Event().wait(60)
                    return
                api.ready_at = time.perf_counter()
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", "1")
                self.send_header("Lambda-Runtime-Deadline-Ms", str(time.time_ns() // 10**6 + 29000))
                self.send_header(
                    "Lambda-Runtime-Invoked-Function-Arn",
                    "arn:aws:lambda:us-east-1:000000000000:function:benchmark",
                )
                # The native client crashes without these two.
                self.send_header("Lambda-Runtime-Trace-Id", "Root=1-0-0;Sampled=0")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(api._event)))
                self.end_headers()
                self.wfile.write(api._event)

            def do_POST(self) -> None:
                """An answer, or an error of the function or of its start."""
                answered_at = time.perf_counter()
                api.answer = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                api.path, api.answered_at = self.path, answered_at
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                api._answered.set()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        return Handler
