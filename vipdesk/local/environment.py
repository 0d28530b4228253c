"""Script that makes the virtual environment of this checkout and installs the locked packages; `make` runs it.

    python3 vipdesk/local/environment.py run|dev

Runs before any package is there: standard library only, and no syntax newer than Python 3.8, so that an old Python is
told what is needed. Does only what is missing; each step prints one line. Where a step fails, one sentence names the
cause, the whole output is kept in .venv/setup.log, and the exit code is 1.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
VENV = CHECKOUT / ".venv"
OLDEST = (3, 11)
# What builds the packages that come as source goes first: with the build not isolated, pip fetches nothing unlocked.
SETS = {
    "run": ("Installing packages", ["requirements-build.txt", "requirements.txt"]),
    "dev": ("Installing packages for tests and checks", ["requirements-dev.txt"]),
}
PIP = ["-m", "pip", "install", "--no-input", "--progress-bar=off", "--require-hashes", "--no-build-isolation"]
# The one of Debian 12 builds what comes as source the old way, with a warning.
PIP_ENVIRONMENT = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USE_PEP517": "1", "PIP_ROOT_USER_ACTION": "ignore"}

NO_CERTIFICATE = re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError")
NO_NETWORK = re.compile(
    r"Temporary failure in name resolution|Name or service not known|nodename nor servname|Network is unreachable"
    r"|No route to host|Connection refused|Cannot connect to proxy|NameResolutionError|NewConnectionError"
    r"|ConnectTimeoutError|ReadTimeoutError|Read timed out|Connection reset by peer|ProtocolError|ProxyError"
)
DISK_FULL = re.compile(r"No space left on device|Disk quota exceeded|\[Errno (?:28|122)\]")
NOT_WRITABLE = re.compile(r"(Read-only file system|Permission denied)(?:: '([^'\n]+)')?")
OTHER_HASH = re.compile(r"DO NOT MATCH THE HASHES.*?\n\s+(\S+) from", re.DOTALL)
NO_PACKAGE = re.compile(r"No matching distribution found for (\S+)")
NO_VENV = re.compile(r"ensurepip is not\s+available|No module named '?(?:venv|ensurepip)")


class CannotSetUp(Exception):
    """A step of the set-up failed; the message is one sentence for a person."""


def main(arguments: list[str]) -> int:
    try:
        make_environment()
        adjust_moved_environment()
        install(arguments[0])
    except CannotSetUp as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(explain_os_error(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


# --- the virtual environment ------------------------------------------------------------------------------------------


def make_environment() -> None:
    """Make it where there is none, or where its Python was removed or replaced by another version."""
    if is_usable():
        return
    if sys.version_info < OLDEST:
        needed = ".".join(map(str, OLDEST))
        raise CannotSetUp(f"Python {needed} or newer is needed: try `make run PYTHON=python3.12`.")
    say("Making the virtual environment")
    run([sys.executable, "-m", "venv", "--clear", str(VENV)], step="Making the virtual environment")


def is_usable() -> bool:
    python = VENV / "bin" / "python"
    if not python.exists():
        return False
    installed = [path.parent.name for path in VENV.glob("lib/python3*/site-packages")]
    asked = [str(python), "-c", "import sys, pip; print('python%d.%d' % sys.version_info[:2])"]
    answer = subprocess.run(asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return answer.returncode == 0 and answer.stdout.decode().strip() in installed


def adjust_moved_environment() -> None:
    """Write the new path into the scripts of an environment whose folder was moved; packages need no network then."""
    old, new = recorded_path(), os.path.realpath(VENV)
    if old is None or old == new:
        return
    say("The folder was moved: adjusting the virtual environment")
    for path in [VENV / "pyvenv.cfg", *(VENV / "bin").iterdir()]:
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if content[:2] == b"#!" or b"\0" not in content[:1024]:
                path.write_bytes(content.replace(os.fsencode(old), os.fsencode(new)))


def recorded_path() -> str | None:
    """The path that the scripts of the environment name."""
    script = VENV / "bin" / "activate.csh"
    found = re.search(r"^setenv VIRTUAL_ENV [\"']?([^\"'\n]+)", script.read_text(), re.M) if script.exists() else None
    return found.group(1) if found else None


# --- packages -------------------------------------------------------------------------------------------------------


def install(name: str) -> None:
    """Install one set of packages, unless exactly these files were installed before."""
    step, files = SETS[name]
    paths = [CHECKOUT / file for file in files]
    seal = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    stamp = VENV / f"{name}.stamp"
    if stamp.exists() and stamp.read_text() == seal:
        return
    say(step)
    python = str(VENV / "bin" / "python")
    for path in paths:
        run([python, *PIP, "--requirement", str(path)], step=step)
    # Some packages carry templates that are no Python: what cannot be compiled is left.
    compiling = [python, "-m", "compileall", "-q", str(VENV / "lib")]
    subprocess.run(compiling, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    stamp.write_text(seal)


def say(step: str) -> None:
    print(f"{step} …", flush=True)


def run(command: list[str], *, step: str) -> None:
    """Run a command in silence. Raises CannotSetUp with the cause that its output tells."""
    done = subprocess.run(
        command,
        env={**os.environ, **PIP_ENVIRONMENT, **pip_cache()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        output = done.stdout.decode(errors="replace")
        raise CannotSetUp(explain(output) or f"{step} failed: {last_error(output)}{keep_log(output)}")


def pip_cache() -> dict[str, str]:
    """Without a cache where the home cannot be written to: pip would fail to keep what it builds."""
    place = Path(os.environ.get("PIP_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    while not place.exists():
        place = place.parent
    return {} if os.access(place, os.W_OK) else {"PIP_NO_CACHE_DIR": "1"}


# --- causes -----------------------------------------------------------------------------------------------------------


def explain(output: str) -> str | None:
    """One sentence for what made pip or venv fail, None where its output tells nothing known."""
    for find in (_no_venv, _disk_full, _other_hash, _no_certificate, _no_network, _no_package, _not_writable):
        sentence = find(output)
        if sentence:
            return sentence
    return None


def explain_os_error(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return describe_full_disk()
    return f"{error.filename or VENV} cannot be written to ({error.strerror})."


def describe_full_disk() -> str:
    """Names the fullest of the places that an installation writes to."""
    places = [CHECKOUT, Path(tempfile.gettempdir()), Path.home()]
    fullest = min((place for place in places if place.exists()), key=lambda place: shutil.disk_usage(place).free)
    left = shutil.disk_usage(fullest).free // 1024**2
    return f"The disk is full: {left} MB are left at {fullest}; the set-up needs about 1 GB."


def last_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "×", "fatal"))]
    return (errors or lines or ["no output"])[-1].rstrip(".")


def keep_log(output: str) -> str:
    try:
        (VENV / "setup.log").write_text(output)
    except OSError:
        return "."
    return f" (the whole output: {VENV / 'setup.log'})."


def _no_venv(output: str) -> str | None:
    if NO_VENV.search(output):
        return f"{sys.executable} has no venv: install the package python3-venv."
    return None


def _disk_full(output: str) -> str | None:
    return describe_full_disk() if DISK_FULL.search(output) else None


def _other_hash(output: str) -> str | None:
    found = OTHER_HASH.search(output)
    return found and f"{found.group(1)} is not the file that was locked (its hash differs): nothing was installed."


def _no_certificate(output: str) -> str | None:
    if NO_CERTIFICATE.search(output):
        return "The package index has no certificate that this machine trusts: name your authority's file in PIP_CERT."
    return None


def _no_network(output: str) -> str | None:
    found = NO_NETWORK.search(output)
    return found and f"The packages cannot be fetched: no network, or no way to the package index ({found.group(0)})."


def _no_package(output: str) -> str | None:
    version = ".".join(map(str, sys.version_info[:2]))
    found = NO_PACKAGE.search(output)
    return found and f"The package index does not answer, or has no {found.group(1)} for Python {version} here."


def _not_writable(output: str) -> str | None:
    found = NOT_WRITABLE.search(output)
    return found and f"{found.group(2) or VENV} cannot be written to ({found.group(1)})."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
