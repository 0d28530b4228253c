"""`make run`, minus make: the whole desk started, hurt and ended as a person or the kernel would."""

import os
import signal
import socket
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vipdesk import embedded
from vipdesk.embedded.server import free_port
from vipdesk.tests.running import Run, copy_home

pytestmark = pytest.mark.embedded


@pytest.fixture
def open_desk(tmp_path: Path, opened_once: Run) -> Iterator[Callable[[], Run]]:
    runs: list[Run] = []
    port = free_port()
    home = copy_home(opened_once, tmp_path / "home")

    def start() -> Run:
        runs.append(Run(home, port))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.end()
        for pid in run.processes():
            os.kill(pid, signal.SIGKILL)


@pytest.mark.fault
def test_the_first_run_of_all_makes_the_venue_and_says_how_to_get_in(opened_once: Run) -> None:
    said = opened_once.log.read_text()
    assert "Making the tables" in said and "Loading the demo venue" in said and "mgr1" in said
    assert opened_once.processes() == []


@pytest.mark.fault
def test_a_run_opens_survives_killed_children_and_leaves_nothing_behind(open_desk: Callable[[], Run]) -> None:
    run = open_desk()
    run.until_open()
    said = run.log.read_text()
    assert "Making the tables" not in said and "Loading the demo venue" not in said
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


@pytest.mark.fault
def test_a_killed_run_takes_its_children_along_and_the_next_one_opens(open_desk: Callable[[], Run]) -> None:
    first = open_desk()
    first.until_open()
    first.process.kill()
    second = open_desk()
    second.until_open()
    assert "Loading the demo venue" not in second.log.read_text()
    assert second.end(signal.SIGTERM) == 0
    assert second.processes() == []


def test_a_taken_port_gives_one_line_and_starts_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        run = Run(tmp_path / "home", taken.getsockname()[1])
        assert run.process.wait(20) == 1
    assert run.log.read_text().count("\n") == 1
    assert "cannot be used" in run.log.read_text()
    assert not (tmp_path / "home" / "postgres").exists()


@pytest.mark.fault
def test_a_second_run_of_one_home_is_refused(open_desk: Callable[[], Run]) -> None:
    open_desk().until_open()
    second = open_desk()
    assert second.process.wait(20) == 1
    assert "runs already" in second.log.read_text().splitlines()[-1]
