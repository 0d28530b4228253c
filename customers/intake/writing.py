"""Writing guests, a night's or any others, in the columns that the import reads, to come in again unchanged.

Rows are streamed; the same content gives the same bytes, so that a hash says whether a sheet has changed. No cell can
be read as a formula (promises.md, "Spreadsheet cells").
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import IO, Any

import xlsxwriter
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customers.birthdays import Birthday, lunar_words
from customers.intake import cells
from customers.intake.copying import copy_guests
from customers.intake.headers import OUR_HEADERS
from customers.models import Customer
from vipdesk.sheets.cells import unwrap_text_formula

FORMATS = ("xlsx", "csv")
_WIDTHS = {
    "name": 14,
    "phone": 17,
    "birthday": 16,
    "home_address": 34,
    "work_address": 34,
    "captured_at": 18,
    "notes": 40,
}
_FIRST_SAFE_DATE = dt.date(1900, 3, 1)  # before it, spreadsheets count a 29 February that never was
_NEVER_CHANGES = dt.datetime(2000, 1, 1)  # noqa: DTZ001  the workbook's "created"; it has no zone
_LONGEST_SHEET_NAME, _LONGEST_CELL = 31, 32_767
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")

Values = dict[str, "str | dt.date | dt.datetime"]


def write_intake(night: dt.date, format: str, stream: IO[bytes]) -> int:  # noqa: A002  the contract's word
    """Write the sheet of a night to `stream` in the language on screen; returns how many guests stand in it."""
    if format == "csv":
        return copy_guests(guests_of(night), _titles(), stream, is_chinese=_is_chinese())
    return _write_xlsx(guests_of(night), stream, by_manager=True)


def write_guests(guests: "QuerySet[Customer]", format: str, stream: IO[bytes]) -> int:  # noqa: A002  as above
    """Write any guests to `stream` in the language on screen, in the order of their capture; returns how many."""
    if format == "csv":
        return copy_guests(guests, _titles(), stream, is_chinese=_is_chinese())
    whole = guests.select_related("owner", "tier").defer("name_keys", "pinyin", "pinyin_joined", "pinyin_initials")
    return _write_xlsx(whole.order_by("captured_at", "pk"), stream, by_manager=False)


def guests_of(night: dt.date) -> "QuerySet[Customer]":
    """The rows of a night's sheet in the order of their capture."""
    rows: QuerySet[Customer] = Customer.objects.on_sheet(night)
    return rows.select_related("owner", "captured_by", "tier").order_by("captured_at", "pk")


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _titles() -> list[str]:
    return list(OUR_HEADERS.values() if _is_chinese() else OUR_HEADERS)


def values_of(guest: Customer) -> Values:
    """What stands in a guest's row, dates as dates where a spreadsheet keeps them whole."""
    is_chinese = _is_chinese()
    yes, no = ("是", "否") if is_chinese else ("yes", "no")
    calendar = ("农历" if guest.birthday_calendar == "lunar" else "公历") if is_chinese else guest.birthday_calendar
    return {
        "name": guest.name,
        "phone": guest.phone or "",
        "birthday": _birthday(guest.birthday, is_chinese),
        "calendar": calendar if guest.birthday else "",
        "home_address": guest.home_address,
        "work_address": guest.work_address,
        "tier": (guest.tier.name if is_chinese else guest.tier.name_en) if guest.tier else "",
        "member_no": guest.member_no or "",
        "owner": guest.owner.username if guest.owner else "",
        "captured_at": _captured_at(guest),
        "sms_consent": yes if guest.sms_consent else no,
        "call_consent": yes if guest.call_consent else no,
        "source": guest.source,
        "notes": guest.notes,
    }


def _birthday(born: Birthday | None, is_chinese: bool) -> "str | dt.date":
    if born is None:
        return ""
    if born.is_lunar and is_chinese:
        return lunar_words(born)
    if born.is_leap:
        return (f"{born.year}年" if born.year else "") + f"闰{born.month}月{born.day}日"
    if born.year is None or born.is_lunar:
        return (f"{born.year:04d}-" if born.year else "") + f"{born.month:02d}-{born.day:02d}"
    return dt.date(born.year, born.month, born.day)


def _captured_at(guest: Customer) -> "dt.date | dt.datetime":
    """The night alone where no time is known, else the moment on the venue's clock."""
    if not guest.captured_time_known:
        return guest.night
    return timezone.make_naive(guest.captured_at, timezone.get_default_timezone()).replace(microsecond=0)


