"""Sheets that leave the house: each is stamped and logged before its first byte goes out (D1 S1, TRUST.md)."""

import datetime as dt
import hashlib
import tempfile
from dataclasses import dataclass
from typing import IO, Any

from django.db import transaction
from django.utils import timezone

from customers.intake.writing import FORMATS, write_intake
from customers.models import AccessLog, IntakeExport
from staff.models import User
from vipdesk import nights


@dataclass(frozen=True)
class Export:
    """A sheet ready to be sent: `file` stands at its beginning and is the caller's to close."""

    file: IO[bytes]
    stamp: IntakeExport
    filename: str


def export_intake(*, night: dt.date, format: str, user: User | None = None, channel: str = "screen") -> Export:  # noqa: A002
    """Make a night's sheet ("xlsx" or "csv"), with the stamp and the entry in the access log already kept."""
    if format not in FORMATS:
        raise ValueError(format)
    # From before the rows are read: what changes while they are written counts as changed since this export.
    began = timezone.now()
    # Nameless, and gone with its handle; row by row it is quicker than a file that begins in memory.
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed by whoever sends it
    try:
        rows = write_intake(night, format, file)
        said = {"night": night, "exported_by": user, "format": format, "channel": channel, "exported_at": began}
        stamp = _stamp(**said, rows=rows, sha256=_hash(file))
    except BaseException:
        file.close()
        raise
    return Export(file, stamp, f"intake-{night.isoformat()}.{format}")


def _hash(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return digest


@transaction.atomic
def _stamp(**said: Any) -> IntakeExport:
    stamp = IntakeExport.objects.create(**said)
    detail = f"{stamp.night.isoformat()} {stamp.format} {stamp.rows} {stamp.channel}"
    AccessLog.objects.create(user=stamp.exported_by, night=nights.tonight(), kind=AccessLog.Kind.EXPORT, detail=detail)
    return stamp
