"""Path converters."""

import datetime as dt

from vipdesk import nights


class NightConverter:
    """A night in an address, as 2026-11-20; anything that is no date does not match, and so answers 404."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> dt.date:
        return dt.date.fromisoformat(value)

    def to_url(self, value: dt.date) -> str:
        return value.isoformat()


class WeekConverter:
    """A week in an address, as 2026-W48; a week that its year does not have answers 404."""

    regex = r"20\d{2}-W\d{2}"

    def to_python(self, value: str) -> str:
        nights.week_nights(value)
        return value

    def to_url(self, value: str) -> str:
        return value


class MonthConverter:
    """A month in an address, as 2026-11, given as its first day; a month that is none answers 404."""

    regex = r"[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> dt.date:
        return dt.date.fromisoformat(f"{value}-01")

    def to_url(self, value: dt.date) -> str:
        return nights.month_of(value)
