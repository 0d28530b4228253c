"""Guests who leave the house in a file, a night's sheet or a list: stamped, logged and counted before its first byte
goes out (D1 S1, promises.md)."""

import datetime as dt
import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from customers import leaks
from customers.intake.writing import FORMATS, write_guests, write_intake
from customers.models import AccessLog, Customer, GuestExport, IntakeExport, Looks
from staff.models import User
from vipdesk import nights

Stamp = TypeVar("Stamp", IntakeExport, GuestExport)


@dataclass(frozen=True)
class Export:
    """A sheet ready to be sent: `file` stands at its beginning and is the caller's to close."""

    file: IO[bytes]
    stamp: IntakeExport | GuestExport
    filename: str


def export_intake(*, night: dt.date, format: str, user: User | None = None, channel: str = "screen") -> Export:  # noqa: A002
    """Make a night's sheet ("xlsx" or "csv"), with the stamp and the entry in the access log already kept."""
    if format not in FORMATS:
        raise ValueError(format)
    # From before the rows are read: what changes while they are written counts as changed since this export.
    said = {"night": night, "exported_by": user, "format": format, "channel": channel, "exported_at": timezone.now()}

    def stamp(rows: int, sha256: str) -> IntakeExport:
        kept = IntakeExport.objects.create(**said, rows=rows, sha256=sha256)
        _log(user, f"{night.isoformat()} {format} {rows} {channel}", rows)
        return kept

    file, kept = _made(lambda stream: write_intake(night, format, stream), stamp)
    return Export(file, kept, f"intake-{night.isoformat()}.{format}")


def export_guests(
    *,
    guests: "QuerySet[Customer]",
    format: str,  # noqa: A002  as above
    filters: Mapping[str, str],
    reason: str,
    user: User,
) -> Export:
    """Make a list of these guests ("xlsx" or "csv"), with who took it and why already kept; `filters` says which."""
    if format not in FORMATS:
        raise ValueError(format)
    said = {"exported_by": user, "format": format, "filters": dict(filters), "reason": reason}

    def stamp(rows: int, sha256: str) -> GuestExport:
        kept = GuestExport.objects.create(**said, rows=rows, sha256=sha256)
        _log(user, f"guests {format} {rows}", rows)
        return kept

    file, kept = _made(lambda stream: write_guests(guests, format, stream), stamp)
    return Export(file, kept, f"guests-{nights.tonight().isoformat()}.{format}")


def _made(write: Callable[[IO[bytes]], int], stamp: Callable[[int, str], Stamp]) -> tuple[IO[bytes], Stamp]:
    """A file that is written, at its beginning, and its stamp, committed; neither where one of them fails."""
    # Nameless, and gone with its handle; row by row it is quicker than a file that begins in memory.
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed by whoever sends it
    try:
        rows = write(file)
        sha256 = _hash(file)
        with transaction.atomic():
            return file, stamp(rows, sha256)
    except BaseException:
        file.close()
        raise


def _hash(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return digest


def _log(user: User | None, detail: str, rows: int) -> None:
    AccessLog.objects.create(user=user, night=nights.tonight(), kind=AccessLog.Kind.EXPORT, detail=detail)
    if user is not None:  # a command has no habit
        leaks.count_look(user, Looks.EXPORT, rows)
