"""One connection of a browser: reads and writes in the worker's event loop, which never waits; threads only answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from vipdesk.web.framing import Incoming

if TYPE_CHECKING:
    from vipdesk.web.worker import DeskWorker

# Written, not yet taken by the browser: above it a thread waits. Whatever the desk shows without a login, its largest
# style sheet too, is smaller; so only who is signed in can make one wait.
UNSENT_MAX = 512 * 1024
LINGER_SECONDS = 2.0
LINGER_MAX = 1024 * 1024
# The slowest network whose body is waited for, in bytes a second.
SLOWEST = 16 * 1024


class State(Enum):
    SHAKING = "TLS handshake"
    READING = "reading a request"
    ANSWERING = "a thread is at it"
    LINGERING = "answered before all was read"
    CLOSED = "closed"


class Connection(asyncio.Protocol):
    """States follow each other in this order; after an answer a connection reads again or ends."""

    def __init__(self, worker: DeskWorker, client: Any, server: Any) -> None:
        self.worker, self.client, self.server = worker, client, server
        self.state = State.SHAKING
        self.opening: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._incoming = Incoming(worker.limits.body)
        self._ahead = b""
        self._timer: asyncio.TimerHandle | None = None
        self._has_unsent = False
        self._discarded = 0
        self._waiting: list[Future[None]] = []

    # --- what asyncio calls ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=1)  # to be told of every answer that is not taken, and when it is
        self._read_next(self.worker.limits.head_seconds)

    def data_received(self, data: bytes) -> None:
        if self.state is State.READING:
            self._take(data)
        elif self.state is State.ANSWERING:
            self._ahead += data
        elif self.state is State.LINGERING:
            self._discarded += len(data)
            if self._discarded > LINGER_MAX:
                self._end()

    def eof_received(self) -> bool:
        """A client may say that it has sent all, and still wait for its answer; TLS has no such half."""
        return self.state is State.ANSWERING and not self.worker.cfg.is_ssl

    def pause_writing(self) -> None:
        self._has_unsent = True

    def resume_writing(self) -> None:
        self._has_unsent = False
        self._release(None)
        if self.state is State.READING and self._ahead:
            self._take_ahead()

    def connection_lost(self, error: Exception | None) -> None:
        if self.state is not State.ANSWERING:  # else a thread may be reading it
            self._incoming.close()
        self.state = State.CLOSED
        self._stop_timer()
        self._release(ConnectionAbortedError("the client has gone"))
        self.worker.forget(self)

    # --- one request -------------------------------------------------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        """Between two requests, nothing of the next one having come."""
        return self.state is State.READING and not self._incoming.has_started

    def _read_next(self, seconds: float) -> None:
        self.state = State.READING
        self._incoming = Incoming(self.worker.limits.body)
        self.worker.waits(self)
        self._within(seconds, self._too_slow)
        self._resume_reading()

    def _take(self, data: bytes) -> None:
        incoming = self._incoming
        if self._has_unsent:  # it sends on without taking what it was answered
            self._ahead += data
            self._pause_reading()
        elif incoming.head:
            self._take_body(data)
        else:
            if not incoming.has_started:
                self._within(self.worker.limits.head_seconds, self._too_slow)
            rest = incoming.feed_head(data)
            if incoming.is_head_too_large:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            elif rest is not None:
                self._judge(rest)

    def _judge(self, rest: bytes) -> None:
        """The head is there: refuse what is too large by its own word, ask who is given more than others."""
        incoming = self._incoming
        if not incoming.is_body_too_large:
            self._await_body(rest)
            return
        self.state = State.ANSWERING
        self._ahead = rest
        self._pause_reading()
        self._stop_timer()
        self.worker.ask_limit(self, incoming)

    def set_limit(self, limit: int) -> None:
        """In the loop: how large a body this sender may send to this address."""
        if self.state is State.CLOSED:
            return
        self._incoming.body_max = limit
        rest, self._ahead = self._ahead, b""
        if self._incoming.is_body_too_large:
            self._dispatch()
        else:
            self.state = State.READING
            self.worker.waits(self)
            self._resume_reading()
            self._await_body(rest)

    def _await_body(self, rest: bytes) -> None:
        incoming = self._incoming
        expected = incoming.length if incoming.length is not None else incoming.body_max
        self._within(self.worker.limits.body_seconds + expected / SLOWEST, self._too_slow)
        if incoming.expects_continue and not rest and expected:
            self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._take_body(rest)

    def _take_body(self, data: bytes) -> None:
        rest = self._incoming.feed_body(data)
        self.worker.hold(self, len(data) - len(rest))
        if self._incoming.is_whole or self._incoming.is_body_too_large:
            self._ahead = rest
            self._dispatch()

    def _dispatch(self) -> None:
        self.state = State.ANSWERING
        self._pause_reading()
        self._stop_timer()
        self.worker.answer(self, self._incoming)

    def _take_ahead(self) -> None:
        ahead, self._ahead = self._ahead, b""
        self._resume_reading()
        self._take(ahead)

    # --- its answer --------------------------------------------------------------------------------------------------

    def push(self, data: bytes | bytearray, taken: Future[None]) -> None:
        """In the loop, for a thread that waits on `taken`: a part of an answer."""
        if self.state is State.CLOSED:
            taken.set_exception(ConnectionAbortedError("the client has gone"))
            return
        self._write(data)
        self._waiting.append(taken)
        if self._transport and self._transport.get_write_buffer_size() <= UNSENT_MAX:
            self._release(None)

    def finish(self, data: bytes | bytearray, *, keeps: bool) -> None:
        """In the loop, the answer's end."""
        incoming = self._incoming
        incoming.close()
        self.worker.release(self)
        if self.state is State.CLOSED:
            return
        self._write(data)
        if keeps and not incoming.is_body_too_large and self.worker.alive:
            self._read_next(self.worker.cfg.keepalive)
            if self._ahead and not self._has_unsent:
                self._take_ahead()
        else:
            self._end(lingers=incoming.is_body_too_large)

    def _refuse(self, status: HTTPStatus) -> None:
        text = f"{status.phrase}\n".encode()
        lines = (
            f"HTTP/1.1 {status.value} {status.phrase}",
            "Content-Type: text/plain; charset=utf-8",
            f"Content-Length: {len(text)}",
            "Connection: close",
        )
        self._write("\r\n".join((*lines, "", "")).encode() + text)
        self._incoming.close()
        self._end(lingers=True)

    def _too_slow(self) -> None:
        if self._incoming.has_started:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self._end()

    def _end(self, *, lingers: bool = False) -> None:
        """Lingering keeps what was answered from being lost where the client is still sending (RFC 9112, 9.6)."""
        if not self._transport:
            return
        if lingers:
            if self._transport.can_write_eof():
                self._transport.write_eof()
            self.state = State.LINGERING
            self.worker.waits(self)
            self._resume_reading()
            self._within(LINGER_SECONDS, self._end)
            return
        self.state = State.CLOSED
        self._stop_timer()
        self._transport.close()
        # What nobody takes is not kept for ever.
        self._timer = self.worker.loop.call_later(self.worker.limits.unsent_seconds, self.drop)

    def drop(self) -> None:
        """Ends it at once, whatever it was at."""
        self.worker.forget(self)
        if self._transport:
            self._transport.abort()
        elif self.opening:
            self.opening.cancel()

    # --- small things ------------------------------------------------------------------------------------------------

    def _write(self, data: bytes | bytearray) -> None:
        if data and self._transport and not self._transport.is_closing():
            self._transport.write(data)

    def _within(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop_timer()
        self._timer = self.worker.loop.call_later(seconds, then)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _pause_reading(self) -> None:
        if self._transport and self._transport.is_reading():
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        if self._transport and not self._transport.is_closing() and not self._transport.is_reading():
            self._transport.resume_reading()

    def _release(self, error: Exception | None) -> None:
        for taken in self._waiting:
            if taken.set_running_or_notify_cancel():
                taken.set_exception(error) if error else taken.set_result(None)
        self._waiting.clear()


class Outgoing:
    """What gunicorn's response takes for a socket, in a thread: gathers the answer, hands it to the loop."""

    GATHERED = 256 * 1024

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._gathered = bytearray()

    def sendall(self, data: bytes) -> None:
        self._gathered += data
        if len(self._gathered) > self.GATHERED:
            self._push()

    def send(self, data: bytes) -> int:
        """Only "100 Continue" is sent this way, and the loop has done so."""
        return len(data)

    def gettimeout(self) -> float:
        return 0.0

    def take(self) -> bytearray:
        data, self._gathered = self._gathered, bytearray()
        return data

    def _push(self) -> None:
        worker, taken = self._connection.worker, Future[None]()
        worker.loop.call_soon_threadsafe(self._connection.push, self.take(), taken)
        try:
            taken.result(worker.limits.unsent_seconds)
        except TimeoutError:
            worker.loop.call_soon_threadsafe(self._connection.drop)
            raise
