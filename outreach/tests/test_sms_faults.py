"""promises.md, "No message twice, none silently lost", tried on real processes: 800 messages, a provider that misbehaves in
every way, senders killed fifty times and more, PostgreSQL twice, Redis emptied in between; three beats, of which some are
killed and fire again, have the batch built."""

import collections
import datetime as dt
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import psycopg2
import pytest
import redis
from celery import Celery
from django.conf import settings

from vipdesk import embedded

pytestmark = [pytest.mark.fault, pytest.mark.embedded]
GUESTS, KILLS, BEATS = 800, 50, 3
# Every night is an SMS night, and the last tick came a while ago: what is due now, the first beat finds.
BEGIN = f"""
import django; django.setup()
import datetime as dt
from django.utils import timezone
from outreach import rules
from outreach.tests.sms_factories import make_campaign, make_reader, never_quiet
from vipdesk.jobs import Heartbeat
never_quiet()
in_force = rules.current()
in_force.sms_weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
in_force.save()
for _ in range({GUESTS}):
    make_reader()
make_campaign()
Heartbeat.objects.create(pk=1, ticked_at=timezone.now() - dt.timedelta(minutes=10))
"""
APPROVE = """
import django; django.setup()
from outreach import sms_planning
from outreach.models import SmsBatch
sms_planning.approve_batch(batch=SmsBatch.objects.get())
"""


class Provider(ThreadingHTTPServer):
    """Speaks sendsms. What it took, by number, and how; each number always meets the same fault."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.taken: collections.Counter[str] = collections.Counter()
        self.refused: set[str] = set()
        self.busy: set[str] = set()
        self.lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/cgi-bin/sendsms"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # senders die in the middle of a call: that is what this is about


class Answering(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        said = parse_qs(urlsplit(self.path).query)
        number = said["to"][0]
        assert said["text"][0].startswith("【") and said["dlr-url"]
        fault = random.Random(number).random()
        time.sleep(0.2)  # as a provider takes: else the batch would be out before the kills
        with self.server.lock:
            self._note(number, fault)
        if fault < 0.05:
            time.sleep(1.5)  # took it, and hangs for longer than anybody waits
        elif fault < 0.15:
            self._reset()
            return
        if 0.2 <= fault < 0.25:
            self._answer(400, b"Number(s) has/have been denied by white- and/or black-lists.")
            return
        self._answer(500 if fault < 0.2 else 503 if self._is_busy(number, fault) else 202)

    def _note(self, number: str, fault: float) -> None:
        if 0.2 <= fault < 0.25:
            self.server.refused.add(number)
        elif not self._is_new_and_busy(number, fault) and not 0.1 <= fault < 0.15:
            self.server.taken[number] += 1

    def _is_new_and_busy(self, number: str, fault: float) -> bool:
        return 0.25 <= fault < 0.3 and number not in self.server.busy

    def _is_busy(self, number: str, fault: float) -> bool:
        with self.server.lock:
            is_busy = self._is_new_and_busy(number, fault)
            if is_busy:
                self.server.busy.add(number)
            return is_busy

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class House:
    """A desk of its own: servers, workers, beats, and somebody who asks for sweeps without end."""

    def __init__(self, home: Path, provider: Provider) -> None:
        self.home = home
        clock = dt.datetime.now(ZoneInfo("Asia/Shanghai"))
        self.environment = os.environ | {
            "VIPDESK_HOME": str(home),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "DJANGO_SETTINGS_MODULE": "vipdesk.settings_test",
            "SECRET_KEY": "test",
            "TIME_ZONE": "Asia/Shanghai",
            "NIGHT_ROLLOVER": f"{clock - dt.timedelta(hours=6):%H:%M}",  # far from now, whatever the hour
            "SMS_BATCHES_AT": f"{clock:%H:%M:%S}",
            "SMS_GATEWAY": "kannel",
            "KANNEL_URL": provider.url,
            "SMS_TIMEOUT": "0.5",
            "SMS_LEASE": "2.5",
            "SMS_PAUSE": "0.2",
            "SMS_CHUNK": "20",
            "SMS_IN_FLIGHT": "2",
            "SMS_QUERY_AFTER": "1",
        }
        self.postgres = embedded.Postgres(home / "postgres")
        self.run("manage.py", "stack", "start")
        addresses = embedded.Redis(home / "redis").url, self.postgres.url
        self.environment |= {"REDIS_URL": addresses[0], "DATABASE_URL": addresses[1]}
        self.run("manage.py", "migrate", "-v0")
        self.run("-c", BEGIN)
        self.celery = Celery(broker=addresses[0])
        self.workers = [self._worker(), self._worker()]
        self.beats = [self._beat() for _n in range(BEATS)]
        self.is_over = threading.Event()
        self.sweeper = threading.Thread(target=self._sweep, daemon=True)
        self.sweeper.start()

    def run(self, *command: str) -> None:
        subprocess.run(
            [sys.executable, *command],
            cwd=settings.BASE_DIR,
            env=self.environment,
            check=True,
            capture_output=True,
            timeout=300,
        )

    def _worker(self) -> "subprocess.Popen[bytes]":
        return self._celery("worker", "-c", "2", "-l", "critical")

    def _beat(self) -> "subprocess.Popen[bytes]":
        return self._celery("beat", "-l", "info")

    def _celery(self, what: str, *options: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "celery", "-A", "vipdesk", what, *options]
        with (self.home / f"{what}.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def _sweep(self) -> None:
        """More often than any beat would, and from nobody's point of view."""
        while not self.is_over.wait(0.3):
            with suppress(Exception):
                self.celery.send_task("vipdesk.tasks.sweep", ["outreach.sms_jobs.sweep"], expires=5)

    def children(self) -> list[int]:
        found = (Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split() for worker in self.workers)
        return [int(pid) for pids in found for pid in pids]

    def kill_a_sender(self, rng: random.Random) -> bool:
        children = self.children()
        if not children:
            return False
        with suppress(ProcessLookupError):
            os.kill(rng.choice(children), signal.SIGKILL)
        return True

    def kill_a_beat(self) -> None:
        """The next one remembers nothing and ticks at once."""
        kill(self.beats.pop(0))
        self.beats.append(self._beat())

    def beats_fired(self) -> int:
        return (self.home / "beat.log").read_text().count("Sending due task tick")

    def kill_postgres(self) -> None:
        pid = self.postgres.pid()
        assert pid
        os.kill(pid, signal.SIGKILL)
        self.run("manage.py", "stack", "start")

    def empty_redis(self) -> None:
        with redis.Redis.from_url(self.environment["REDIS_URL"]) as client:
            client.flushall()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.environment["DATABASE_URL"])) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def waits(self) -> int:
        sql = "SELECT count(*) FROM outreach_smsmessage WHERE state IN ('queued', 'sending', 'unknown')"
        return int(self.query(sql)[0][0])

    def close(self) -> None:
        self.is_over.set()
        for process in (*self.beats, *self.workers):
            kill(process)
        self.environment |= {"DATABASE_URL": "", "REDIS_URL": ""}
        self.run("manage.py", "stack", "stop")


