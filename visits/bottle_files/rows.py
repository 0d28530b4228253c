"""What one row of a sheet says about a bottle, judged by itself; nothing here asks the database."""

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from django.utils.translation import gettext as _

from customers import phones
from customers.intake import cells
from customers.intake.cells import Cell
from customers.intake.facts import Refused, Remark
from customers.intake.members import read_number
from customers.intake.moments import SERIAL_ZERO
from customers.intake.reading import Row
from vipdesk.sheets.broken_text import is_broken
from vipdesk.sheets.cells import serial_number
from vipdesk.sheets.date_order import DateOrder, is_open_pair, month_and_day, pair_in
from vipdesk.sheets.identifiers import RewrittenNumber
from visits.bottle_files.reading import Sheet
from visits.bottles import to_level
from visits.choices import BottleCategory

LONGEST = {"bottle_no": 20, "product": 80, "locker": 20}
YEARS = range(2000, 2101)
_SERIALS = range(36_526, 73_416)  # a spreadsheet's days of those years
_DAY = re.compile(
    r"(\d{4}|\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[\sT]+.*)?|(20\d\d)(\d\d)(\d\d)"
)
_YEAR = re.compile(r"\d{4}")
_SPIRITS = "spirits spirit 烈酒 洋酒 白酒 威士忌 白兰地 伏特加 whisky whiskey brandy vodka liquor"
_WINE = "wine wines 红酒 葡萄酒 白葡萄酒 干红 干白 香槟 champagne"
_CATEGORIES = {
    BottleCategory.SPIRITS: _SPIRITS,
    BottleCategory.WINE: _WINE,
    BottleCategory.OTHER: "other others 其他 其它 别的",
}
_CATEGORY = {word: category for category, said in _CATEGORIES.items() for word in said.split()}
_OPENED = "opened open 已开 开 开封 已开封 已开瓶 开瓶 已开启 已启封 半瓶"
_UNOPENED = "unopened sealed closed full 未开 未 未开封 未开瓶 未开启 未启封 整瓶 全新 原封"
_IS_OPENED = dict.fromkeys(_OPENED.split(), True) | dict.fromkeys(_UNOPENED.split(), False)
_LEVELS = {
    "1": "满 整瓶 满瓶 全 full",
    "0.5": "半瓶 一半 half",
    "0": "空 空瓶 empty",
}
_LEVEL = {word: level for level, said in _LEVELS.items() for word in said.split()}
_FRACTION = re.compile(r"(\d{1,2})\s*[/⁄]\s*(\d{1,2})")


@dataclass(kw_only=True)
class Said:
    """What a row says. Empty strings and None are blank cells, which say nothing and erase nothing."""

    row: int
    bottle_no: str
    phone: str
    product: str
    category: str
    is_opened: bool | None
    stored_on: dt.date | None
    expires_on: dt.date | None
    remaining: Decimal | None
    locker: str
    remarks: list[Remark] = field(default_factory=list)

    def content(self) -> tuple[object, ...]:
        """All that the row says, for comparing it with another row of the same number."""
        return (
            self.phone, self.product, self.category, self.is_opened, self.stored_on, self.expires_on, self.remaining,
            self.locker,
        )  # fmt: skip

    def remark(self, name: str, message: str) -> None:
        self.remarks.append(Remark(self.row, name, message))


def read_row(sheet: Sheet, number: int, row: Row) -> Said:
    """Raises `Refused` with the first thing that cannot be."""
    said = Said(
        row=number,
        bottle_no=_bottle_no(sheet.cell(row, "bottle_no")),
        phone=_phone(sheet.cell(row, "phone")),
        product=_text("product", sheet.cell(row, "product")),
        category=_category(sheet.cell(row, "category")),
        is_opened=_is_opened(sheet.cell(row, "is_opened")),
        stored_on=_day("stored_on", sheet, row),
        expires_on=_day("expires_on", sheet, row),
        remaining=_level(sheet.cell(row, "remaining")),
        locker="",
    )
    _read_locker(said, sheet.cell(row, "locker"))
    if is_broken(said.product):
        words = _("“%(text)s” was broken on the way: look at the bottle. What is on file stays.")
        said.remark("product", words % {"text": said.product[:40]})
    if said.is_opened is False and said.remaining is not None and 0 < said.remaining < 1:
        said.is_opened = True
        said.remark("is_opened", _("Not full, and so taken as opened."))
    return said


def _bottle_no(cell: Cell) -> str:
    try:
        number = read_number(cell)
    except RewrittenNumber as error:
        raise Refused("bottle_no", str(error)) from error
    if not number:
        raise Refused("bottle_no", _("A bottle number is needed."))
    if len(number) > LONGEST["bottle_no"]:
        raise Refused("bottle_no", _("Longer than %(longest)d characters.") % {"longest": LONGEST["bottle_no"]})
    return number


