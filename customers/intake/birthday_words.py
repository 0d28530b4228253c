"""Birthdays as sheets write them: dates of every habit, serials, 农历八月十五, 88年6月3日, and words for not knowing.

What was understood only by a guess says so, for the manager to confirm.
"""

import datetime as dt
import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from django.utils.translation import gettext as _

from customers.birthdays import ADULT, FIRST_YEAR, BadBirthday, Birthday, check
from customers.intake.cells import Cell, content, narrow
from customers.intake.moments import MONTH_NAME, MONTHS_IN_ENGLISH, SERIAL_ZERO
from vipdesk.sheets.cells import serial_number
from vipdesk.sheets.date_order import DateOrder, month_and_day, pair_in

GUESSED_YEAR, GUESSED_DAY = "birthday_year", "birthday"
_SERIALS = range(3_000, 70_000)
_YEARS = range(FIRST_YEAR, 2100)
_OLDEST = 100
_CHILD = 10  # years: a younger "guest" in a date cell is a day the spreadsheet gave its own year to

_LUNAR = re.compile(
    r"农历|阴历|旧历|古历|夏历|lunar|\((?:农|阴|旧)\)|^[农阴](?=[\d一二三四五六七八九十正冬腊闰])|(?<=[日\d一二三四五六七八九十])[农阴]$"
)
_SOLAR = re.compile(
    r"公历|阳历|新历|国历|西历|solar|\((?:公|阳|新)\)|^[公阳](?=[\d一二三四五六七八九十])|(?<=[日号\d])[公阳]$"
)
_NOISE = re.compile(
    r"出生(?:日期|年月日?|于)?|生日|诞辰|birthday|born|^生于|(?<=[日号\d一二三四五六七八九十])生$|^[:是为在]+|[\"“”]"
)
_ABOUT = re.compile(r"左右|大概|大约|可能|好像|约|应该|\?")
_TIME = re.compile(r"[\st]+\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:z|[+-]\d\d:?\d\d)?$")
_HAN_YEAR = re.compile(r"([〇零○一二三四五六七八九]{4}|[〇零○一二三四五六七八九]{2})年")
_HAN_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_1_TO_9 = "[一二三四五六七八九]"
_HAN_NUMBER = rf"(?:初[一二三四五六七八九十]|[二三]十{_1_TO_9}?|[廿卅]{_1_TO_9}?|十{_1_TO_9}?|{_1_TO_9})"
_HAN_MONTH = re.compile(r"(正|元|冬|腊|十[一二]?|[一二三四五六七八九])月")
_HAN_DAY = re.compile(rf"(月\s*)({_HAN_NUMBER})")
_MONTHS_ALONE = {"正": 1, "元": 1, "冬": 11, "腊": 12}

