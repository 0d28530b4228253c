"""A sheet that after-sales uploaded, from the upload to the report: looked at first, taken in once confirmed (D1 S1).

What a worker does is decided by the row's own status, so that a task may be lost, doubled or killed: whoever works on a
sheet holds its advisory lock, which PostgreSQL gives back by itself when the worker dies, and the next sweep has it
taken up again. Taking in twice is harmless: an import may be repeated.
"""

import datetime as dt
import hashlib
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db.models import Count, F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from customers.choices import ImportStatus, Origin
from customers.intake.importing import NothingToRead, Report, import_customers
from customers.intake.understood import first_guests
from customers.models import Customer, CustomerImport
from staff.models import User
from vipdesk import locks
from vipdesk.locks import Lock
from vipdesk.personal import STRUCK

OPEN = (ImportStatus.UPLOADED, ImportStatus.RUNNING)
MAX_ATTEMPTS = 3
CONTENT_KEPT_FOR = dt.timedelta(days=1)


def upload(*, data: bytes, filename: str, by: User) -> CustomerImport:
    """Keep a sheet to be looked at; nothing of it comes in yet."""
    return CustomerImport.objects.create(
        created_by=by,
        filename=filename[-200:],
        content=data,
        content_sha256=hashlib.sha256(data).hexdigest(),
        language=translation.get_language() or "",
    )


def confirm(pk: int) -> bool:
    """Have a sheet taken in that was looked at. False where somebody did so already, or its content is gone."""
    looked_at = CustomerImport.objects.filter(pk=pk, status=ImportStatus.PREVIEWED, content__isnull=False)
    return looked_at.update(status=ImportStatus.RUNNING, attempts=0, progress_rows=0) == 1


def work(pk: int) -> None:
    """Do what this sheet waits for, unless nothing does or another worker is at it."""
    with locks.try_to_hold(Lock.CUSTOMER_FILE, pk) as is_mine:
        sheet = CustomerImport.objects.filter(pk=pk, status__in=OPEN).select_related("created_by").first()
        if is_mine and sheet is not None:
            with translation.override(sheet.language or settings.LANGUAGE_CODE):
                _work(sheet)


def _work(sheet: CustomerImport) -> None:
    mine = CustomerImport.objects.filter(pk=sheet.pk, status=sheet.status)
    if sheet.content is None or not mine.filter(attempts__lt=MAX_ATTEMPTS).update(attempts=F("attempts") + 1):
        _end(sheet, ImportStatus.FAILED, {"failure": _("This could not be finished. Upload the sheet again.")})
        return
    try:
        if sheet.status == ImportStatus.UPLOADED:
            report = _read(sheet, dry_run=True)
            replaced = [line.as_json() for line in report.replaced]
            preview = _kept(report) | {"first": first_guests(bytes(sheet.content)), "replaced": replaced}
            mine.update(status=ImportStatus.PREVIEWED, preview=preview, total_rows=preview["rows"])
        else:
            since = timezone.now()
            report = _read(sheet, dry_run=False)
            _end(sheet, ImportStatus.DONE, _kept(report) | {"nights": _nights_filled(since)})
    except NothingToRead as error:
        _end(sheet, ImportStatus.FAILED, {"failure": str(error)})


def _read(sheet: CustomerImport, *, dry_run: bool) -> Report:
    def progress(rows: int) -> None:
        CustomerImport.objects.filter(pk=sheet.pk).update(progress_rows=rows)

    progress(0)
    return import_customers(
        data=bytes(sheet.content or b""),
        filename=sheet.filename,
        user=sheet.created_by,
        dry_run=dry_run,
        progress=progress,
    )


def _kept(report: Report) -> dict[str, Any]:
    """A report with the guests whom its lines quote, so that erasing one of them finds these lines."""
    return report.as_json() | {"quoted": {str(row): guest for row, guest in report.quoted.items()}}


def strike_out_quotes(guests: Collection[int]) -> int:
    """Take out of kept reports and previews the words of lines that quote one of these guests (keys); how many sheets
    had some."""
    return sum(_strike_out_quotes(sheet, guests) for sheet in CustomerImport.objects.only("preview", "report"))


def _strike_out_quotes(sheet: CustomerImport, guests: Collection[int]) -> bool:
    changed = {}
    for name in ("preview", "report"):
        said = getattr(sheet, name)
        places = {place for place, guest in said.get("quoted", {}).items() if guest in guests}
        if places:
            changed[name] = said | {
                part: [_without_words(line) if _place(line) in places else line for line in said[part]]
                for part in ("errors", "warnings", "replaced")
                if part in said
            }
    return bool(changed) and CustomerImport.objects.filter(pk=sheet.pk).update(**changed) == 1


def _place(line: dict[str, Any]) -> str:
    """Where a kept line stands, as `str` gives a row's number: 3, or 3 (21日) in a file of several sheets."""
    return f"{line['row']} ({line['sheet']})" if "sheet" in line else str(line["row"])


def _without_words(line: dict[str, Any]) -> dict[str, Any]:
    return line | {name: STRUCK for name in ("message", "before", "after") if name in line}


def _nights_filled(since: dt.datetime) -> list[dict[str, Any]]:
    """The nights that got new guests from sheets since then, newest first."""
    came = Customer.objects.filter(origin=Origin.IMPORT, received_at__gte=since)
    counts = came.values("night").order_by("-night").annotate(guests=Count("pk"))
    return [{"night": row["night"].isoformat(), "guests": row["guests"]} for row in counts]


def _end(sheet: CustomerImport, status: ImportStatus, report: dict[str, Any]) -> None:
    """The report stays; the content, and what was shown of it, go."""
    CustomerImport.objects.filter(pk=sheet.pk, status=sheet.status).update(
        status=status, report=report, content=None, preview={}, finished_at=timezone.now()
    )


def unfinished() -> list[int]:
    """Sheets that wait for a worker, or whose worker may have died; one that is being worked on is left to it."""
    return list(CustomerImport.objects.filter(status__in=OPEN).order_by("pk").values_list("pk", flat=True))


def has_content(pk: int) -> bool:
    return CustomerImport.objects.filter(pk=pk, content__isnull=False).exists()


def taken_in_before(sheet: CustomerImport) -> CustomerImport | None:
    """The same file, byte for byte, that came in through an earlier upload."""
    same = CustomerImport.objects.filter(content_sha256=sheet.content_sha256, status=ImportStatus.DONE)
    return same.exclude(pk=sheet.pk).only("created_at", "finished_at").first()


def drop_contents(now: dt.datetime | None = None) -> dict[str, int]:
    """Forget what was uploaded a day ago and never confirmed; a report that was made stays."""
    old = CustomerImport.objects.filter(created_at__lt=(now or timezone.now()) - CONTENT_KEPT_FOR)
    kept = old.exclude(status=ImportStatus.RUNNING).filter(content__isnull=False)
    return {"contents": kept.update(content=None, preview={})}


def is_worked_on(pk: int) -> bool:
    """Whether some worker has this sheet in hand right now."""
    return locks.is_held(Lock.CUSTOMER_FILE, pk)
