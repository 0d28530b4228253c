"""Requests straight into a WSGI handler, and their cost: CPU of this process, and statements."""

import io
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import override_settings

from bench.sizes import SIZE
from staff.models import User

CSRF = "b" * 32
ROUNDS, EACH = SIZE.rounds
_BOOKKEEPING = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


class Browser:
    """Somebody signed in, whose requests pass `middleware` (None: the desk's own) within this process."""

    def __init__(self, user: User, *, backend: str, middleware: list[str] | None = None) -> None:
        with override_settings(**({"MIDDLEWARE": middleware} if middleware else {})):
            self.handler = WSGIHandler()
        session = SessionStore()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), backend
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        names = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
        self.cookie = f"{names[0]}={session.session_key}; {names[1]}={CSRF}"

    def ask(self, url: str, data: dict[str, Any] | None = None, **headers: str) -> int:
        """Send it, read the answer to its end, and return its status."""
        body = urlencode({"csrfmiddlewaretoken": CSRF, **data}).encode() if data is not None else b""
        environ = {
            "REQUEST_METHOD": "GET" if data is None else "POST",
            "PATH_INFO": url,
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "127.0.0.1:8000",
            "HTTP_COOKIE": self.cookie,
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
        } | headers
        said: list[str] = []

        def start(status: str, _headers: Any, _error: Any = None, /) -> Callable[[bytes], object]:
            said.append(status)
            return io.BytesIO().write

        answer = self.handler(environ, start)
        for _part in answer:
            pass
        answer.close()
        return int(said[0][:3])


def compare(ours: Callable[[], object], bare: Callable[[], object]) -> tuple[float, float]:
    """CPU milliseconds of one call of each, in turns, so that what else the machine does falls on both; medians."""
    costs: tuple[list[float], list[float]] = ([], [])
    for call in (ours, bare) * 3:
        call()
    for _round in range(ROUNDS):
        for cost, call in zip(costs, (ours, bare), strict=True):
            began = time.process_time()
            for _n in range(EACH):
                call()
            cost.append((time.process_time() - began) / EACH * 1000)
    return statistics.median(costs[0]), statistics.median(costs[1])


def statements(call: Callable[[], object]) -> int:
    """How many statements a call sends, transaction control aside.

    Of the second call: the first of a minute also notes in the session that somebody is there.
    """
    call()
    with _watched() as sent:
        call()
    return sum(not sql.startswith(_BOOKKEEPING) for sql in sent)


@contextmanager
def _watched() -> Iterator[list[str]]:
    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent
