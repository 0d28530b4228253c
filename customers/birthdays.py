"""Birthdays: what is one, when it is kept, how it is said.

A birthday has a month and a day in its own calendar, and a year only where it is known. The lunar calendar is
lunar-python's, which agrees with the mainland's (promises.md, "Time"): a leap-month birthday falls in the plain month
of years without that leap, day 30 on day 29 of a short month, 29 February on the 28th. So each year, solar or lunar,
keeps it exactly once.
"""

import datetime as dt
from dataclasses import dataclass, replace
from functools import lru_cache

from django.utils.dates import MONTHS
from django.utils.translation import get_language
from django.utils.translation import gettext as _

FIRST_YEAR = 1900
ADULT = 18
_DAY_ZERO = 1_721_425  # the Julian day before the first of Python's calendar
MONTH_WORDS = ("", "正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊")
_DIGITS = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十")


class BadBirthday(ValueError):
    """No such birthday; the message says why and `field` where, by the name the capture form gives it."""

    def __init__(self, message: str, field: str = "birthday_day") -> None:
        super().__init__(message)
        self.field = field


class TooYoung(BadBirthday):
    """Born less than `ADULT` years ago: nothing of this person is kept."""


@dataclass(frozen=True, kw_only=True)
class Birthday:
    """A birthday in its own calendar. `year` of a lunar one is the lunar year; `is_leap` means the leap month."""

    month: int
    day: int
    year: int | None = None
    calendar: str = "solar"
    is_leap: bool = False

    @property
    def is_lunar(self) -> bool:
        return self.calendar == "lunar"


def check(born: Birthday, *, on: dt.date) -> None:
    """Raise `BadBirthday` for a day that cannot be, and for a guest under age on the night `on` by a given year."""
    if not 1 <= born.month <= 12:
        raise BadBirthday(_("There is no month %(month)d.") % {"month": born.month}, "birthday_month")
    _check_day(born)
    if born.year is None:
        return
    if not FIRST_YEAR <= born.year <= on.year:
        raise BadBirthday(_("A year from %(first)d to today, please.") % {"first": FIRST_YEAR}, "birthday_year")
    birth = born_on(born, born.year)
    if birth > on:
        raise BadBirthday(_("This day is still to come."), "birthday_year")
    if _age(birth, on) < ADULT:
        raise TooYoung(_("Younger than %(age)d: not to be taken in.") % {"age": ADULT}, "birthday_year")


def is_surely_minor(year: int, *, on: dt.date) -> bool:
    """Whether everybody born in that year, solar or lunar, is younger than `ADULT`. A year to come is a slip."""
    return 0 <= on.year - year < ADULT


def _check_day(born: Birthday) -> None:
    longest = 30 if born.is_lunar else _solar_days(born.month, born.year)
    if 1 <= born.day <= longest:
        return
    if born.is_lunar:
        raise BadBirthday(_("A lunar month has no day %(day)d.") % {"day": born.day})
    said = {"month": str(MONTHS[born.month]), "day": born.day}
    raise BadBirthday(_("%(month)s has no day %(day)d.") % said)


def _solar_days(month: int, year: int | None) -> int:
    if month == 2:
        return 29 if year is None or _is_solar_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _is_solar_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def born_on(born: Birthday, year: int) -> dt.date:
    """The solar day of birth. Raises `BadBirthday` where that lunar year has no such day."""
    if not born.is_lunar:
        return dt.date(year, born.month, born.day)
    months = _lunar_months(year)
    found = months.get(-born.month if born.is_leap else born.month)
    if found is None:
        said = {"year": year, "month": born.month}
        raise BadBirthday(_("The lunar year %(year)d has no leap month %(month)d.") % said, "birthday_month")
    first, days = found
    if born.day > days:
        said = {"year": year, "days": days}
        raise BadBirthday(_("That month of the lunar year %(year)d has %(days)d days.") % said)
    return first + dt.timedelta(days=born.day - 1)


