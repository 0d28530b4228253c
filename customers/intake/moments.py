"""When a guest was captured, as sheets say it: a date alone is the night, a date with a time is a moment.

Also a sheet's own date, from the rows above its header or the sheet's name, which counts for rows that have none.
"""

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils import timezone

from customers.intake.cells import Cell, narrow, words
from vipdesk import nights
from vipdesk.sheets.cells import serial_number
from vipdesk.sheets.date_order import DateOrder, month_and_day, pair_in

USUAL_TIME = dt.time(20)
SERIAL_ZERO = dt.datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet has no zone
_SERIALS = range(30_000, 80_000)
_PART_OF_DAY = r"上午|下午|晚上|夜里|晚|中午|凌晨|早上|傍晚|夜|am|pm"
_DATE = (
    r"(?:(?P<y>\d{4}|\d{2})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*[日号]?"
    r"|(?P<packed>20\d{6})(?!\d)"
    r"|(?P<m2>\d{1,2})\s*[-/.月]\s*(?P<d2>\d{1,2})\s*[日号]?)"
)
_TIME = (
    rf"(?P<half>{_PART_OF_DAY})?\s*(?P<H>\d{{1,2}})\s*[:点时]\s*(?P<M>\d{{1,2}})?\s*分?(?:\s*:?\s*(?P<S>\d{{1,2}})(?:\.\d+)?秒?)?"
    rf"\s*(?P<half2>am|pm)?"
)
_WEEKDAY = re.compile(r"\(?(?:星期|周|礼拜)[一二三四五六日天]\)?|\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b,?")
_MOMENT = re.compile(rf"{_DATE}(?:[\st]*{_TIME})?")
_TIME_ONLY = re.compile(_TIME)
_LABEL = re.compile(r"日期|时间|date|年月日|营业日")
_NOT_OURS = re.compile(r"打印|制表|导出|print|审核|有效")
_DATE_WITHIN = re.compile(
    r"(?<!\d)(?:(20\d{2})\s*[-/.年]\s*)?(\d{1,2})\s*(?:[-/.月])\s*(\d{1,2})(?:\s*[日号]|(?![\d.]))"
)


_SHORT_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS_IN_ENGLISH = {name: number for number, name in enumerate(_SHORT_MONTHS, 1)}
MONTH_NAME = rf"({'|'.join(_SHORT_MONTHS)})[a-z]*\.?"
_ENGLISH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?[\s-]+{MONTH_NAME},?[\s-]+(20\d\d)|{MONTH_NAME}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(20\d\d)"
)
_PAIR = re.compile(r"\d{1,2}\s*[/.-]\s*\d{1,2}")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})[/.](\d{1,2})[/.](20\d\d)(?!\d)")


@dataclass(frozen=True)
class When:
    """The night of a capture, and the moment where it is known (else that night at 20:00)."""

    night: dt.date
    at: dt.datetime
    is_exact: bool


def on_night(night: dt.date, now: dt.datetime) -> When:
    """A date alone: the night is that date."""
    return When(night, min(nights.moment_in(night, USUAL_TIME), now), False)


def is_to_come(when: When, now: dt.datetime) -> bool:
    """Whether that lies in the future; today's date is none, though its night begins at noon."""
    if when.is_exact:
        return when.at > now
    return when.night > _last_night(now, settings.NIGHT_ROLLOVER, settings.TIME_ZONE)


@lru_cache(maxsize=64)
def _last_night(now: dt.datetime, _rollover: object, _zone: str) -> dt.date:
    """The last night that is not to come; asked of each row of a sheet with the same `now`."""
    return max(nights.tonight(now), nights.night_of(now, rollover=dt.time(0)))