@pytest.fixture
def provider() -> Iterator[Provider]:
    found = Provider()
    yield found
    found.shutdown()
    found.server_close()


@pytest.fixture
def house(tmp_path: Path, provider: Provider) -> Iterator[House]:
    home = tmp_path / "home"
    home.mkdir()
    found = House(home, provider)
    yield found
    found.close()
    shutil.rmtree(home, ignore_errors=True)


def kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def until(what: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "It did not come."
        time.sleep(0.1)


def test_no_guest_is_written_to_twice_and_none_is_lost(house: House, provider: Provider) -> None:
    runs = "SELECT status, attempts, summary->>'planned' FROM vipdesk_schedulerun WHERE job = 'outreach.sms_batch'"
    until(lambda: house.query(runs) == [("done", 1, str(GUESTS))], 90)
    house.run("-c", APPROVE)
    until(lambda: provider.taken, 60)
    rng, kills, seen = random.Random(7), 0, set()
    while kills < KILLS:
        kills += house.kill_a_sender(rng)
        if kills in (15, 35) and kills not in seen:
            house.kill_postgres()
        if kills in (8, 25, 45) and kills not in seen:
            house.empty_redis()
        if kills in (5, 20, 40) and kills not in seen:
            house.kill_a_beat()
        seen.add(kills)
        time.sleep(0.15)
    was_open = house.waits()
    until(lambda: house.beats_fired() >= BEATS + 2, 60)
    until(lambda: house.waits() == 0, 90)

    rows = house.query("""
        SELECT c.phone, m.state, (SELECT count(*) FROM outreach_smsattempt a WHERE a.message_id = m.id)
        FROM outreach_smsmessage m JOIN customers_customer c ON c.id = m.customer_id""")
    by_state = collections.Counter(state for _number, state, _tries in rows)
    assert len(rows) == GUESTS
    assert set(by_state) <= {"accepted", "failed", "manual"}
    assert max(provider.taken.values()) == 1, "somebody was written to twice"
    state_of = {number: state for number, state, _tries in rows}
    assert all(state_of[number] in ("accepted", "manual") for number in provider.taken)
    assert all(state_of[number] in ("failed", "manual") for number in provider.refused)
    assert all(number in provider.taken for number, state in state_of.items() if state == "accepted")
    assert house.query(runs) == [("done", 1, str(GUESTS))], "several beats had the night's job done more than once"
    assert house.query("SELECT count(*) FROM outreach_smsbatch") == [(1,)]
    assert was_open and by_state["accepted"] > GUESTS / 2, "else the kills met nothing"
