"""Visitors who send or read slowly hold a socket, never the desk; each wait has an end (gunicorn with the desk's worker)."""

import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from targets import tills
from vipdesk import authority
from vipdesk.tests.served import TRUSTS_ALL, Server, served, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
MANY = 40
MORE_THAN_SOCKETS_BUFFER = 64 * 1024 * 1024
HEAD = b"Host: localhost\r\nCookie: csrftoken=" + b"a" * 32 + b"\r\n"
HALF_HEAD = b"GET /healthz HTTP/1.1\r\nHost: loc"
FORM = b"POST /login/ HTTP/1.1\r\n" + HEAD + b"Content-Type: application/x-www-form-urlencoded\r\n"
HALF_BODY = FORM + b"Content-Length: 1000\r\n\r\ncsrfmiddlewaretoken="
HALF_CHUNK = FORM + b"Transfer-Encoding: chunked\r\n\r\n3E8\r\ncsrf"
LARGE_ANSWER = b"GET /static/vendor/bootstrap-5.3.9.min.css HTTP/1.1\r\n" + HEAD + b"\r\n"
LIMITS = {
    "WEB_HANDSHAKE_SECONDS": "3",
    "WEB_HEAD_SECONDS": "3",
    "WEB_BODY_SECONDS": "3",
    "WEB_UNSENT_SECONDS": "3",
}
PATIENT = dict.fromkeys(LIMITS, "60")