def said(value: "str | dt.date | dt.datetime") -> str:
    """A value as text, as CSV has it."""
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S" if value.second else "%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, dt.date) else value


# --- XLSX ----------------------------------------------------------------------------------------------------------


def _write_xlsx(guests: "QuerySet[Customer]", stream: IO[bytes], *, by_manager: bool) -> int:
    """One sheet of all, and where asked for one more for each manager who captured some of them."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties({"created": _NEVER_CHANGES})
    styles = _Styles(book)
    everybody = _Page(book, _("All"), styles)
    names = _page_names(guests, taken={_("All").casefold()}) if by_manager else ()
    pages = {pk: _Page(book, name, styles) for pk, name in names}
    for guest in guests.iterator(chunk_size=2_000):
        # A manager whose first guest of the night came since the line above: it shows as changed since this export.
        if by_manager and guest.captured_by_id not in pages:
            continue
        values = values_of(guest)
        everybody.add(values)
        if by_manager:
            pages[guest.captured_by_id].add(values)
    book.close()
    return everybody.rows


class _Styles:
    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "bg_color": "#E9E4D8", "bottom": 1, "valign": "vcenter"})
        self.text = book.add_format({"num_format": "@", "valign": "top"})
        self.wrapped = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
        self.date = book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left", "valign": "top"})


class _Page:
    """One sheet of the workbook: a frozen header, then rows in their order (constant memory drops what comes late)."""

    def __init__(self, book: Any, name: str, styles: _Styles) -> None:
        self.sheet, self.styles, self.rows = book.add_worksheet(name), styles, 0
        for at, (field, title) in enumerate(zip(OUR_HEADERS, _titles(), strict=True)):
            self.sheet.set_column(at, at, _WIDTHS.get(field, 12))
            self.sheet.write_string(0, at, title, styles.title)
        self.sheet.freeze_panes(1, 2)
        self.sheet.repeat_rows(0)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)

    def add(self, values: Values) -> None:
        self.rows += 1
        for at, (field, value) in enumerate(values.items()):
            self._write(at, field, value)

    def _write(self, at: int, field: str, value: "str | dt.date | dt.datetime") -> None:
        if isinstance(value, dt.datetime) and value.time() != dt.time():
            self.sheet.write_datetime(self.rows, at, value, self.styles.moment)
        elif isinstance(value, dt.date) and not isinstance(value, dt.datetime) and value >= _FIRST_SAFE_DATE:
            self.sheet.write_datetime(self.rows, at, value, self.styles.date)
        elif value != "":
            # Midnight stays text: a cell of it would read as a date alone, which is another night.
            style = self.styles.wrapped if field == "notes" else self.styles.text
            self.sheet.write_string(self.rows, at, _escaped(said(value))[:_LONGEST_CELL], style)


def _escaped(text: str) -> str:
    """A text that our own import would read as something else, a guarded one, a ditto or ="…", with an apostrophe."""
    is_read_otherwise = cells.unguard(text) != text or cells.is_ditto(text) or unwrap_text_formula(text) != text
    return f"'{text}" if is_read_otherwise else text


def _page_names(guests: "QuerySet[Customer]", taken: set[str]) -> Iterator[tuple[int | None, str]]:
    """A sheet per manager who captured somebody, by login name; those of nobody last."""
    people = guests.order_by("captured_by__username").values_list(
        "captured_by", "captured_by__display_name", "captured_by__username"
    )
    for pk, name, username in people.distinct():
        yield pk, _sheet_name(name or username or _("Nobody's"), taken)


def _sheet_name(name: str, taken: set[str]) -> str:
    """As spreadsheets allow: at most 31 characters, none of []:*?/\\, no apostrophe at an end, each once."""
    plain = _NOT_IN_SHEET_NAMES.sub(" ", name).strip(" '") or "-"
    plain = "History_" if plain.casefold() == "history" else plain
    for ending in _endings():
        found = plain[: _LONGEST_SHEET_NAME - len(ending)].rstrip(" '") + ending
        if found.casefold() not in taken:
            taken.add(found.casefold())
            return found
    raise AssertionError("endings never end")


def _endings() -> Iterable[str]:
    yield ""
    number = 2
    while True:
        yield f" {number}"
        number += 1