def _age(birth: dt.date, on: dt.date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def observed_on(born: Birthday, year: int) -> dt.date:
    """The one day on which a year keeps this birthday: a solar year, or for a lunar birthday the lunar year."""
    if not born.is_lunar:
        return dt.date(year, born.month, min(born.day, _solar_days(born.month, year)))
    months = _lunar_months(year)
    first, days = (months.get(-born.month) if born.is_leap else None) or months[born.month]
    return first + dt.timedelta(days=min(born.day, days) - 1)


def kept_on(day: dt.date) -> list[Birthday]:
    """Every birthday, without its year, that is kept on that day: the other way round of `observed_on`."""
    solar = [Birthday(month=day.month, day=day.day)]
    if (day.month, day.day) == (2, 28) and not _is_solar_leap(day.year):
        solar.append(Birthday(month=2, day=29))
    return solar + _lunar_kept_on(day)


def _lunar_kept_on(day: dt.date) -> list[Birthday]:
    today = lunar_on(day)
    months = _lunar_months(day.year if day >= _lunar_months(day.year)[1][0] else day.year - 1)
    length = months[-today.month if today.is_leap else today.month][1]
    days = range(today.day, 31) if today.day == length else [today.day]
    # A leap month's birthday falls in the plain month of a year without that leap, and only there.
    leaps = [True] if today.is_leap else [False] if -today.month in months else [False, True]
    return [replace(today, day=number, is_leap=is_leap) for is_leap in leaps for number in days]


def next_observance(born: Birthday, on_or_after: dt.date) -> dt.date:
    """The first day kept on or after that date."""
    # A lunar year ends up to seven weeks into the next solar one, so last year's may still be to come.
    years = range(on_or_after.year - 1, on_or_after.year + 2)
    return next(day for year in years if (day := observed_on(born, year)) >= on_or_after)


def age_on(born: Birthday, on: dt.date) -> int | None:
    """How old a guest is on that day, by the birthdays they have kept in their own calendar; None without a year."""
    if born.year is None:
        return None
    kept = (year for year in range(on.year, on.year - 3, -1) if observed_on(born, year) <= on)
    return next(kept) - born.year


def lunar_on(day: dt.date) -> Birthday:
    """The lunar month and day which that date is."""
    return next(
        Birthday(month=abs(month), day=(day - first).days + 1, calendar="lunar", is_leap=month < 0)
        for year in (day.year, day.year - 1)
        for month, (first, days) in _lunar_months(year).items()
        if first <= day < first + dt.timedelta(days=days)
    )


@lru_cache(maxsize=256)
def _lunar_months(year: int) -> dict[int, tuple[dt.date, int]]:
    """First day and length of each month of a lunar year; a leap month under its negative number."""
    from lunar_python import LunarYear

    return {
        month.getMonth(): (dt.date.fromordinal(int(month.getFirstJulianDay()) - _DAY_ZERO), month.getDayCount())
        for month in LunarYear.fromYear(year).getMonthsInYear()
    }


def in_words(born: Birthday) -> str:
    """农历1985年八月十五, 5月17日; lunar month 8, day 15, 17 May 1990: in the language on screen."""
    is_chinese = (get_language() or "").startswith("zh")
    if born.is_lunar:
        return lunar_words(born) if is_chinese else _lunar_english(born)
    if is_chinese:
        return (f"{born.year}年" if born.year else "") + f"{born.month}月{born.day}日"
    return f"{born.day} {MONTHS[born.month]}" + (f" {born.year}" if born.year else "")


def lunar_words(born: Birthday) -> str:
    """A lunar birthday as it is said in Chinese: 农历1985年闰四月初三."""
    year = f"{born.year}年" if born.year else ""
    return f"农历{year}{_month_and_day(born)}"


def lunar_day(day: dt.date) -> str:
    """A date by the lunar calendar, in its own characters whatever the language: 农历八月十五; lunar 八月十五."""
    return _("lunar %(day)s") % {"day": _month_and_day(lunar_on(day))}


def _month_and_day(born: Birthday) -> str:
    return f"{'闰' if born.is_leap else ''}{MONTH_WORDS[born.month]}月{day_words(born.day)}"


def day_words(day: int) -> str:
    """初一, 初十, 十五, 二十, 廿三, 三十."""
    if day <= 10:
        return f"初{_DIGITS[day]}"
    if day in (20, 30):
        return "二十" if day == 20 else "三十"
    return ("十", "廿")[day // 20] + _DIGITS[day % 10]


def _lunar_english(born: Birthday) -> str:
    month = _("leap month %(month)d") if born.is_leap else _("month %(month)d")
    said = {"day": born.day, "month": month % {"month": born.month}}
    words = _("lunar %(month)s, day %(day)d") % said
    return f"{words}, {born.year}" if born.year else words
