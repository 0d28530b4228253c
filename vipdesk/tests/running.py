"""The desk as `make run` starts it, in a home of its own: to be looked at, hurt and ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from vipdesk import embedded

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

    def until_open(self, seconds: float = 90) -> None:
        said = self.log.read_text().count("The desk is open") if self.log.exists() else 0
        self.until(lambda: self.log.read_text().count("The desk is open") > said, seconds)

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


def copy_home(opened: Run, home: Path) -> Path:
    """By `cp`, which keeps the owner whom PostgreSQL asks for."""
    subprocess.run(["cp", "-a", opened.home, home], check=True)
    return home
