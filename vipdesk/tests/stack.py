"""Pytest plugin that prepares the servers of a run before pytest-django reads the settings.

The controller of a run takes a home of its own (`VIPDESK_HOME`, or the same path with `-2`, `-3` … while another run
holds it), starts the embedded servers there, and starts a reaper that ends everything the run started. A worker of
pytest-xdist inherits the environment and takes the Redis database with its own number; pytest-django gives it a
database of its own.
"""

import atexit
import fcntl
import os
import secrets
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import IO

from vipdesk import embedded
from vipdesk.tests import reaper


def take_home(wanted: Path) -> IO[str]:
    """Lock the first home that no live run holds, name it in VIPDESK_HOME, and return the handle that holds the lock."""
    for number in count(1):
        home = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = (home / "run.lock").open("a+")
        try:
            # The reaper of a run that has just ended keeps the lock for a moment: that home is waited for.
            fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if is_held(handle) else 0))
        except BlockingIOError:
            handle.close()
            continue
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        os.environ["VIPDESK_HOME"] = str(home)
        return handle
    raise AssertionError("count() has no end")


def is_held(handle: IO[str]) -> bool:
    """Whether the process that wrote its number into the lock file is alive."""
    handle.seek(0)
    pid = handle.read()
    return pid.isdigit() and Path(f"/proc/{pid}").exists()


def start_run() -> None:
    """Take a home, bring the servers up, and have the reaper wait for this process's end."""
    lock = take_home(Path(os.environ.get("VIPDESK_HOME") or embedded.CHECKOUT / ".run" / "test").resolve())
    token = secrets.token_hex(8)
    process = subprocess.Popen(
        [sys.executable, reaper.__file__, token, os.environ["VIPDESK_HOME"]],
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C ends the run; the reaper outlives it
        pass_fds=(lock.fileno(),),
    )
    os.environ[reaper.MARK] = token
    atexit.register(process.communicate)  # closes the pipe and waits until everything is ended
    atexit.register(lock.fileno)  # keeps the handle open until then
    embedded.ensure()
    # With servers named in the environment, settings ask for a secret: one that lasts as long as the run.
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(64))


def start_worker(name: str) -> None:
    """Give an xdist worker (`gw0`, `gw1` …) the Redis database with its number."""
    os.environ["REDIS_URL"] = os.environ["REDIS_URL"].rpartition("/")[0] + "/" + name.removeprefix("gw")


if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    start_worker(worker)
else:
    start_run()
