"""The desk's worker in this process, with an application of the test's own, on real sockets; no database."""

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from vipdesk.authority import Certificates
from vipdesk.tests.served import TRUSTS_ALL
from vipdesk.web.worker import DeskWorker

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Visitor:
    """Opens connections to the worker."""

    def __init__(self, port: int, *, is_https: bool) -> None:
        self.port, self.is_https = port, is_https
        self._opened: list[socket.socket] = []

    def send(self, data: bytes, *, shakes: bool = True, buffer: int = 0) -> socket.socket:
        opened = socket.socket()
        self._opened.append(opened)
        if buffer:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        opened.settimeout(10)
        opened.connect(("127.0.0.1", self.port))
        if self.is_https and shakes:
            opened = TRUSTS_ALL.wrap_socket(opened)
            self._opened.append(opened)
        opened.sendall(data)
        return opened

    def ask(self, data: bytes = GET) -> bytes:
        return ending_of(self.send(data.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)))

    def close(self) -> None:
        for opened in self._opened:
            opened.close()


def ending_of(opened: socket.socket) -> bytes:
    """All that still comes until the worker closes."""
    received = b""
    try:
        while data := opened.recv(65536):
            received += data
    except (ConnectionResetError, ssl.SSLError):
        pass
    return received


def serve(application: Any, visit: Callable[[Visitor], Any], kept: Certificates | None = None, **options: Any) -> None:
    """Runs the worker here and `visit` in a thread beside it; raises what that raised."""
    with _listener() as listener:
        worker = _worker(listener, kept, options)
        worker.wsgi = application
        visitor = Visitor(listener.getsockname()[1], is_https=kept is not None)
        raised: list[BaseException] = []

        def visit_and_stop() -> None:
            try:
                visit(visitor)
            except BaseException as error:  # noqa: BLE001  # raised again below
                raised.append(error)
            finally:
                worker.loop.call_soon_threadsafe(worker.stop)

        thread = threading.Thread(target=visit_and_stop)
        worker.on_open = thread.start
        with _no_other_loop():
            worker.run()
        thread.join(20)
        visitor.close()
    if raised:
        raise raised[0]


@contextmanager
def _no_other_loop() -> Iterator[None]:
    """A browser of an earlier test keeps its event loop running in this thread; it waits meanwhile."""
    other = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(other)


@contextmanager
def _listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        yield listener


def _worker(listener: socket.socket, kept: Certificates | None, options: dict[str, Any]) -> Any:
    cfg = Config()
    tls = {"certfile": str(kept.certificate), "keyfile": str(kept.key)} if kept else {}
    for name, value in ({"threads": 2, "keepalive": 1} | tls | options).items():
        cfg.set(name, value)

    class Opened(DeskWorker):
        """Tells when it listens."""

        on_open: Callable[[], None]

        def notify(self) -> None:
            super().notify()
            if not hasattr(self, "was_told"):
                self.was_told = True
                self.on_open()

    return Opened(1, os.getppid(), [listener], None, 30, cfg, Logger(cfg))
