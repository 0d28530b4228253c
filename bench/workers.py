"""Text messages through real Celery workers to a provider on loopback (kannel-shaped): one that answers at once, by one
and two workers; one that takes 150 ms for each answer; and one that also says of some that it is busy.
"""

import asyncio
import contextlib
import datetime as dt
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from celery import Celery
from django.conf import settings
from django.db import connection
from django.db.models import Max, Min

from bench.sizes import SIZE
from bench.table import Row
from outreach import rules, sms_planning
from outreach.models import SmsAttempt, SmsBatch
from outreach.sms_choices import MessageState
from vipdesk.database_roles import analyze

MESSAGES = SIZE.sms_messages
# Name, workers, seconds for an answer, the share of answers that say 503, the least messages a second.
RUNS = [
    ("1 worker", 1, 0.0, 0.0, 0),
    ("2 workers", 2, 0.0, 0.0, 0),
    ("1 worker, 150 ms", 1, 0.15, 0.0, 150),
    ("1 worker, 150 ms, 3 % busy", 1, 0.15, 0.03, 0),
]
NIGHT = dt.date(2040, 2, 3)  # each run a week later than the one before: none is too near
PATIENCE = 300  # seconds until a run is given up
_SILENT: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
_KEEP = """
DELETE FROM outreach_smsmessage WHERE batch_id = %(batch)s AND id NOT IN (
    SELECT id FROM outreach_smsmessage WHERE batch_id = %(batch)s AND state = 'queued' ORDER BY id LIMIT %(most)s)
"""


def rows() -> Iterator[Row]:
    in_force = rules.current()
    in_force.quiet_from = in_force.quiet_to
    in_force.save()
    for week, (name, workers, delay, busy, aim) in enumerate(RUNS, start=1):
        batch = _batch(NIGHT + dt.timedelta(weeks=week))
        with _provider(delay, busy) as provider, _workers(workers, provider.url):
            _send(batch)
        rate = _rate(batch)
        assert provider.taken == batch.messages.filter(state="accepted").count(), "each message once"
        yield Row(f"SMS by {name}", rate, None, f"≥ {aim}" if aim else "", rate >= aim if aim else None, "a s")


def _batch(night: dt.date) -> SmsBatch:
    batch: SmsBatch = sms_planning.build_batch(night=night, code="demo", is_forced=True).batch
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, {"batch": batch.pk, "most": MESSAGES})
    analyze("outreach_smsmessage")
    sms_planning.approve_batch(batch=batch)
    return batch


def _broker() -> str:
    """A Redis database that no desk's own worker listens to."""
    return urlsplit(settings.REDIS_URL)._replace(path="/8").geturl()


def _send(batch: SmsBatch) -> None:
    """As the sweep does, but more often: senders for the batch, until nothing of it waits."""
    waiting = batch.messages.filter(state__in=[MessageState.QUEUED, MessageState.SENDING])
    ends = time.monotonic() + PATIENCE
    with Celery(broker=_broker()) as celery:
        while waiting.exists():
            if time.monotonic() > ends:
                raise RuntimeError(f"{waiting.count()} messages still wait after {PATIENCE} seconds")
            celery.send_task("outreach.tasks.send_sms_batch", [batch.pk], expires=2)
            time.sleep(1)


def _rate(batch: SmsBatch) -> float:
    """From the first try to the last answer: without the workers' start."""
    tries = SmsAttempt.objects.filter(message__batch=batch)
    span = tries.aggregate(first=Min("started_at"), last=Max("updated_at"))
    seconds: float = (span["last"] - span["first"]).total_seconds()
    return tries.count() / seconds


@contextlib.contextmanager
def _workers(number: int, url: str) -> Iterator[None]:
    environment = os.environ | {
        "REDIS_URL": _broker(),
        "SECRET_KEY": settings.SECRET_KEY,
        "SMS_GATEWAY": "kannel",
        "KANNEL_URL": url,
    }
    command = [sys.executable, "-m", "celery", "-A", "vipdesk", "worker", "-c", "1", "-l", "critical"]
    running = [subprocess.Popen(command, env=environment, start_new_session=True, **_SILENT) for _n in range(number)]
    try:
        yield
    finally:
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


class _Provider:
    """Takes every message: 202, and the connection is over; of some it says first that it is busy."""

    def __init__(self, delay: float, busy: float) -> None:
        self.delay, self.busy, self.chance = delay, busy, random.Random(1)
        self.taken = 0
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(asyncio.start_server(self._answer, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/cgi-bin/sendsms"
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(self.delay)
            is_busy = self.chance.random() < self.busy
            self.taken += not is_busy
            status = b"503 Service Unavailable" if is_busy else b"202 Accepted"
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        writer.close()


@contextlib.contextmanager
def _provider(delay: float, busy: float) -> Iterator[_Provider]:
    provider = _Provider(delay, busy)
    try:
        yield provider
    finally:
        provider.loop.call_soon_threadsafe(provider.loop.stop)
