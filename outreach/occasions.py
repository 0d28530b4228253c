"""Which days are occasions to call, in a window of nights: birthdays as they are kept, member days as they fall.

Pure but for the rules' own rows. What comes out is a handful of keys, by which the database finds the guests.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from customers.birthdays import kept_on
from outreach.models import MemberDay


@dataclass(frozen=True)
class KeptBirthday:
    """A birthday in its own calendar, and a day of the window on which it is kept."""

    on: dt.date
    calendar: str
    month: int
    day: int
    is_leap: bool


def window(night: dt.date, days: int) -> list[dt.date]:
    """The nights from `night` to `days` later, both inside."""
    return [night + dt.timedelta(days=n) for n in range(days + 1)]


def birthdays_kept(night: dt.date, days: int) -> list[KeptBirthday]:
    return [
        KeptBirthday(on, born.calendar, born.month, born.day, born.is_leap)
        for on in window(night, days)
        for born in kept_on(on)
    ]


def member_days(night: dt.date, days: int, rules: Iterable[MemberDay]) -> list[tuple[dt.date, int | None]]:
    """(day, tier's key or None for everybody), each once; a day that everybody has is nobody's own."""
    falls = {(on, rule.tier_id) for on in window(night, days) for rule in rules if rule.falls_on(on)}
    everybodys = {on for on, tier in falls if tier is None}
    return sorted(((on, tier) for on, tier in falls if tier is None or on not in everybodys), key=str)
