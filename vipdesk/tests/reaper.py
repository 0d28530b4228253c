"""Ends whatever a test run leaves behind, also when the run is killed.

Run as a script with the run's token and its VIPDESK_HOME. It waits until its standard input is closed, which the
kernel does however the run ends, then kills every process that carries the token in its environment and stops the
embedded servers of every home that those processes used.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

MARK = "VIPDESK_TEST_RUN"


def find_processes(token: str) -> Iterator[tuple[int, Path]]:
    """Live processes whose environment carries the token, each with its VIPDESK_HOME."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone meanwhile, or another user's
            lines = (folder / "environ").read_bytes().split(b"\0")
            values = dict(line.decode(errors="replace").partition("=")[::2] for line in lines)
            if values.get(MARK) == token:
                yield int(folder.name), Path(values.get("VIPDESK_HOME", ""))


def kill_all(token: str) -> set[Path]:
    """Kill every process of the run, those that start meanwhile too; return the homes they used."""
    homes: set[Path] = set()
    while processes := list(find_processes(token)):
        for pid, home in processes:
            homes |= {home} if home.is_absolute() else set()
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    return homes


def stop_servers(homes: set[Path]) -> None:
    """Stop the embedded PostgreSQL and Redis of each home; servers that stand elsewhere are left alone."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from vipdesk.embedded.postgres import Postgres
    from vipdesk.embedded.redis import Redis

    for home in homes:
        for server in (Postgres(home / "postgres"), Redis(home / "redis")):
            if server.folder.is_dir():
                server.stop(grace=10)


def main() -> None:
    token, home = sys.argv[1:]
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.buffer.read()
    homes = kill_all(token)
    stop_servers(homes | {Path(home)})


if __name__ == "__main__":
    main()
