"""A server killed at fifty moments around one POST each: the tablet asks again, and every guest is there exactly once.

The server is real (gunicorn, its worker killed with SIGKILL), and so are the database and the wire.
"""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from customers.models import Consent, Customer
from customers.tests.factories import capture_data
from staff.models import User
from vipdesk.submissions import Submission

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("furnished")]
KILLS = 50


class Server:
    """gunicorn on the test's database, with one worker to kill; its master brings up the next."""

    def __init__(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.port, self.process = port, process

    def worker(self) -> int | None:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def kill_worker(self) -> None:
        if pid := self.worker():
            os.kill(pid, signal.SIGKILL)

    def ask(
        self, method: str, path: str, cookie: str, fields: dict[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """One request on a connection of its own; raises OSError or HTTPException where no whole answer came."""
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        body = urllib.parse.urlencode(fields) if fields else None
        headers = {"Cookie": cookie, "HX-Request": "true"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        wire.request(method, path, body, headers)
        answer = wire.getresponse()
        answer.text = answer.read().decode()  # type: ignore[attr-defined]
        wire.close()
        return answer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    names = connection.settings_dict
    url = f"postgres://{names['USER']}:{names['PASSWORD']}@{names['HOST']}:{names['PORT']}/{names['NAME']}"
    environment = os.environ | {"DATABASE_URL": url, "DEBUG": "1"}
    command = [sys.executable, "-m", "gunicorn", "vipdesk.wsgi", "--preload", "--workers=1", "--threads=2"]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, f"--bind=127.0.0.1:{port}"], cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log
        )
    running = Server(port, process)
    _until(lambda: running.ask("GET", "/healthz", "").status == 200)
    yield running
    process.terminate()
    process.wait(20)


def _until(ready: Any, patience: float = 30) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            if ready():
                return
        except (OSError, http.client.HTTPException):
            pass  # not yet; the deadline below decides
        assert time.monotonic() < deadline, "the server did not come up"
        time.sleep(0.02)


def test_a_server_killed_at_fifty_moments_loses_nothing_and_doubles_nothing(
    server: Server, mgr1: User, signed_in: Any
) -> None:
    browser: Client = signed_in(mgr1)
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
    form = server.ask("GET", "/customers/new/", cookie)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)  # type: ignore[attr-defined]
    csrf = re.search(r"csrftoken=[^;]+", form.headers["Set-Cookie"])
    assert token and csrf
    cookie = f"{cookie}; {csrf[0]}"

    def send(guest: dict[str, str]) -> http.client.HTTPResponse:
        return server.ask("POST", "/customers/new/", cookie, guest | {"csrfmiddlewaretoken": token[1]})

    usual = _seconds(lambda: send(capture_data()))
    guests = [capture_data() for _ in range(KILLS)]
    lost = 0
    for n, guest in enumerate(guests):
        lost += _send_and_kill(server, lambda guest=guest: send(guest), after=usual * 1.4 * n / KILLS)
        _until(lambda guest=guest: send(guest).status == 200)

    ids = [guest["client_id"] for guest in guests]
    assert lost > 0, "no kill met a request: the test proves nothing"
    assert Customer.objects.filter(client_id__in=ids).count() == KILLS
    assert Submission.objects.filter(pk__in=ids).exclude(receipt={}).count() == KILLS
    assert Consent.objects.filter(customer__client_id__in=ids).count() == KILLS * 3


def _send_and_kill(server: Server, send: Any, *, after: float) -> int:
    """1 where the answer was lost, else 0."""
    lost = []

    def post() -> None:
        try:
            send()
        except (OSError, http.client.HTTPException):
            lost.append(1)

    thread = threading.Thread(target=post)
    thread.start()
    time.sleep(after)
    server.kill_worker()
    thread.join()
    return len(lost)


def _seconds(act: Any) -> float:
    act()
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
