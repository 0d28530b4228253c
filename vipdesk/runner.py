"""`make run`: the whole desk in one terminal. Sets up what is missing, then minds web, worker and beat.

`make run-https` (the argument `https`) opens it to the venue's network, under an authority of its own (vipdesk.front).

Each child has a session of its own, so that Ctrl-C reaches only us and we end them in order (beat, worker, web), each
with grace: a task or a request under way is finished. A kill -9 of the runner makes the kernel end the children.
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from vipdesk import embedded, venue
from vipdesk.child import Child
from vipdesk.front import GUNICORN, CannotStand, Front, stand
from vipdesk.local.failures import explain_failure

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_EVERY = 0.5
READY_WITHIN = 60
# How long the processes of a run that was killed may take to finish what they do.
LEFTOVERS_WITHIN = 60


class Stop(Exception):
    """Somebody asked us to end, or we cannot go on; the message is one line for a person, or empty."""


class Desk:
    """The children of one run, on one port; `lock` stays held until the last of them is gone. `front`: with HTTPS."""

    def __init__(self, port: int, lock: int, front: Front | None = None) -> None:
        self.port = port
        self.front = front
        self.lock = lock
        # Celery warns against root because of pickle, which we do not accept.
        celery = [sys.executable, "-W", "ignore:You're running the worker", "-m", "celery", "-A", "vipdesk", "--quiet"]
        web = [sys.executable, "-m", "gunicorn", "vipdesk.wsgi", f"--config={GUNICORN}"]
        web += front.gunicorn() if front else [f"--bind=127.0.0.1:{port}"]
        worker = [*celery, "worker", "--concurrency=2", "--loglevel=WARNING", "--without-gossip"]
        # In the order in which they start; they end in the opposite one.
        self.children = [
            Child("web", web, grace=35),
            Child("worker", worker, grace=60),
            Child("beat", [*celery, "beat", "--loglevel=WARNING"], grace=10),
        ]
        if front:
            self.children.append(Child("trust", front.trust(), grace=5))

    def start(self) -> None:
        for child in self.children:
            child.start(self.lock)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not venue.answers(self.port, self.front):
            self.mind()
            if time.monotonic() > deadline:
                raise Stop(f"The web server does not answer on port {self.port}; its messages stand above.")
            time.sleep(0.1)

    def mind(self) -> None:
        """Bring back what fell over: the embedded servers first, for the children need them."""
        if any(server.pid() is None for server in embedded.servers()):
            self._bring_back_servers()
        for child in self.children:
            child.mind(self.lock)
            if child.fell_too_often():
                raise Stop(f"The {child.name} process ends at every start; its messages stand above.")

    def stop(self) -> None:
        for child in reversed(self.children):
            child.stop()

    def _bring_back_servers(self) -> None:
        print("An embedded server has ended; starting it again.", flush=True)
        before = embedded.known_urls()
        embedded.ensure()
        if embedded.known_urls() != before:  # another program had taken the port meanwhile
            self.stop()
            self.start()


def main() -> int:
    """Exit code: 0 after Ctrl-C or TERM, 1 with one line where the desk cannot run."""
    for number in ENDINGS:
        signal.signal(number, _ask_to_stop)
    if "MAKELEVEL" in os.environ:  # a make that is killed takes us along, in good order
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    try:
        with _only_run(embedded.home()) as lock:
            _run(lock, is_https=sys.argv[1:] == ["https"])
    except (Stop, CannotStand) as reason:
        if str(reason):
            print(reason, file=sys.stderr, flush=True)
        return 1 if str(reason) else 0
    except (embedded.EmbeddedError, venue.CannotOpen, OSError) as error:
        print(explain_failure(error, embedded.home()), file=sys.stderr, flush=True)
        return 1
    return 0


def _run(lock: int, *, is_https: bool) -> None:
    port = _port("PORT", 8443 if is_https else 8000, "0.0.0.0" if is_https else "127.0.0.1")  # noqa: S104
    front = _front(port) if is_https else None
    os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
    desk = Desk(port, lock, front)
    try:
        embedded.ensure()
        venue.prepare()
        desk.start()
        desk.wait_until_ready()
        print(venue.greeting(port, front), flush=True)
        while True:
            time.sleep(LOOK_EVERY)
            desk.mind()
    finally:
        # A second Ctrl-C would leave processes behind; every step from here on has an end of its own.
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        print("Closing the desk …", flush=True)
        desk.stop()
        embedded.stop()


def _ask_to_stop(number: int, frame: FrameType | None) -> None:
    raise Stop


def _front(port: int) -> Front:
    """With HTTPS on the network; every process started from here on is told by the environment."""
    trust_port = _port("TRUST_PORT", port + 1, "0.0.0.0")  # noqa: S104
    front = stand(port, trust_port)
    os.environ |= front.environment()
    return front


def _port(name: str, default: int, host: str) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Stop(f"{name} is {text!r}: it must be a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(text)))
        except OSError as error:
            raise Stop(
                f"Port {text} cannot be used ({error.strerror}): try another {name}, such as {int(text) + 100}."
            ) from error
    return int(text)


@contextlib.contextmanager
def _only_run(home: Path) -> Iterator[int]:
    """Hold the run's lock. Whoever holds it and stands in the file is a live run; else one that is just ending."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "run.lock").open("a+") as file:
        deadline = time.monotonic() + LEFTOVERS_WITHIN
        while not _try_lock(file.fileno()):
            file.seek(0)
            if _is_run(file.read().strip()):
                raise Stop(f"The desk runs already from {home}.")
            if time.monotonic() > deadline:
                raise Stop(f"Processes of an earlier run from {home} have not ended yet; end them, then try again.")
            time.sleep(0.2)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield file.fileno()
        finally:
            file.truncate(0)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_run(pid: str) -> bool:
    try:
        return "vipdesk.runner" in Path(f"/proc/{pid}/cmdline").read_text() if pid else False
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
