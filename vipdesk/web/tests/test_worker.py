"""The worker in this process, on real sockets: what it reads, what it answers, and that each wait has an end."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vipdesk import authority
from vipdesk.authority import Certificates
from vipdesk.web import connection
from vipdesk.web import worker as module
from vipdesk.web.framing import CUT, HEAD_MAX
from vipdesk.web.tests.serving import GET, Visitor, ending_of, serve
from vipdesk.web.worker import DeskWorker

pytestmark = pytest.mark.real_clock  # what it waits for are seconds
LARGE = 12 * 1024 * 1024
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(autouse=True)
def _impatient(settings: Any, monkeypatch: Any) -> None:
    for name in ("HANDSHAKE", "HEAD", "BODY", "UNSENT"):
        setattr(settings, f"WEB_{name}_SECONDS", 0.4)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    monkeypatch.setattr(connection, "LINGER_SECONDS", 0.2)
    monkeypatch.setattr(module, "STOPS_READING_AFTER", 0.2)


@pytest.fixture(params=["http", "https"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Certificates | None:
    return None if request.param == "http" else certificates(tmp_path_factory.getbasetemp() / "tls")


def certificates(folder: Path) -> Certificates:
    return authority.ensure(folder, ["localhost"])


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """What came: how long the body was said to be and was, and whether the server cut it."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ.get('CONTENT_LENGTH')} {len(body)} {environ[CUT]}".encode()]


def large(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    """More than any socket takes by itself."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(LARGE))])
    return iter([b"x" * 65536] * (LARGE // 65536))


def test_requests_on_one_connection_are_answered_in_order(kept: Certificates | None) -> None:
    def visit(visitor: Visitor) -> None:
        opened = visitor.send(GET * 2 + POST + b"Content-Length: 4\r\n\r\nname")
        answer = ending_of(opened)  # the connection ends by itself, being idle
        assert answer.count(b"HTTP/1.1 200 OK") == 3 and answer.index(b"None 0 False") < answer.index(b"4 4 False")

    serve(echo, visit, kept)


def test_a_body_in_chunks_has_its_length_by_then() -> None:
    def visit(visitor: Visitor) -> None:
        head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
        assert b"9 9 False" in visitor.ask(head + b"5\r\nhello\r\n4\r\nname\r\n0\r\n\r\n")
        assert visitor.ask(head + b"zz\r\n").startswith(b"HTTP/1.1 400 ")

    serve(echo, visit)


def test_a_body_past_the_limit_is_not_read(kept: Certificates | None) -> None:
    def visit(visitor: Visitor) -> None:
        assert b"2000 0 True" in visitor.ask(POST + b"Content-Length: 2000\r\n\r\n")
        assert b"None 0 True" in visitor.ask(POST + b"Transfer-Encoding: chunked\r\n\r\n7D0\r\n" + b"x" * 1500)

    serve(echo, visit, kept)


def test_an_application_may_take_more_from_some() -> None:
    class Application:
        def body_limit(self, environ: dict[str, Any]) -> int:
            if "HTTP_COOKIE" not in environ:
                raise LookupError
            return 5000

        def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
            return echo(environ, start_response)

    def visit(visitor: Visitor) -> None:
        opened = visitor.send(POST + b"Cookie: a=b\r\nExpect: 100-continue\r\nContent-Length: 3000\r\n\r\n")
        assert opened.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        opened.sendall(b"x" * 3000)
        assert b"3000 3000 False" in ending_of(opened)
        assert b"3000 0 True" in visitor.ask(POST + b"Content-Length: 3000\r\n\r\n")

    serve(Application(), visit)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: loc", b"HTTP/1.1 408 "),
        (POST + b"Content-Length: 9\r\n\r\nname", b"HTTP/1.1 408 "),
        (b"", b""),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * (HEAD_MAX + 1), b"HTTP/1.1 431 "),
        (b"\0\1\2 nonsense\r\n\r\n", b"HTTP/1.1 400 "),
    ],
)
def test_what_is_no_whole_request_is_answered_in_time(sent: bytes, status: bytes, kept: Certificates | None) -> None:
    def visit(visitor: Visitor) -> None:
        began = time.monotonic()
        assert ending_of(visitor.send(sent)).startswith(status)
        assert time.monotonic() - began < 4

    serve(echo, visit, kept)


def test_a_handshake_that_never_ends_is_ended(tmp_path: Path) -> None:
    def visit(visitor: Visitor) -> None:
        assert ending_of(visitor.send(b"", shakes=False)) == b""
        assert ending_of(visitor.send(b"GET / HTTP/1.1\r\n\r\n", shakes=False)) != b"HTTP/1.1 200 OK"
        assert b"None 0 False" in visitor.ask()

    serve(echo, visit, certificates(tmp_path / "tls"))


def test_who_takes_no_answer_is_dropped_and_holds_nobody_up(settings: Any) -> None:
    settings.WEB_UNSENT_SECONDS = 1.5

    def visit(visitor: Visitor) -> None:
        slow = [visitor.send(GET, buffer=2048) for _ in range(2)]  # as many as there are threads
        assert len(ending_of(visitor.send(GET))) > LARGE
        assert all(len(ending_of(opened)) < LARGE for opened in slow)

    serve(large, visit)


def test_an_application_that_breaks_is_answered_for(caplog: Any) -> None:
    def breaks(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        if environ["PATH_INFO"] == "/late":
            start_response("200 OK", [("Content-Length", "10")])
            yield b"half"
        raise LookupError

    def visit(visitor: Visitor) -> None:
        assert visitor.ask().startswith(b"HTTP/1.1 500 ")
        assert visitor.ask(GET.replace(b"/ ", b"/late ")).endswith(b"half")

    serve(breaks, visit)


def test_past_its_connections_the_one_that_waits_longest_makes_room() -> None:
    def visit(visitor: Visitor) -> None:
        held = [visitor.send(b"GET / HT") for _ in range(12)]
        assert b"None 0 False" in visitor.ask()
        assert ending_of(held[0]) == b""

    serve(echo, visit, worker_connections=10)


def test_a_worker_that_served_its_number_ends() -> None:
    def visit(visitor: Visitor) -> None:
        assert b"Connection: close" in visitor.send(GET).recv(1000)

    serve(echo, visit, max_requests=1)


# --- what it keeps ---------------------------------------------------------------------------------------------------


class Sender:
    def __init__(self, worker: DeskWorker, name: str, dropped: list[str]) -> None:
        self.worker, self.name, self.dropped = worker, name, dropped
        worker.waits(self)

    def drop(self) -> None:
        self.dropped.append(self.name)
        self.worker.forget(self)


@pytest.fixture
def worker(monkeypatch: Any) -> DeskWorker:
    monkeypatch.setattr(module, "HELD_MAX", 100)
    made = DeskWorker.__new__(DeskWorker)
    made.keep_nothing()
    return made


def test_past_its_limit_the_one_that_has_sent_longest_is_dropped(worker: DeskWorker) -> None:
    dropped: list[str] = []
    _silent, slow, quick = (Sender(worker, name, dropped) for name in ("silent", "slow", "quick"))
    worker.hold(slow, 60)
    worker.hold(quick, 40)
    assert dropped == []
    worker.hold(quick, 10)
    assert dropped == ["slow"]
    worker.hold(quick, 50)
    assert dropped == ["slow"]


def test_what_was_answered_counts_no_more(worker: DeskWorker) -> None:
    dropped: list[str] = []
    first, second = Sender(worker, "first", dropped), Sender(worker, "second", dropped)
    worker.hold(first, 90)
    worker.release(first)
    worker.hold(second, 90)
    assert dropped == []