def _read_locker(said: Said, cell: Cell) -> None:
    try:
        said.locker = read_number(cell)
    except RewrittenNumber as error:
        said.remark("locker", str(error))
    if len(said.locker) > LONGEST["locker"]:
        raise Refused("locker", _("Longer than %(longest)d characters.") % {"longest": LONGEST["locker"]})


def _phone(cell: Cell) -> str:
    try:
        return phones.find(cells.content(cell))[0]
    except phones.BadPhone as error:
        raise Refused("phone", str(error)) from error


def _text(name: str, cell: Cell) -> str:
    text = cells.one_line(cells.content(cell))
    if len(text) > LONGEST[name]:
        raise Refused(name, _("Longer than %(longest)d characters.") % {"longest": LONGEST[name]})
    return text


def _category(cell: Cell) -> str:
    text = cells.narrow(cells.content(cell)).casefold()
    if text and text not in _CATEGORY:
        raise Refused("category", _("“%(text)s” is none of spirits, wine, other.") % {"text": text[:20]})
    return _CATEGORY[text] if text else ""


def _is_opened(cell: Cell) -> bool | None:
    text = cells.narrow(cells.words(cell)).strip().casefold()
    if text in _IS_OPENED:
        return _IS_OPENED[text]
    try:
        return cells.yes_or_no(cell if isinstance(cell, bool) else text)
    except ValueError as error:
        raise Refused("is_opened", _("Neither yes nor no: “%(text)s”.") % {"text": str(error)[:20]}) from error


# --- how much is left ----------------------------------------------------------------------------------------------


def _level(cell: Cell) -> Decimal | None:
    text = cells.narrow(cells.words(cell)).strip().casefold()
    level = _read_level(text)
    if level is not None and not 0 <= level <= 1:
        raise Refused("remaining", _("Between 0 and 1 of a bottle is left, not %(text)s.") % {"text": text[:20]})
    return level


@lru_cache(maxsize=4096)
def _read_level(text: str) -> Decimal | None:
    """ "0.5", "50%", "1/2", "半瓶"; None where the cell is blank."""
    text = _LEVEL.get(text, text)
    if cells.is_blank(text):
        return None
    fraction = _FRACTION.fullmatch(text)
    try:
        if fraction:
            return to_level(Decimal(fraction[1]) / Decimal(fraction[2]))
        share = Decimal(text.removesuffix("%").strip())
        if share.is_nan():
            raise InvalidOperation
        return to_level(share / 100 if text.endswith("%") else share)
    except (InvalidOperation, ZeroDivisionError):
        raise Refused("remaining", _("“%(text)s” is no part of a bottle.") % {"text": text[:20]}) from None


# --- days ----------------------------------------------------------------------------------------------------------


def _day(name: str, sheet: Sheet, row: Row) -> dt.date | None:
    """A date, without the time that may stand behind it; it may lie in the future."""
    cell, order = sheet.cell(row, name), sheet.order(row, name)
    if is_open_pair(cell, order):
        words = _("“%(text)s” can be read two ways, and no cell of the column shows whether the day comes first.")
        raise Refused(name, words % {"text": cells.content(cell)[:20]})
    day = _as_date(cell)
    text = "" if day else cells.content(cell)
    if text:
        day = _read_day(text, order)
        if day is None:
            raise Refused(name, _("Cannot read “%(text)s” as a date.") % {"text": text[:20]})
    if day and day.year not in YEARS:
        raise Refused(name, _("The year %(year)d cannot be.") % {"year": day.year})
    return day


def _as_date(cell: Cell) -> dt.date | None:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, float) and (number := serial_number(cell, _SERIALS)) in _SERIALS:
        return (SERIAL_ZERO + dt.timedelta(days=number)).date()
    return None


@lru_cache(maxsize=16_384)
def _read_day(text: str, order: DateOrder) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        pass
    plain = cells.narrow(text).strip()
    if plain.isdecimal() and len(plain) == 5 and int(plain) in _SERIALS:
        return (SERIAL_ZERO + dt.timedelta(days=int(plain))).date()
    if (pair := pair_in(plain)) and (settled := month_and_day(*pair, order)) and (found := _YEAR.search(plain)):
        return _date(int(found[0]), *settled)
    found = _DAY.fullmatch(plain)
    if not found:
        return None
    year, month, day = (int(part) for part in found.groups() if part)
    return _date(year if year > 99 else 2000 + year, month, day)


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
