"""Real Celery workers on the test's own database and broker: killed, robbed of their queue, and still all is done."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
import redis
from django.conf import settings
from django.db import connection

from vipdesk.jobs import Heartbeat, ScheduleRun
from vipdesk.outbox import OutboxMessage

LEASE_SECONDS = 3
pytestmark = [pytest.mark.fault, pytest.mark.servers, pytest.mark.django_db(transaction=True)]


class Desk:
    """The processes of a desk of its own: same database as this test, a Redis database that nobody else uses."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "began.log"
        # Behind those that the workers of pytest-xdist use for themselves (`vipdesk.tests.stack`), one for each of them.
        number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        self.broker = urlunsplit(urlsplit(settings.REDIS_URL)._replace(path=f"/{8 + number % 8}"))
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "vipdesk.tests.worker_settings",
            "DATABASE_URL": database_url(),
            "REDIS_URL": self.broker,
            "SECRET_KEY": "test",
            "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
            "SAMPLE_JOBS_LOG": str(self.log),
        }

    def tick(self, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "django", "tick"]
        everything = self.environment | environment
        return subprocess.run(
            command, env=everything, cwd=settings.BASE_DIR, check=True, capture_output=True, text=True, timeout=30
        )

    @contextmanager
    def ticking(self) -> Iterator[None]:
        """A tick that is not waited for until the block is over: its process may end later than a job's lease."""
        process = subprocess.Popen(
            [sys.executable, "-m", "django", "tick"],
            env=self.environment,
            cwd=settings.BASE_DIR,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        yield
        assert process.wait(30) == 0

    def timed_tick(self, **environment: str) -> tuple[subprocess.CompletedProcess[str], float]:
        """Also how many seconds longer than one with a broker it took, which on a busy machine is long by itself."""
        began = time.monotonic()
        ended = self.tick(**environment)
        between = time.monotonic()
        self.tick()
        return ended, (between - began) - (time.monotonic() - between)

    def forget_queue(self) -> None:
        with redis.Redis.from_url(self.broker) as client:
            client.flushdb()

    def began(self) -> list[int]:
        return [int(line) for line in self.log.read_text().split()] if self.log.exists() else []

    def worker(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return self._celery("worker", "-c", "1")

    def beat(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return self._celery("beat")

    @contextmanager
    def _celery(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "-m", "celery", "-A", "vipdesk", *arguments, "-l", "warning"]
        process = subprocess.Popen(command, env=self.environment, cwd=settings.BASE_DIR, start_new_session=True)
        try:
            yield process
        finally:
            kill(process)


class FrozenBroker:
    """Takes connections and never says a word."""

    def __enter__(self) -> "FrozenBroker":
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.socket.getsockname()[1]}/0"
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def connections(self) -> int:
        """How many have come."""
        self.socket.setblocking(False)
        found = 0
        with suppress(BlockingIOError):
            while True:
                self.socket.accept()[0].close()
                found += 1
        return found


def database_url() -> str:
    its = connection.settings_dict
    host = its["HOST"] or "localhost"
    return f"postgres://{quote(its['USER'])}:{quote(its['PASSWORD'])}@{host}:{its['PORT'] or 5432}/{its['NAME']}"


def kill(process: subprocess.Popen[bytes]) -> None:
    """The worker and its child at once, as when the power goes."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def wait_for(what: Callable[[], Any], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "It did not come."
        time.sleep(0.05)


def is_done() -> bool:
    return ScheduleRun.objects.get().status == ScheduleRun.Status.DONE


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose clock last ticked a day ago, so that exactly one run of the daily job is due."""
    Heartbeat.objects.create(pk=1, ticked_at=datetime.now(UTC) - timedelta(days=1))
    desk = Desk(tmp_path)
    desk.forget_queue()
    yield desk
    desk.forget_queue()


def test_three_beats_and_two_workers_do_a_job_once(desk):
    with desk.worker(), desk.worker(), desk.beat(), desk.beat(), desk.beat():
        wait_for(desk.began)
        time.sleep(2)  # for the ticks of the slower beats
    assert len(desk.began()) == 1
    assert (ScheduleRun.objects.get().attempts, Heartbeat.objects.count()) == (1, 1)


def test_killed_worker_leaves_its_job_to_the_next_one_after_the_lease(desk):
    with desk.ticking(), desk.worker():
        wait_for(desk.began)
    first = ScheduleRun.objects.get()
    assert first.status == "running" and first.started_at
    with desk.worker():
        desk.tick()
        time.sleep(LEASE_SECONDS)
        desk.tick()
        wait_for(is_done)
        # What the killed worker had not acknowledged is delivered again after the visibility timeout: to no effect.
        time.sleep(LEASE_SECONDS * 1.5)
    assert len(desk.began()) == 2
    second = ScheduleRun.objects.get()
    assert second.attempts == 2 and second.started_at
    assert second.started_at - first.started_at >= timedelta(seconds=LEASE_SECONDS)


def test_killed_child_of_a_worker_leaves_its_job_to_a_later_tick(desk):
    with desk.ticking(), desk.worker():
        wait_for(desk.began)
        os.kill(desk.began()[0], signal.SIGKILL)
        time.sleep(LEASE_SECONDS)
        desk.tick()
        wait_for(is_done)
    assert len(desk.began()) == 2


def test_job_whose_task_was_flushed_is_enqueued_again(desk):
    desk.tick()
    desk.forget_queue()
    long_ago = datetime.now(UTC) - timedelta(minutes=6)
    ScheduleRun.objects.update(enqueued_at=long_ago, attempts=1)
    with desk.worker():
        time.sleep(2)
        assert desk.began() == []
        desk.tick()
        wait_for(is_done)


def test_message_whose_task_was_lost_is_found_by_the_sweep(desk):
    OutboxMessage.objects.create(kind="webhook", target="http://127.0.0.1:9/", dedup_key="k")
    desk.tick()
    with desk.worker():
        wait_for(lambda: OutboxMessage.objects.filter(attempts=1, state="queued"))


def test_tick_without_a_broker_ends_soon_and_says_so(desk):
    ended, waited = desk.timed_tick(REDIS_URL="redis://127.0.0.1:1/0")
    assert waited < 7
    assert ended.stderr.count("was not enqueued") == 1
    assert "run_job was not enqueued, the broker is away: ConnectionError" in ended.stderr
    assert ScheduleRun.objects.get().status == "due"


def test_frozen_broker_costs_one_short_wait_and_is_left_in_peace(desk):
    with FrozenBroker() as broker:
        _ended, waited = desk.timed_tick(REDIS_URL=broker.url)
        assert broker.connections() == 1, "what follows in the same tick does not wait as well"
    assert waited < 7


def test_worker_that_stood_idle_still_works(desk):
    with desk.worker():
        time.sleep(12)  # longer than the broker's socket timeout and than one blocking read
        desk.tick()
        wait_for(desk.began)