@pytest.fixture(params=["http", "https"])
def options(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    if request.param == "http":
        return []
    kept = authority.ensure(tmp_path / "tls", ["localhost"])
    return [f"--certfile={kept.certificate}", f"--keyfile={kept.key}"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with served(tmp_path) as running:
        yield running


@pytest.fixture
def held() -> Iterator[list[socket.socket]]:
    opened: list[socket.socket] = []
    yield opened
    for one in opened:
        one.close()


def connect(server: Server, *, shakes: bool = True, buffer: int = 0) -> socket.socket:
    opened = socket.socket()
    if buffer:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    opened.settimeout(10)
    opened.connect(("127.0.0.1", server.port))
    return TRUSTS_ALL.wrap_socket(opened) if server.is_https and shakes else opened


def send(server: Server, data: bytes, *, buffer: int = 0) -> socket.socket:
    opened = connect(server, buffer=buffer)
    opened.sendall(data)
    return opened


def seconds_until_healthy(server: Server) -> float:
    began = time.monotonic()
    assert server.ask("GET", "/healthz", "").status == 200
    return time.monotonic() - began


def ending_of(opened: socket.socket) -> bytes:
    """All that still comes until the server closes."""
    received = b""
    try:
        while data := opened.recv(65536):
            received += data
    except (ConnectionResetError, ssl.SSLError):
        pass
    return received


WAYS: dict[str, Callable[[Server], socket.socket]] = {
    "half heads": lambda server: send(server, HALF_HEAD),
    "half bodies": lambda server: send(server, HALF_BODY),
    "half chunks": lambda server: send(server, HALF_CHUNK),
    "nothing sent": connect,
    "answers not taken": lambda server: send(server, LARGE_ANSWER * 20, buffer=2048),
    "half handshakes": lambda server: connect(server, shakes=False),
}


def test_the_desk_answers_at_once_while_visitors_of_every_slow_kind_are_held(
    server: Server, options: list[str], held: list[socket.socket]
) -> None:
    server.start(options=options, settings_from=PATIENT)
    for name, open_one in WAYS.items():
        held += [open_one(server) for _ in range(MANY)]
        time.sleep(0.3)  # they have arrived
        slowest = max(seconds_until_healthy(server) for _ in range(3))
        assert slowest < 1, name


def test_every_wait_has_an_end(server: Server, options: list[str], held: list[socket.socket]) -> None:
    server.start(options=options, settings_from=LIMITS)
    began = time.monotonic()
    half = {name: WAYS[name](server) for name in ("half heads", "half bodies", "nothing sent", "half handshakes")}
    held += half.values()
    stop = threading.Event()
    threading.Thread(target=_trickle, args=(half["half heads"], stop), daemon=True).start()
    endings = {name: ending_of(opened) for name, opened in half.items()}
    stop.set()
    assert time.monotonic() - began < 8
    assert b" 408 " in endings["half heads"].splitlines()[0] and b" 408 " in endings["half bodies"].splitlines()[0]
    assert not endings["nothing sent"]


def _trickle(opened: socket.socket, stop: threading.Event) -> None:
    """A byte now and then does not win time: the limit is for the whole head."""
    while not stop.wait(0.5):
        try:
            opened.send(b"a")
        except OSError:
            return


def test_whoever_has_waited_longest_makes_room(server: Server, held: list[socket.socket]) -> None:
    server.start(options=["--worker-connections=50"], settings_from=PATIENT)
    held += [send(server, HALF_HEAD) for _ in range(60)]
    assert seconds_until_healthy(server) < 1
    assert ending_of(held[0]) == b""
    held[-1].settimeout(0.2)
    with pytest.raises(TimeoutError):
        held[-1].recv(1)


def test_a_body_over_the_limit_is_refused_by_its_length_before_it_is_sent(server: Server, options: list[str]) -> None:
    server.start(options=options)
    opened = send(server, FORM + b"Content-Length: 3000000\r\n\r\n")
    answer = ending_of(opened)
    assert b" 413 " in answer.splitlines()[0] and b"This is too large" in answer


def test_a_body_that_says_no_length_is_cut_at_the_limit(server: Server, options: list[str]) -> None:
    server.start(options=options, settings_from=PATIENT)
    opened = send(server, FORM + b"Transfer-Encoding: chunked\r\n\r\n")
    for size in (settings.DATA_UPLOAD_MAX_MEMORY_SIZE, 1):
        opened.sendall(b"%x\r\n" % size + b"x" * size + b"\r\n")
    answer = ending_of(opened)  # the body's end was not sent, and nobody waits for it
    assert b" 413 " in answer.splitlines()[0] and b"This is too large" in answer
    with pytest.raises((ConnectionError, ssl.SSLError)):  # whoever goes on is cut off
        opened.sendall(b"x" * MORE_THAN_SOCKETS_BUFFER)


def test_only_the_office_is_told_to_go_on_with_a_whole_sheet(
    server: Server, desk_user: Any, mgr1: Any, signed_in: Any
) -> None:
    server.start()
    for client, told in ((signed_in(desk_user), b"HTTP/1.1 100 "), (signed_in(mgr1), b"HTTP/1.1 413 ")):
        cookie = f"desk_session={client.cookies['desk_session'].value}".encode()
        head = b"POST /customers/imports/ HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + b"\r\n"
        opened = send(server, head + b"Expect: 100-continue\r\nContent-Length: 3000000\r\n\r\n")
        assert opened.recv(1000).startswith(told)
        opened.close()


def test_a_body_in_chunks_is_read_like_any_other(server: Server, ops: Any) -> None:
    _till, token = tills.add_till(name="1", by=ops)
    server.start()
    kind = f"Authorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode()
    head = b"POST /targets/api/charges/ HTTP/1.1\r\nHost: localhost\r\n" + kind
    answer = ending_of(send(server, head + b'4\r\n{"ro\r\n8\r\nws": [1]\r\n1\r\n}\r\n0\r\n\r\n'))
    assert answer.startswith(b"HTTP/1.1 400 ") and b"One row is an object" in answer
    assert ending_of(send(server, head + b"zz\r\nname\r\n")).startswith(b"HTTP/1.1 400 ")


def test_what_follows_a_short_length_is_no_part_of_the_form(server: Server) -> None:
    server.start()
    answer = ending_of(send(server, FORM + b"Content-Length: 4\r\n\r\nname" + b"x" * 100_000))
    assert answer.startswith(b"HTTP/1.1 403 ") and answer.count(b"HTTP/1.1") == 2
    assert b"HTTP/1.1 400 " in answer or b"HTTP/1.1 431 " in answer or b"HTTP/1.1 414 " in answer


def test_requests_sent_in_one_go_are_answered_in_order(server: Server) -> None:
    server.start()
    first = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    statuses = [line for line in ending_of(send(server, first * 3 + last)).splitlines() if b"HTTP/1.1" in line]
    assert statuses == [b"HTTP/1.1 200 OK"] * 3 + [b"HTTP/1.1 302 Found"]


def test_a_server_that_stops_waits_for_no_visitor_and_finishes_what_came(
    server: Server, options: list[str], held: list[socket.socket]
) -> None:
    server.start(options=options, settings_from=PATIENT)
    held += [open_one(server) for open_one in WAYS.values()]
    coming = send(server, b"GET /healthz HTTP/1.1\r\nHost: local")
    seconds_until_healthy(server)  # a later request is answered: the half head has been read
    assert server.process
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    coming.sendall(b"host\r\n\r\n")
    assert b"200 OK" in ending_of(coming)
    assert server.process.wait(20) == 0
    assert time.monotonic() - began < 10
    server.process = None


def test_a_killed_worker_is_replaced(server: Server) -> None:
    server.start()
    killed = server.worker()
    assert killed
    os.kill(killed, signal.SIGKILL)
    until(lambda: server.worker() not in (None, killed) and server.ask("GET", "/healthz", "").status == 200)
    assert "Traceback" not in server.log.read_text()
