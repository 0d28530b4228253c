"""gunicorn's worker for the desk: `worker_class = "vipdesk.web.worker.DeskWorker"` (gunicorn.conf.py).

One event loop does everything that waits for a browser: handshakes, heads, bodies, answers that are taken slowly. A
request goes to one of a few threads when all of it has come, and a thread is free again when it has written its answer
into the loop's buffer. So a visitor who sends or reads slowly holds a socket, never a thread, and each wait has an end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from gunicorn import sock as gunicorn_sock
from gunicorn.http.errors import NoMoreData
from gunicorn.http.parser import RequestParser
from gunicorn.http.wsgi import create
from gunicorn.workers.base import Worker

from vipdesk.web.connection import Connection, Outgoing
from vipdesk.web.framing import CUT, Incoming

ACCEPTED_AT_ONCE = 32
TLS_ENDS_WITHIN = 2.0
# Bytes of bodies that a worker keeps, mostly on disk; past it, whoever has let it wait longest is dropped.
HELD_MAX = 256 * 1024 * 1024
# A worker that stops lets a request that is coming in come in for so long.
STOPS_READING_AFTER = 2.0


@dataclass(frozen=True)
class Limits:
    """Seconds that a browser is given, and bytes of a body."""

    handshake_seconds: float
    head_seconds: float
    body_seconds: float
    unsent_seconds: float
    body: int

    @classmethod
    def from_settings(cls) -> Limits:
        return cls(
            settings.WEB_HANDSHAKE_SECONDS,
            settings.WEB_HEAD_SECONDS,
            settings.WEB_BODY_SECONDS,
            settings.WEB_UNSENT_SECONDS,
            settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        )


class DeskWorker(Worker):
    loop: asyncio.AbstractEventLoop
    limits: Limits
    cfg: Any
    wsgi: Any
    alive: bool

    def run(self) -> None:
        self.limits = Limits.from_settings()
        self._pool = ThreadPoolExecutor(self.cfg.threads, thread_name_prefix="answer")
        self.keep_nothing()
        self._tls = gunicorn_sock.ssl_context(self.cfg) if self.cfg.is_ssl else None
        asyncio.run(self._serve())

    def keep_nothing(self) -> None:
        self._connections: dict[Connection, None] = {}
        self._waiting: dict[Connection, None] = {}  # the one that has waited longest first
        self._held: dict[Connection, int] = {}  # bytes of bodies
        self._held_in_all = 0

    # --- the loop ----------------------------------------------------------------------------------------------------

    async def _serve(self) -> None:
        self.loop, self._stops = asyncio.get_running_loop(), asyncio.Event()
        self.loop.add_signal_handler(signal.SIGTERM, self.stop)
        for listener in self.sockets:
            listener.setblocking(False)
            self.loop.add_reader(listener.fileno(), self._accept, listener)
        while self.alive and self.ppid == os.getppid():
            self.notify()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stops.wait(), 1)
        self.alive = False
        await self._finish()

    def stop(self) -> None:
        self.alive = False
        self._stops.set()

    async def _finish(self) -> None:
        """Takes nobody new; who is being answered gets the answer, who is sending a short while to have sent."""
        for listener in self.sockets:
            self.loop.remove_reader(listener.fileno())
        for connection in [kept for kept in self._waiting if kept.is_idle]:
            connection.drop()
        now = self.loop.time()
        stops_reading, gives_up = now + STOPS_READING_AFTER, now + self.cfg.graceful_timeout
        while self._connections and self.loop.time() < gives_up:
            self.notify()
            if self.loop.time() > stops_reading:
                for connection in list(self._waiting):
                    connection.drop()
            await asyncio.sleep(0.05)

    def _accept(self, listener: Any) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted, client = listener.accept()
            except OSError:  # nobody waits any more, or a sibling was quicker, or no file descriptor is free
                return
            accepted.setblocking(False)
            connection = Connection(self, client, listener.getsockname())
            self._connections[connection] = None
            self.waits(connection)
            connection.opening = self.loop.create_task(self._open(connection, accepted))
            connection.opening.add_done_callback(partial(self._opened, connection, accepted))
            self._make_room()

    async def _open(self, connection: Connection, accepted: socket.socket) -> None:
        tls: dict[str, Any] = {}
        if self._tls:
            tls = {"ssl_handshake_timeout": self.limits.handshake_seconds, "ssl_shutdown_timeout": TLS_ENDS_WITHIN}
        await self.loop.connect_accepted_socket(lambda: connection, accepted, ssl=self._tls, **tls)

    def _opened(self, connection: Connection, accepted: socket.socket, opening: asyncio.Task[None]) -> None:
        error = None if opening.cancelled() else opening.exception()
        if opening.cancelled() or error:  # dropped, too slow, no TLS, or gone again
            accepted.close()
            self.forget(connection)
        if error and not isinstance(error, OSError):
            self.log.error("A connection could not be opened.", exc_info=error)

    def _make_room(self) -> None:
        """So many at once and no more: whoever has let us wait longest goes first."""
        while len(self._connections) > self.cfg.worker_connections and self._waiting:
            next(iter(self._waiting)).drop()

    # --- what connections call ---------------------------------------------------------------------------------------

    def waits(self, connection: Connection) -> None:
        self._waiting.pop(connection, None)
        self._waiting[connection] = None

    def forget(self, connection: Connection) -> None:
        self._connections.pop(connection, None)
        self._waiting.pop(connection, None)
        self.release(connection)

    def hold(self, connection: Connection, size: int) -> None:
        self._held[connection] = self._held.get(connection, 0) + size
        self._held_in_all += size
        while self._held_in_all > HELD_MAX and (slowest := self._slowest_with_a_body()):
            slowest.drop()

    def release(self, connection: Connection) -> None:
        self._held_in_all -= self._held.pop(connection, 0)

    def _slowest_with_a_body(self) -> Connection | None:
        return next((waiting for waiting in self._waiting if waiting in self._held), None)

    def ask_limit(self, connection: Connection, incoming: Incoming) -> None:
        """Whether this sender may send more; an application without `body_limit` takes no more from anybody."""
        self._waiting.pop(connection, None)
        if hasattr(self.wsgi, "body_limit"):
            self._pool.submit(self._ask_limit, connection, incoming)
        else:
            connection.set_limit(self.limits.body)

    def answer(self, connection: Connection, incoming: Incoming) -> None:
        self._waiting.pop(connection, None)
        self.nr += 1
        if self.nr >= self.max_requests:
            self.alive = False
        self._pool.submit(self._answer, connection, incoming)

    # --- in a thread -------------------------------------------------------------------------------------------------

    def _ask_limit(self, connection: Connection, incoming: Incoming) -> None:
        limit = self.limits.body
        close_old_connections()
        try:
            request = next(RequestParser(self.cfg, iter([incoming.head]), connection.client))
            environ = create(request, Outgoing(connection), connection.client, connection.server, self.cfg)[1]
            limit = self.wsgi.body_limit(environ)
        except Exception:
            self.log.exception("The limit of a body could not be found.")
        finally:
            close_old_connections()
            self.loop.call_soon_threadsafe(connection.set_limit, limit)

    def _answer(self, connection: Connection, incoming: Incoming) -> None:
        outgoing, keeps = Outgoing(connection), False
        request = None
        try:
            request = next(RequestParser(self.cfg, incoming.pieces(), connection.client))
            keeps = self._call(request, outgoing, connection, incoming)
        except (NoMoreData, StopIteration, ConnectionError, TimeoutError) as error:
            self.log.debug("A connection ended early: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001  # logged and answered there, as by gunicorn's own workers
            self.handle_error(request, outgoing, connection.client, error)
        finally:
            self.loop.call_soon_threadsafe(_finish, connection, outgoing.take(), keeps)

    def _call(self, request: Any, outgoing: Outgoing, connection: Connection, incoming: Incoming) -> bool:
        """Runs the application; whether the connection may be used again."""
        response, environ = create(request, outgoing, connection.client, connection.server, self.cfg)
        environ["wsgi.multithread"] = True
        environ[CUT] = incoming.is_body_too_large
        if incoming.is_body_too_large:
            environ["wsgi.input"] = BytesIO()
        elif incoming.length is None:
            _measure_body(environ)
        if incoming.is_body_too_large or not self.alive or not self.cfg.keepalive:
            response.force_close()
        began = datetime.now(UTC)
        parts = self.wsgi(environ, response.start_response)
        try:
            for part in parts:
                response.write(part)
            response.close()
        except (ConnectionError, TimeoutError):
            raise
        except Exception:
            if response.headers_sent:  # a second answer would be read as part of the first
                self.log.exception("An answer broke off.")
                return False
            raise
        finally:
            self.log.access(response, request, environ, datetime.now(UTC) - began)
            if hasattr(parts, "close"):
                parts.close()
        return not response.should_close()


def _measure_body(environ: dict[str, Any]) -> None:
    """Django reads a body only where its length is told; all of it is there, so it can be."""
    body = environ["wsgi.input"].read()
    environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _finish(connection: Connection, data: bytearray, keeps: bool) -> None:
    connection.finish(data, keeps=keeps)
