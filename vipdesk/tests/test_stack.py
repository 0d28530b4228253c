"""A test run's own servers: killed with the run, and never shared with another run of the same checkout."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vipdesk import embedded
from vipdesk.tests import reaper
from vipdesk.tests.served import until

pytestmark = [pytest.mark.fault, pytest.mark.embedded]
# A process started in the background ignores Ctrl-C, and so would its children.
HEARS = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
SLEEPS = HEARS + "import os, subprocess, vipdesk.tests.stack\nchild = subprocess.Popen(['sleep', '600'])\n"
SAYS = SLEEPS + "print(child.pid, os.environ['VIPDESK_HOME'], flush=True)\nchild.wait()"
INHERITED = {"DATABASE_URL", "REDIS_URL", "PYTEST_XDIST_WORKER", "VIPDESK_HOME", reaper.MARK}


class TestRun:
    """A process that prepares its servers as a pytest run does, with one child that never ends by itself."""

    __test__ = False

    def __init__(self, home: Path) -> None:
        environment = {k: v for k, v in os.environ.items() if k not in INHERITED} | {"VIPDESK_HOME": str(home)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SAYS], env=environment, stdout=subprocess.PIPE, text=True, cwd=embedded.CHECKOUT
        )
        assert self.process.stdout
        pid, path = self.process.stdout.readline().split(maxsplit=1)
        self.child, self.home = int(pid), Path(path.strip())
        self.servers = [embedded.Postgres(self.home / "postgres"), embedded.Redis(self.home / "redis")]

    def end(self, number: int) -> None:
        self.process.send_signal(number)
        self.process.wait(30)

    def is_gone(self) -> bool:
        return not Path(f"/proc/{self.child}").exists() and not any(server.pid() for server in self.servers)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], TestRun]]:
    runs: list[TestRun] = []

    def start_run() -> TestRun:
        runs.append(TestRun(tmp_path / "home"))
        return runs[-1]

    yield start_run
    for run in runs:
        if run.process.poll() is None:
            run.end(signal.SIGKILL)
    for run in runs:
        until(run.is_gone)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_run_that_is_killed_leaves_no_process_behind(start: Callable[[], TestRun], number: int) -> None:
    run = start()
    assert not run.is_gone()
    run.end(number)
    until(run.is_gone)


def test_second_run_takes_a_home_of_its_own_and_the_first_ones_home_is_free_afterwards(
    start: Callable[[], TestRun],
) -> None:
    first, second = start(), start()
    assert second.home == first.home.with_name("home-2")
    first.end(signal.SIGKILL)
    until(first.is_gone)
    assert not second.is_gone()
    assert start().home == first.home
