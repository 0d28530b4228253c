"""One process that the runner minds: started in a session of its own, brought back when it falls, ended with grace."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time

# A process that lived this long had come up well; one that falls sooner, this often in a row, never will.
WELL_AFTER = 20
TOO_OFTEN = 5


class Child:
    def __init__(self, name: str, command: list[str], *, grace: float) -> None:
        self.name = name
        self.command = command
        self.grace = grace
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._resume_at: float | None = None
        self._falls = 0

    def start(self, lock: int) -> None:
        """`lock` is the run's lock: it stays held until the last process of the run, however it ends, is gone."""
        self._resume_at = None
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent,
            pass_fds=(lock,),
        )

    def mind(self, lock: int) -> None:
        """Start a fallen process again, each time a little later."""
        if self._process is None or self._process.poll() is None:
            return
        now = time.monotonic()
        if self._resume_at is None:
            self._falls = self._falls + 1 if now - self._started < WELL_AFTER else 1
            delay = 2 ** (self._falls - 1)
            self._resume_at = now + delay
            status = self._process.returncode
            print(f"The {self.name} process has ended (status {status}); starting it again in {delay} s.", flush=True)
        elif now >= self._resume_at:
            self._signal_all(signal.SIGKILL)  # what a killed main process left behind
            self.start(lock)

    def fell_too_often(self) -> bool:
        return self._falls >= TOO_OFTEN

    def stop(self) -> None:
        """Only the main process is told: it lets its own finish what they do. What outlasts the grace is killed."""
        if self._process is None:
            return
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(self.grace)
        self._signal_all(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def _signal_all(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


def _end_with_parent() -> None:
    """Runs in the child: have the kernel send TERM when the runner dies, even by kill -9 (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
