"""The desk really served: gunicorn on the test's database, to be killed and brought up again, at a clock of one's own."""

import contextlib
import datetime as dt
import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

# For vipdesk.tests.served_wsgi: the ISO moment at which the server's clock starts, and a further file of the shell, which
# makes it another version of the desk.
CLOCK, MORE_FILES = "SERVED_AT", "SERVED_FILES"
TRUSTS_ALL = ssl.create_default_context()
TRUSTS_ALL.check_hostname = False
TRUSTS_ALL.verify_mode = ssl.CERT_NONE


class Server:
    """gunicorn with one worker to kill, whose master brings up the next; or with everything killed and started anew."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.is_https = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(
        self,
        at: dt.datetime | None = None,
        *,
        more_files: str = "",
        options: Sequence[str] = (),
        settings_from: Mapping[str, str] | None = None,
    ) -> None:
        """Up and answering; `at`: what its clock shows as it starts; `options` of gunicorn; `settings_from`: more of its
        environment."""
        names = connection.settings_dict
        url = f"postgres://{names['USER']}:{names['PASSWORD']}@{names['HOST']}:{names['PORT']}/{names['NAME']}"
        environment = os.environ | {"DATABASE_URL": url, "DEBUG": "1", MORE_FILES: more_files}
        environment |= {CLOCK: at.isoformat()} if at else {}
        environment |= settings_from or {}
        module = "vipdesk.tests.served_wsgi" if at else "vipdesk.wsgi"
        command = [sys.executable, "-m", "gunicorn", module, "--preload", "--workers=1", "--threads=4"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, f"--bind=127.0.0.1:{self.port}", *options],
                cwd=settings.BASE_DIR,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.is_https = any(option.startswith("--certfile") for option in options)
        until(lambda: self.ask("GET", "/healthz", "").status == 200)

    def kill(self) -> None:
        """All of it at once, with SIGKILL."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
            self.process = None

    def worker(self) -> int | None:
        assert self.process
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def kill_worker(self) -> None:
        if pid := self.worker():
            os.kill(pid, signal.SIGKILL)

    def connect(self) -> http.client.HTTPConnection:
        if self.is_https:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=TRUSTS_ALL)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def ask(self, method: str, path: str, cookie: str, body: Any = None, **headers: str) -> http.client.HTTPResponse:
        """One request on a connection of its own, a form's fields or a text; raises OSError or HTTPException where no
        whole answer came."""
        wire = self.connect()
        sent = {"Cookie": cookie, "HX-Request": "true"} | {key.replace("_", "-"): text for key, text in headers.items()}
        if isinstance(body, dict):
            body = urllib.parse.urlencode(body)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        wire.request(method, path, body, sent)
        answer = wire.getresponse()
        answer.text = answer.read().decode()  # type: ignore[attr-defined]
        wire.close()
        return answer


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Server]:
    """A server that is gone afterwards, whatever happened to it; not started yet."""
    server = Server(folder)
    try:
        yield server
    finally:
        if server.process:
            server.process.terminate()
            server.process.wait(20)


def until(ready: Callable[[], Any], patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if ready():
                return
        assert time.monotonic() < deadline, "it did not come up"
        time.sleep(0.02)
