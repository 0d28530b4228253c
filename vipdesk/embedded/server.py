"""What both embedded servers share: a folder, a remembered port and password, and the way up and down."""

import contextlib
import fcntl
import json
import os
import random
import signal
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

# Seconds: a cold start takes about one, PostgreSQL's recovery after a kill in the middle of a bulk load many more.
PATIENCE = 120
# Below the range from which the kernel takes ports of outgoing connections, so that ours is seldom taken meanwhile.
PORTS = range(20000, 32000)


class EmbeddedError(Exception):
    """The embedded stack cannot be brought up; the message is one line for a person."""


@contextlib.contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the one lock of a VIPDESK_HOME; the kernel lets go of it when a holder dies."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = (home / "stack.lock").open("a")
    except OSError as error:
        raise EmbeddedError(f"VIPDESK_HOME {home} cannot be used: {error.strerror}") from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


class Server(ABC):
    """One server process in its folder. Its facts (port, password) stand in `desk.json` in that folder."""

    name: ClassVar[str]
    variable: ClassVar[str]
    program: ClassVar[str]
    hangs_after: ClassVar[float] = PATIENCE  # a live process that does not let us in for so long is ended

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    @abstractmethod
    def url(self) -> str:
        """The address for the application; before the first start one at which nothing answers."""

    @property
    @abstractmethod
    def log(self) -> Path: ...

    @abstractmethod
    def answers(self) -> bool:
        """Whether our own server, and not a stranger on its port, takes connections now."""

    @abstractmethod
    def pid(self) -> int | None:
        """The process id of our own live server, whether it answers or not."""

    @abstractmethod
    def prepare(self) -> None:
        """Make the folder with all that belongs into it, once."""

    @abstractmethod
    def launch(self) -> None:
        """Start the process in a session of its own, so that no Ctrl-C of ours reaches it."""

    @property
    def facts(self) -> dict[str, str]:
        try:
            facts: dict[str, str] = json.loads((self.folder / "desk.json").read_text())
        except FileNotFoundError:
            return {}
        except PermissionError as error:
            raise EmbeddedError(f"{self.folder} belongs to another user: {error.strerror}") from error
        return facts

    @property
    def mark(self) -> str:
        """Names this very folder, moved or not: a copy of a home must not take the original's server for its own."""
        return f"vipdesk-{self.folder.stat().st_ino}"

    def write_facts(self, folder: Path, **facts: str) -> None:
        draft = folder / "desk.json.new"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(facts))
        draft.rename(folder / "desk.json")

    def bring_up(self) -> None:
        """Under the lock: probe by connecting, start where nothing of ours runs, until it answers."""
        began = shut = time.monotonic()
        while not self.answers():
            now = time.monotonic()
            if now - began > PATIENCE:
                raise EmbeddedError(f"{self.name} does not answer (log: {self.log}): {self._last_words()}")
            if now - shut > self.hangs_after:
                self.stop(grace=2)
                shut = now
            if self.pid() is None:
                self._end_leftovers()
                self.prepare()
                self._settle_port()
                self.launch()
            else:
                time.sleep(0.1)

    def stop(self, grace: float = 30) -> None:
        """Ask for a fast, clean end; kill what has not ended after `grace` seconds."""
        for sign, seconds in ((signal.SIGINT, grace), (signal.SIGKILL, 5.0)):
            pid = self.pid()
            deadline = time.monotonic() + seconds
            if pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, sign)
            while pid is not None and self.pid() == pid and time.monotonic() < deadline:
                time.sleep(0.02)

    def describe(self) -> str:
        pid = self.pid()
        return "stopped" if pid is None else f"{'up' if self.answers() else 'not answering'}, process {pid}, {self.url}"

    def _end_leftovers(self) -> None:
        """A home removed and made again leaves the earlier server running in a folder that is no more."""
        for link in Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):  # gone meanwhile, or not ours to look at
                command = link.with_name("cmdline").read_text(errors="replace")
                if str(link.readlink()) == f"{self.folder} (deleted)" and self.program in command:
                    os.kill(int(link.parent.name), signal.SIGKILL)

    def _settle_port(self) -> None:
        facts = self.facts
        if not _is_free(int(facts["port"])):
            self.write_facts(self.folder, **{**facts, "port": str(free_port())})

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else []
        return " | ".join(line for line in lines[-6:] if line)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    # Not a secret: it only has to differ between two checkouts.
    return next(port for port in random.sample(PORTS, len(PORTS)) if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
