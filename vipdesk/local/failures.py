"""Functions that name the cause of a failed start where its message does not: a full disk, a read-only folder."""

import errno
import shutil
from pathlib import Path

# A trial with a demo venue takes about 150 MB; below this PostgreSQL fails in ways that do not mention the disk.
NEEDED_MB = 100
FULL = (errno.ENOSPC, errno.EDQUOT)


def explain_failure(error: Exception, home: Path) -> str:
    """One sentence for a person: what the disk lacks, else the error's own first line."""
    if isinstance(error, OSError) and error.errno not in FULL:
        return f"{error.filename or home} cannot be used: {error.strerror}."
    free_mb = shutil.disk_usage(_existing(home)).free // 1024**2
    if free_mb < NEEDED_MB or isinstance(error, OSError):
        return f"The disk is full: {free_mb} MB are left for {home}, and a trial needs {NEEDED_MB}."
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())
