"""The business night: the only module that may turn a moment into a date.

A night is named by its evening's date and runs from rollover to rollover (noon by default) in the venue's zone, so that
00:40 on 1 December belongs to the night of 30 November (DOMAIN, "The night"). Everything here is pure: no database, no
I/O; the zone and the rollover come from settings when the caller names none. Periods are half-open, moments are aware
and returned in UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.conf import settings
from django.utils import timezone

SHIFT_END = time(2)
RECORDABLE_FOR = timedelta(hours=72)
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


def tonight(now: datetime | None = None, *, zone: tzinfo | None = None, rollover: time | None = None) -> date:
    """The night that is running now."""
    return night_of(now or timezone.now(), zone=zone, rollover=rollover)


def night_of(moment: datetime, *, zone: tzinfo | None = None, rollover: time | None = None) -> date:
    """The night that holds `moment`, which must be aware."""
    if moment.tzinfo is None:
        raise ValueError("A night needs an aware moment, with its zone.")
    night = moment.astimezone(_zone(zone)).date()
    # Asked of the bounds rather than of the wall clock, which says some times twice and others never when the clocks
    # change; more than one step back only where a zone skipped a whole day.
    while moment < night_bounds(night, zone=zone, rollover=rollover)[0]:
        night -= timedelta(days=1)
    return night


def night_bounds(night: date, *, zone: tzinfo | None = None, rollover: time | None = None) -> tuple[datetime, datetime]:
    """Start (inside) and end (outside) of a night, in UTC; 23 or 25 hours apart when the clocks change."""
    zone, rollover = _zone(zone), _rollover(rollover)
    following = night + timedelta(days=1)
    return (
        datetime.combine(night, rollover, zone).astimezone(UTC),
        datetime.combine(following, rollover, zone).astimezone(UTC),
    )


def moment_in(night: date, clock: time, *, zone: tzinfo | None = None, rollover: time | None = None) -> datetime:
    """When, in UTC, the venue's clock shows `clock` in that night: 20:00 is the evening, 02:00 the morning after."""
    day = night if clock >= _rollover(rollover) else night + timedelta(days=1)
    return datetime.combine(day, clock, _zone(zone)).astimezone(UTC)


def shift_end(night: date, *, zone: tzinfo | None = None, rollover: time | None = None) -> datetime:
    """02:00: what is handed in later is late, and clocks and escalations of the night stop."""
    return moment_in(night, SHIFT_END, zone=zone, rollover=rollover)


def is_recordable(moment: datetime, now: datetime, by_operations: bool = False) -> bool:
    """Whether something that is said to have happened at `moment` may be recorded at `now`."""
    return moment <= now and (by_operations or now - moment <= RECORDABLE_FOR)


def week_of(night: date) -> str:
    """The ISO week, as "2026-W48"; its year is the week's, which differs from the night's around New Year."""
    year, week, _ = night.isocalendar()
    return f"{year:04d}-W{week:02d}"


def week_nights(week: str) -> tuple[date, ...]:
    """Monday's to Sunday's night of a week written like "2026-W48"."""
    match = _WEEK.fullmatch(week)
    if match is None:
        raise ValueError(f"Not a week like 2026-W48: {week!r}")
    monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
    return tuple(monday + timedelta(days=n) for n in range(7))


def month_of(night: date) -> str:
    """The month, as "2026-11"."""
    return f"{night.year:04d}-{night.month:02d}"


def month_nights(month: str) -> tuple[date, ...]:
    """Every night of a month written like "2026-11"."""
    match = _MONTH.fullmatch(month)
    if match is None:
        raise ValueError(f"Not a month like 2026-11: {month!r}")
    first = date(int(match[1]), int(match[2]), 1)
    nights = (first + timedelta(days=n) for n in range(31))
    return tuple(night for night in nights if night.month == first.month)


def _zone(zone: tzinfo | None) -> tzinfo:
    return zone or timezone.get_default_timezone()


def _rollover(rollover: time | None) -> time:
    return settings.NIGHT_ROLLOVER if rollover is None else rollover