def read_when(
    cell: Cell, sheet_date: dt.date | None, now: dt.datetime, order: DateOrder = DateOrder.UNKNOWN
) -> When | None:
    """What a cell says of the time of capture, None where it says nothing. A time alone is the sheet's date's; `order`
    is what the whole column shows of day and month."""
    if isinstance(cell, dt.datetime):
        return _moment(cell)
    if isinstance(cell, dt.date):
        return on_night(cell, now)
    if isinstance(cell, dt.time):
        return _in_night(sheet_date or nights.tonight(now), cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _from_number(serial_number(cell, _SERIALS), sheet_date, now)
    return _from_text(words(cell), sheet_date, now, order)


def _from_number(number: float, sheet_date: dt.date | None, now: dt.datetime) -> When | None:
    if math.isfinite(number) and int(number) in _SERIALS:
        moment = SERIAL_ZERO + dt.timedelta(seconds=round(number * 86_400))
        return on_night(moment.date(), now) if number.is_integer() else _moment(moment)
    return _from_text(words(number), sheet_date, now, DateOrder.UNKNOWN)


@lru_cache(maxsize=8192)
def _from_text(text: str, sheet_date: dt.date | None, now: dt.datetime, order: DateOrder) -> When | None:
    try:
        return _from_iso(text, now)
    except ValueError:
        pass
    plain = _in_order(_WEEKDAY.sub(" ", narrow(text).casefold()).strip(), order)
    plain = _as_numbers(plain)
    if plain.isdecimal() and int(plain) in _SERIALS:
        return _from_number(float(plain), sheet_date, now)
    try:
        found = _MOMENT.fullmatch(plain)
        if found:
            day = _day(found, sheet_date or nights.tonight(now))
            return _moment(_at_clock(day, found)) if found["H"] else on_night(day, now)
        found = _TIME_ONLY.fullmatch(plain)
        return (
            _in_night(sheet_date or nights.tonight(now), _at_clock(dt.date(2000, 1, 1), found).time())
            if found
            else None
        )
    except ValueError:
        return None


def _in_order(plain: str, order: DateOrder) -> str:
    """8/5 of a column whose days come first as 5/8. What the column leaves open, where some cells have the one and
    some the other, is no date."""
    pair = pair_in(plain)
    if pair is None:
        return plain
    settled = month_and_day(*pair, order)
    if settled is None:
        return "" if order == DateOrder.MIXED else plain
    return _PAIR.sub(f"{settled[0]}/{settled[1]}", plain, count=1)


def _as_numbers(plain: str) -> str:
    """20 Nov 2026 and Nov 20, 2026 as 2026-11-20, and so 20/11/2026 where it can be nothing else."""

    def english(found: re.Match[str]) -> str:
        day, month, year = (found[1], found[2], found[3]) if found[1] else (found[5], found[4], found[6])
        return f"{year}-{MONTHS_IN_ENGLISH[month[:3]]}-{day}"

    def year_last(found: re.Match[str]) -> str:
        first, second = int(found[1]), int(found[2])
        month, day = (second, first) if first > 12 else (first, second)
        return f"{found[3]}-{month}-{day}"

    return _YEAR_LAST.sub(year_last, _ENGLISH.sub(english, plain))


def _from_iso(text: str, now: dt.datetime) -> When:
    moment = dt.datetime.fromisoformat(text)
    return on_night(moment.date(), now) if len(text) <= 10 else _moment(moment)


def _day(found: re.Match[str], near: dt.date) -> dt.date:
    if found["y"]:
        year = int(found["y"])
        return dt.date(year if year > 99 else 2000 + year, int(found["m"]), int(found["d"]))
    if found["packed"]:
        return dt.date(int(found["packed"][:4]), int(found["packed"][4:6]), int(found["packed"][6:]))
    return _latest(int(found["m2"]), int(found["d2"]), near)


def _latest(month: int, day: int, near: dt.date) -> dt.date:
    """That day in the year that puts it at or before `near`; a day or two later is still the same year's."""
    this_year = dt.date(near.year, month, day)
    return this_year if this_year <= near + dt.timedelta(days=7) else dt.date(near.year - 1, month, day)


def _at_clock(day: dt.date, found: re.Match[str]) -> dt.datetime:
    hour, minute, second = int(found["H"]), int(found["M"] or 0), int(found["S"] or 0)
    half = found["half2"] or found["half"] or ""
    if (
        half in {"pm", "下午", "晚上", "晚", "夜里", "傍晚", "夜"}
        and hour < 12
        and not (half[0] in "晚夜" and hour < 5)
    ):
        hour += 12
    elif half in {"am", "凌晨", "上午"} and hour == 12:
        hour = 0
    if hour > 29 or minute > 59 or second > 59:
        raise ValueError(found[0])
    # The trade writes 25:30 for half past one of the morning after.
    return dt.datetime.combine(day, dt.time(minute=minute, second=second)) + dt.timedelta(hours=hour)


def _moment(moment: dt.datetime) -> When:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.get_default_timezone())
    moment = (moment + dt.timedelta(microseconds=500_000)).replace(microsecond=0).astimezone(dt.UTC)
    return When(nights.night_of(moment), moment, True)


def _in_night(night: dt.date, clock: dt.time) -> When:
    return When(night, nights.moment_in(night, clock.replace(microsecond=0)), True)


# --- the sheet's own date ------------------------------------------------------------------------------------------


def sheet_date(above: Sequence[Sequence[Cell]], sheet_name: str, now: dt.datetime) -> dt.date | None:
    """The date a sheet gives itself: beside 日期 above the header, else any date there, else in the sheet's name."""
    labelled: list[dt.date] = []
    others: list[dt.date] = []
    of_making: list[dt.date] = []
    for row in above:
        title = ""
        for cell in row:
            day = _date_in(cell, now)
            text = title + narrow(words(cell)).casefold() if isinstance(cell, str) else title
            if day is None:
                title = text if cell in (None, "") else narrow(words(cell)).casefold()
                continue
            kind = of_making if _NOT_OURS.search(text) else labelled if _LABEL.search(text) else others
            kind.append(day)
            title = ""
    found = labelled or others or of_making
    return found[0] if found else _date_in(sheet_name, now)


def _date_in(cell: Cell, now: dt.datetime) -> dt.date | None:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, float):
        number = serial_number(cell, _SERIALS)
        return (SERIAL_ZERO + dt.timedelta(days=number)).date() if number in _SERIALS else None
    return _within(_as_numbers(narrow(cell).casefold()), now) if isinstance(cell, str) else None


def _within(text: str, now: dt.datetime) -> dt.date | None:
    """The date that stands somewhere in a title."""
    try:
        if found := _DATE_WITHIN.search(text):
            month, day = int(found[2]), int(found[3])
            return dt.date(int(found[1]), month, day) if found[1] else _latest(month, day, nights.tonight(now))
        packed = re.search(r"(?<!\d)20\d{6}(?!\d)", text)
        return dt.date(int(packed[0][:4]), int(packed[0][4:6]), int(packed[0][6:])) if packed else None
    except ValueError:
        return None
