"""When a week's summary is drafted, reminded of and due: moments of the venue's calendar in the week after it.

Settings say them as a weekday and a time, "mon 12:00". Monday noon is the end of the week's last night.
"""

import datetime as dt

from django.conf import settings

from vipdesk import nights
from vipdesk.jobs import Due

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)


def read(said: str) -> tuple[int, dt.time]:
    """Raises `ValueError` for what is no weekday with a time."""
    name, _blank, clock = said.strip().casefold().partition(" ")
    return WEEKDAYS.index(name), dt.time.fromisoformat(clock.strip())


def moment(said: str, first_night: dt.date) -> dt.datetime:
    """That moment in the week after the one that begins on `first_night`, in UTC."""
    weekday, clock = read(said)
    day = first_night + WEEK + weekday * DAY
    return nights.moment_in(_night_of_day(day, clock), clock)


def due_at(first_night: dt.date) -> dt.datetime:
    """The weekly meeting, which the summary of this week is for."""
    return moment(settings.WEEK_MEETING, first_night)


def weekly(setting: str) -> Due:
    """When a job runs that settings name by a weekday and a time, asked night by night."""

    def due(night: dt.date) -> dt.datetime | None:
        weekday, clock = read(getattr(settings, setting))
        return nights.moment_in(night, clock) if _day_of_night(night, clock).weekday() == weekday else None

    return due


def week_before(setting: str, night: dt.date) -> dt.date:
    """The Monday of the week that such a job of this night is about: the one before the calendar's."""
    _weekday, clock = read(getattr(settings, setting))
    day = _day_of_night(night, clock)
    return day - day.weekday() * DAY - WEEK


def _night_of_day(day: dt.date, clock: dt.time) -> dt.date:
    return day if clock >= settings.NIGHT_ROLLOVER else day - DAY


def _day_of_night(night: dt.date, clock: dt.time) -> dt.date:
    return night if clock >= settings.NIGHT_ROLLOVER else night + DAY