_SEP = r"\s*[-/.,、_年月\s]\s*"
_FULL = re.compile(rf"(\d{{4}}){_SEP}(闰)?(\d{{1,2}}){_SEP}(\d{{1,2}})[日号]?")
_SHORT_YEAR = re.compile(r"(\d{2})\s*(?:年|[-/.])\s*(闰)?(\d{1,2})\s*(?:月|[-/.])\s*(\d{1,2})[日号]?")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})")
_NO_YEAR = re.compile(rf"(闰)?(\d{{1,2}}){_SEP}(\d{{1,2}})[日号]?")
_YEAR_ALONE = re.compile(r"(?:19|20)\d{2}年?|\d{2}年|\d0后")
_MONTH_ALONE = re.compile(r"(?:(?:\d{4}|\d{2})\s*[年\-/.]\s*)?\d{1,2}月份?|(?:19|20)\d{2}[-/.]?(?:0?[1-9]|1[0-2])")
_KIN = re.compile(r"(?:属|肖)[鼠牛虎兔龙蛇马羊猴鸡狗猪]|.{2}座|\d{2}岁|\d{2}\s*(?:years?|yrs?)(?:\s*old)?")
_DAY_MONTH = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?[\s\-/,.]*(?:of\s+)?{MONTH_NAME}[\s\-/,.]*(\d{{4}}|\d{{2}})?")
_MONTH_DAY = re.compile(rf"{MONTH_NAME}[\s\-/,.]*(\d{{1,2}})(?:st|nd|rd|th)?(?:[\s\-/,.]+(\d{{4}}))?")
_FEASTS = {
    "除夕": (12, 30, "lunar"), "大年三十": (12, 30, "lunar"), "年三十": (12, 30, "lunar"), "大年初一": (1, 1, "lunar"),
    "春节": (1, 1, "lunar"), "元宵": (1, 15, "lunar"), "端午": (5, 5, "lunar"), "七夕": (7, 7, "lunar"),
    "中秋": (8, 15, "lunar"), "重阳": (9, 9, "lunar"), "元旦": (1, 1, "solar"), "国庆": (10, 1, "solar"),
    "圣诞": (12, 25, "solar"),
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What a cell says of a birthday. `guesses`: (field, how it was read); `kept`: words that are no day but count;
    `is_either`: month and day were taken in the usual order, which nothing in the column shows."""

    born: Birthday | None = None
    guesses: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    kept: str = ""
    is_either: bool = False

    def guess(self, field: str, how: str) -> "Reading":
        return replace(self, guesses=(*self.guesses, (field, how)))

    def remark(self, words: str) -> "Reading":
        return replace(self, remarks=(*self.remarks, words))


@dataclass(frozen=True)
class Context:
    """What a cell is read by beside its words: `on` is the night of capture, `today` the day of the import, `order`
    what the whole column shows of day and month."""

    on: dt.date
    today: dt.date
    order: DateOrder = DateOrder.UNKNOWN


def read_birthday(
    cell: Cell, calendar: str, on: dt.date, *, today: dt.date | None = None, order: DateOrder = DateOrder.UNKNOWN
) -> Reading:
    """Read one cell; `calendar` is what the sheet says elsewhere ("" where it says nothing). See `Context`.

    Raises `BadBirthday` for a day that cannot be, a guest under age, and for what cannot be read at all.
    """
    context = Context(on, today or on, order)
    if isinstance(cell, dt.datetime):
        cell = cell.date()
    if isinstance(cell, dt.date):
        return _checked(_from_date(cell, calendar or "solar", context), context)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _from_number(float(cell) if cell in _YEARS else serial_number(cell, _SERIALS), calendar, context)
    return _from_text(content(cell), calendar, context)


def _checked(reading: Reading, context: Context) -> Reading:
    if reading.born:
        check(reading.born, on=context.on)
    return reading


def _from_date(day: dt.date, calendar: str, context: Context) -> Reading:
    born = Birthday(month=day.month, day=day.day, year=day.year, calendar=calendar)
    # The year of the import, not of the capture: a sheet of three years ago was typed again today.
    if context.on.year - _CHILD < day.year <= max(context.on, context.today).year:
        how = _("The spreadsheet added the year %(year)d by itself: only month and day were taken.") % {
            "year": day.year
        }
        return Reading(replace(born, year=None)).guess(GUESSED_DAY, how)
    return Reading(born)


def _from_number(number: float, calendar: str, context: Context) -> Reading:
    """Numbers: 10.17 for 17 October, 26276 for the serial of a date, 19880603, 880603, 517."""
    if number.is_integer() or 3_000 < number < math.inf:
        whole = int(number)
        if whole in _YEARS or whole not in _SERIALS:
            return _from_text(str(whole), calendar, context)
        day = (SERIAL_ZERO + dt.timedelta(days=whole)).date()
        said = _("Read the number %(number)d as %(date)s.") % {"number": whole, "date": day.isoformat()}
        return _checked(_from_date(day, calendar or "solar", context), context).remark(said)
    reading = _from_text(repr(number), calendar, context)
    tail = repr(number).partition(".")[2]
    # 10.10 typed into a number cell is 10.1: the sheet cannot say whether the 1st or the 10th was meant.
    if reading.born and tail in {"1", "2", "3"} and not reading.born.is_leap:
        how = _("A number cell drops the last zero: day %(day)s may be %(day)s0.") % {"day": tail}
        return reading.guess(GUESSED_DAY, how)
    return reading


@lru_cache(maxsize=16_384)
def _from_text(text: str, calendar: str, context: Context) -> Reading:
    plain = narrow(text).strip(" '’‘`").casefold()
    if not plain:
        return Reading()
    try:
        return _checked(_parse(plain, calendar, context), context)
    except BadBirthday:
        reading = _first_of_several(plain, calendar, context)
        if reading is None:
            raise
        return replace(reading.guess(GUESSED_DAY, _("More than one day stands here; the first was taken.")), kept=text)


def _first_of_several(plain: str, calendar: str, context: Context) -> Reading | None:
    """1990-05-17（农历四月廿三）, 农历八月十五/公历9月20日: the day outside the brackets, or before the stroke."""
    outside = re.sub(r"\([^()]*\)", "", plain)
    if re.search(r"[\u4e00-\u9fff]", plain):
        outside = re.split(r"[/、,;]", outside)[0]
    if outside.strip() in ("", plain):
        return None
    try:
        reading = _checked(_parse(outside.strip(), calendar, context), context)
    except BadBirthday:
        return None
    return reading if reading.born else None


def _parse(plain: str, column_calendar: str, context: Context) -> Reading:
    said = "lunar" if _LUNAR.search(plain) else "solar" if _SOLAR.search(plain) else ""
    is_about = bool(_ABOUT.search(plain))
    bare = plain
    for rule in (_LUNAR, _SOLAR, _ABOUT, _NOISE, _TIME):
        bare = rule.sub("", bare).strip(" :()[]。.·'")
    day, is_lunar_word, is_lunar_guess = _numerals(bare)
    said = said or ("lunar" if is_lunar_word or "闰" in day else "")
    reading = _understand(day, said or column_calendar or ("lunar" if is_lunar_guess else "solar"), context)
    if is_lunar_guess and not (said or column_calendar) and reading.born and reading.born.is_lunar:
        reading = reading.guess(GUESSED_DAY, _("Taken for a lunar date, by the way it is written."))
    if is_about and reading.born:
        reading = reading.guess(GUESSED_DAY, _("The sheet itself is not sure of this day."))
    if said and column_calendar and said != column_calendar and reading.born:
        reading = reading.remark(_("The birthday's own words name another calendar than its column; the words count."))
    return reading


def _numerals(bare: str) -> tuple[str, bool, bool]:
    """Chinese numerals as digits; whether they are lunar for certain (初三, 廿六, 腊月), or by habit (八月十五)."""
    is_certain = bool(re.search(r"[正冬腊]月|月\s*初|[廿卅]|闰", bare))
    is_habit = bool(re.search(rf"[一二三四五六七八九十]月\s*{_HAN_NUMBER}(?![日号一二三四五六七八九十])", bare))
    text = _HAN_YEAR.sub(lambda m: m[1].translate(_HAN_DIGITS) + "年", bare)
    text = _HAN_MONTH.sub(lambda m: f"{_MONTHS_ALONE.get(m[1]) or _number(m[1])}月", text)
    text = _HAN_DAY.sub(lambda m: f"{m[1]}{_number(m[2])}", text)
    return text, is_certain, is_habit


def _number(han: str) -> int:
    """初九, 十五, 二十, 廿三, 三十: up to 39."""
    if han[0] == "初":
        han = han[1:]
    tens = {"廿": 2, "卅": 3}.get(han[0])
    if tens:
        return tens * 10 + (int(han[1].translate(_HAN_DIGITS)) if len(han) > 1 and han[1] != "十" else 0)
    before, ten, after = han.partition("十")
    unit = int(after.translate(_HAN_DIGITS)) if after else 0
    return (int(before.translate(_HAN_DIGITS)) if before else 1) * 10 + unit if ten else int(han.translate(_HAN_DIGITS))


def _understand(day: str, calendar: str, context: Context) -> Reading:
    if found := _FULL.fullmatch(day):
        return _made(calendar, found[1], found[3], found[4], found[2])
    if found := _NO_YEAR.fullmatch(day):
        return _no_year(calendar, day, found, context.order)
    if found := _SHORT_YEAR.fullmatch(day):
        return _in_century(calendar, found[1], found[3], found[4], context, found[2])
    if day.isdecimal():
        return _from_digits(day, calendar, context)
    if found := _YEAR_LAST.fullmatch(day):
        return _year_last(calendar, int(found[1]), int(found[2]), found[3], context.order)
    if found := _DAY_MONTH.fullmatch(day):
        return _english(calendar, found[3], found[2], found[1], context)
    if found := _MONTH_DAY.fullmatch(day):
        return _english(calendar, found[3], found[1], found[2], context)
    if feast := _FEASTS.get(day) or _FEASTS.get(day.removesuffix("节")):
        month, date, kept_calendar = feast
        reading = Reading(Birthday(month=month, day=date, calendar=kept_calendar))
        return reading.guess(GUESSED_DAY, _("The name of a feast was taken for its date."))
    if any(rule.fullmatch(day) for rule in (_YEAR_ALONE, _MONTH_ALONE, _KIN)):
        return Reading(kept=day)
    raise BadBirthday(_("Cannot read “%(text)s” as a birthday.") % {"text": day[:40]})


def _made(calendar: str, year: str | None, month: str, day: str, leap: str | None) -> Reading:
    is_leap = bool(leap) and calendar == "lunar"
    return Reading(
        Birthday(month=int(month), day=int(day), year=int(year) if year else None, calendar=calendar, is_leap=is_leap)
    )


def _in_century(calendar: str, year: str, month: str, day: str, context: Context, leap: str | None = None) -> Reading:
    """A year of two digits: the one that makes a grown-up of at most a hundred, and marked as a guess."""
    full = 2000 + int(year)
    if full + ADULT > context.on.year and context.on.year - (full - 100) <= _OLDEST:
        full -= 100
    reading = _made(calendar, str(full), month, day, leap)
    return reading.guess(GUESSED_YEAR, _("Took the year %(short)s for %(year)d.") % {"short": year, "year": full})


def _no_year(calendar: str, day: str, found: re.Match[str], order: DateOrder) -> Reading:
    """5/8 is 8 May, unless the column shows that its days come first; 05-08 always is."""
    pair = pair_in(day)
    if pair is None or found[1]:
        return _made(calendar, None, found[2], found[3], found[1])
    settled = month_and_day(*pair, order)
    if settled is None and order == DateOrder.MIXED:
        return _left_out(day)
    month, date = settled or pair
    return replace(_made(calendar, None, str(month), str(date), None), is_either=settled is None)


def _year_last(calendar: str, first: int, second: int, year: str, order: DateOrder) -> Reading:
    """17/5/1990 and 5/17/1990; where both could be, as the column has it; where nothing in it shows that, the month
    first, as a guess."""
    settled = month_and_day(first, second, order)
    if settled:
        return _made(calendar, year, str(settled[0]), str(settled[1]), None)
    if order == DateOrder.MIXED:
        return _left_out(f"{first}/{second}/{year}")
    reading = _made(calendar, year, str(first), str(second), None)
    return reading.guess(GUESSED_DAY, _("Day and month could be the other way round; the month was taken first."))


def _left_out(text: str) -> Reading:
    words = _("“%(text)s” was left out: some cells of this column have the day first, others the month.")
    return Reading().guess(GUESSED_DAY, words % {"text": text})


def _english(calendar: str, year: str | None, month: str, day: str, context: Context) -> Reading:
    number = str(MONTHS_IN_ENGLISH[month[:3]])
    if year and len(year) == 2:
        return _in_century(calendar, year, number, day, context)
    return _made(calendar, year, number, day, None)


def _from_digits(digits: str, calendar: str, context: Context) -> Reading:
    """19880603, 880603, 26276 (a serial that became text), 0603, 603; 1988 and 198806 are no day."""
    if len(digits) == 8:
        return _made(calendar, digits[:4], digits[4:6], digits[6:], None)
    if len(digits) == 5 and int(digits) in _SERIALS:
        return _from_number(float(digits), calendar, context)
    if _YEAR_ALONE.fullmatch(digits) or _MONTH_ALONE.fullmatch(digits):
        return Reading(kept=digits)
    if len(digits) == 6:
        return _in_century(calendar, digits[:2], digits[2:4], digits[4:], context)
    if len(digits) in (3, 4):
        how = _("Took %(digits)s for month and day.") % {"digits": digits}
        return _made(calendar, None, digits[:-2], digits[-2:], None).guess(GUESSED_DAY, how)
    raise BadBirthday(_("Cannot read “%(text)s” as a birthday.") % {"text": digits[:40]})
