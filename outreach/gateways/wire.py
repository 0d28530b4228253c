"""One HTTP request on a connection of its own: no second try, no redirect, no proxy, an end to all waiting.

What matters is how far it came: a connection that never was cannot have carried a message; whatever fails after that
may have.
"""

import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

MOST_BYTES = 65_536


class NeverConnected(Exception):
    """Nobody took the connection: surely nothing was sent."""


class NoAnswer(Exception):
    """Something may have been sent; its message is the kind of error alone."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def ask(method: str, url: str, *, timeout: float, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
    """The answer, whatever its status. Raises NeverConnected, NoAnswer, and ValueError for what is no address."""
    wire, target = _wire(url, timeout)
    try:
        _connect(wire)
        try:
            return _exchange(wire, method, target, headers, body, time.monotonic() + timeout)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NoAnswer(type(error).__name__) from None
    finally:
        wire.close()


def _wire(url: str, timeout: float) -> tuple[http.client.HTTPConnection, str]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("An SMS gateway has an http or https address.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=context), target
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout), target


def _connect(wire: http.client.HTTPConnection) -> None:
    try:
        wire.connect()
    except (OSError, ssl.SSLError) as error:
        raise NeverConnected(type(error).__name__) from None


def _exchange(
    wire: http.client.HTTPConnection,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes | None,
    deadline: float,
) -> Answer:
    wire.request(method, target, body=body, headers=dict(headers))
    response = wire.getresponse()
    held = b""
    # A provider that drips its answer byte by byte would outlast any timeout of one read.
    while len(held) < MOST_BYTES and (piece := response.read1(8192)):
        held += piece
        if time.monotonic() > deadline:
            raise TimeoutError
    return Answer(response.status, held, {name.lower(): value for name, value in response.getheaders()})
