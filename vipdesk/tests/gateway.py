"""Something between the tablet and the desk: passes every request on, or answers instead of it as it is told to."""

import contextlib
import http.client
import socket
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PORTAL = "<!doctype html><title>Wi-Fi</title><main><h1>Welcome to the Wi-Fi</h1><form><input name=room></form></main>"
HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "date", "server"}


class Gateway(ThreadingHTTPServer):
    """`answers_with`: None passes on; a status is answered with a page of the gateway's own; "redirect" leads to a page
    on another address, "hang" never answers, "reset" breaks the connection off, "lose" loses the desk's answer."""

    daemon_threads = True
    answers_with: int | str | None = None

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.desk_port = port
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Gateway

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        how = self.server.answers_with
        if how is None:
            self._pass_on(body)
        elif isinstance(how, int):
            self._send(how, [("Content-Type", "text/html")], PORTAL.encode())
        elif how == "redirect":
            self._send(302, [("Location", "http://localhost:9/portal/")], b"")
        elif how == "hang":
            self.server.over.wait(60)
        else:
            self._break_off(body if how == "lose" else None)

    do_POST = do_GET  # noqa: N815  # as the base class calls it

    def _pass_on(self, body: bytes) -> None:
        try:
            status, headers, content = self._ask(body)
        except (OSError, http.client.HTTPException):
            self._break_off(None)
        else:
            self._send(status, headers, content)

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        wire = http.client.HTTPConnection("127.0.0.1", self.server.desk_port, timeout=60)
        with contextlib.closing(wire):
            wire.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in HOP_BY_HOP:
                    wire.putheader(name, value)
            wire.endheaders(body)
            answer = wire.getresponse()
            return answer.status, answer.getheaders(), answer.read()

    def _break_off(self, body: bytes | None) -> None:
        """With a reset; `body` has reached the desk before."""
        if body is not None:
            self._ask(body)
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        """Nothing: what was asked for is in the desk's own log."""


@contextlib.contextmanager
def gateway(port: int) -> Iterator[Gateway]:
    """In front of the desk on this port, while the block lasts."""
    between = Gateway(port)
    threading.Thread(target=between.serve_forever, daemon=True).start()
    try:
        yield between
    finally:
        between.over.set()
        between.shutdown()
        between.server_close()
