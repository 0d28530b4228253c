"""A server killed around a POST: the tablet sends the form again, and each guest is stored exactly once.

The server is real (gunicorn, its worker killed with SIGKILL), and so are the database and the connection. The kills are
spread evenly from the moment of sending until after the answer; `KILLS=50` makes the steps finer.
"""

import http.client
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from customers.models import Consent, Customer
from customers.tests.factories import capture_data
from staff.models import User
from vipdesk.submissions import Submission
from vipdesk.tests.sealed import entry, message
from vipdesk.tests.served import Server, served, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("furnished")]
KILLS = int(os.environ.get("KILLS", "12"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with served(tmp_path) as running:
        running.start()
        yield running


def test_a_server_killed_around_a_post_loses_nothing_and_doubles_nothing(
    server: Server, mgr1: User, signed_in: Any
) -> None:
    cookie, token = _signed_in(server, signed_in(mgr1))

    def send(guest: dict[str, str]) -> http.client.HTTPResponse:
        return server.ask("POST", "/customers/new/", cookie, guest | {"csrfmiddlewaretoken": token})

    _kill_around(server, send)


def test_a_tablets_queue_loses_and_doubles_nothing_either(server: Server, mgr1: User, signed_in: Any) -> None:
    cookie, token = _signed_in(server, signed_in(mgr1))
    sealed: dict[str, str] = {}  # what waits on a tablet is sealed once

    def send(guest: dict[str, str]) -> http.client.HTTPResponse:
        body = sealed.setdefault(guest["client_id"], json.dumps(message(entry("mgr1", "capture", guest))))
        kind = {"Content_Type": "application/json", "X_CSRFToken": token}
        return server.ask("POST", "/offline/entries/", cookie, body, **kind)

    _kill_around(server, send)


def _signed_in(server: Server, browser: Client) -> tuple[str, str]:
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
    form = server.ask("GET", "/customers/new/", cookie)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)  # type: ignore[attr-defined]
    csrf = re.search(r"csrftoken=[^;]+", form.headers["Set-Cookie"])
    assert token and csrf
    return f"{cookie}; {csrf[0]}", token[1]


def _kill_around(server: Server, send: Any) -> None:
    usual = _seconds(lambda: send(capture_data()))
    guests = [capture_data() for _ in range(KILLS)]
    lost = 0
    for n, guest in enumerate(guests):
        lost += _send_and_kill(server, lambda guest=guest: send(guest), after=usual * 1.4 * n / KILLS)
        until(partial(_is_taken, send, guest))

    ids = [guest["client_id"] for guest in guests]
    assert lost > 0, "no kill met a request: the test proves nothing"
    assert Customer.objects.filter(client_id__in=ids).count() == KILLS
    assert Submission.objects.filter(pk__in=ids).exclude(receipt={}).count() == KILLS
    assert Consent.objects.filter(customer__client_id__in=ids).count() == KILLS * 3


def _is_taken(send: Any, guest: dict[str, str]) -> bool:
    return bool(send(guest).status == 200)


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
