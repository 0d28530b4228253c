"""`make run`, minus make: the whole desk started, hurt and ended as a person or the kernel would."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vipdesk import embedded
from vipdesk.embedded.server import free_port

pytestmark = pytest.mark.embedded

CHECKOUT = Path(embedded.__file__).parents[2]
# The shared static folder spares each run the compressing.
STATIC_ROOT = embedded.home() / "static"


class Run:
    def __init__(self, home: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.home = home
        env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "MAKELEVEL", "SITE_URL")}
        env |= {"VIPDESK_HOME": str(home), "PORT": str(port), "STATIC_ROOT": str(STATIC_ROOT)}
        env["DJANGO_SETTINGS_MODULE"] = "vipdesk.settings"
        self.log = home.with_suffix(".log")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vipdesk.runner"], cwd=CHECKOUT, env=env, stdout=log, stderr=log
            )

    def until(self, fact: Callable[[], bool], seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not fact():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def until_open(self) -> None:
        said = self.log.read_text().count("The desk is open") if self.log.exists() else 0
        self.until(lambda: self.log.read_text().count("The desk is open") > said)

    def processes(self, word: str = "") -> list[int]:
        """Live processes of this home, whoever is their parent: the desk's own and the embedded servers."""
        mark = f"VIPDESK_HOME={self.home}\0".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes() and word in (folder / "cmdline").read_text():
                    found.append(int(folder.name))
            except OSError:
                continue
        return sorted(found)

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(90)


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Callable[[], Run]]:
    runs: list[Run] = []
    port = free_port()

    def start() -> Run:
        runs.append(Run(tmp_path / "home", port))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.end()
        for pid in run.processes():
            os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_a_run_opens_survives_killed_children_and_leaves_nothing_behind(open_desk: Callable[[], Run]) -> None:
    run = open_desk()
    run.until_open()
    assert "mgr1" in run.log.read_text()
    with urllib.request.urlopen(run.url + "/login/") as page:
        assert page.status == 200

    web = run.processes("gunicorn")[0]
    os.kill(web, signal.SIGKILL)
    run.until(lambda: bool(run.processes("gunicorn")) and web not in run.processes("gunicorn"))
    server = embedded.Postgres(run.home / "postgres")
    killed = server.pid()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    run.until(lambda: server.pid() not in (None, killed) and server.answers())

    assert run.end() == 0
    assert run.processes() == []
    assert server.pid() is None
    assert embedded.Redis(run.home / "redis").pid() is None


@pytest.mark.slow
def test_a_killed_run_takes_its_children_along_and_the_next_one_opens(open_desk: Callable[[], Run]) -> None:
    first = open_desk()
    first.until_open()
    first.process.kill()
    second = open_desk()
    second.until_open()
    assert "Loading the demo venue" not in second.log.read_text().split("The desk is open")[1]
    assert second.end(signal.SIGTERM) == 0
    assert second.processes() == []


def test_a_taken_port_gives_one_line_and_starts_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        run = Run(tmp_path / "home", taken.getsockname()[1])
        assert run.process.wait(20) == 1
    assert run.log.read_text().count("\n") == 1
    assert "cannot be used" in run.log.read_text()
    assert not (tmp_path / "home" / "postgres").exists()


@pytest.mark.slow
def test_a_second_run_of_one_home_is_refused(open_desk: Callable[[], Run]) -> None:
    open_desk().until_open()
    second = open_desk()
    assert second.process.wait(20) == 1
    assert "runs already" in second.log.read_text().splitlines()[-1]
