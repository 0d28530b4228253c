"""The clock of a complaint: until when something is due that has so many minutes, in real or in shift hours.

Pure: no database. Shift hours run from 18:00 to 02:00 by the venue's clock, every night; between them the clock stands.
Periods are half-open: at its due moment a thing is late. Moments are aware and come back in UTC.
"""

import datetime as dt

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from staff.floor.clock import SHIFT_BEGINS
from vipdesk import nights


class Hours(TextChoices):
    SHIFT = "shift", _("shift hours (18:00–02:00)")
    REAL = "real", _("real hours")


def due_at(begun_at: dt.datetime, minutes: int, hours: Hours | str) -> dt.datetime:
    """When `minutes` of these hours have run since `begun_at`; where they end with a shift, at its end."""
    if minutes < 0:
        raise ValueError("A limit cannot lie in the past.")
    left = dt.timedelta(minutes=minutes)
    if hours == Hours.REAL:
        return begun_at.astimezone(dt.UTC) + left
    night = nights.night_of(begun_at)
    while True:
        begins, ends = shift(night)
        begins = max(begins, begun_at.astimezone(dt.UTC))
        if begins < ends and left <= ends - begins:
            return begins + left
        left -= max(ends - begins, dt.timedelta(0))
        night += dt.timedelta(days=1)


def shift(night: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """A night's shift, [from, to)."""
    return nights.moment_in(night, SHIFT_BEGINS), nights.shift_end(night)


def run(begun_at: dt.datetime, at: dt.datetime, hours: Hours | str) -> dt.timedelta:
    """How much of these hours lies in [begun_at, at)."""
    if hours == Hours.REAL:
        return max(at - begun_at, dt.timedelta(0))
    total, night, last = dt.timedelta(0), nights.night_of(begun_at), nights.night_of(at)
    while night <= last:
        begins, ends = shift(night)
        total += max(min(ends, at) - max(begins, begun_at), dt.timedelta(0))
        night += dt.timedelta(days=1)
    return total


def is_late(due: dt.datetime | None, at: dt.datetime) -> bool:
    return due is not None and at >= due


def last_night_over(now: dt.datetime) -> dt.date:
    """The newest night whose shift has ended."""
    night = nights.night_of(now)
    return night if now >= nights.shift_end(night) else night - dt.timedelta(days=1)
