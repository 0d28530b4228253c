"""Clocking in and out (T1): one attendance per person and night, of which the first press counts.

A night runs until noon: who stays past 02:00 clocks out of the same night.
"""

import datetime as dt

from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from staff.models import Attendance, User
from vipdesk import nights

SHIFT_BEGINS = dt.time(18)


def clock_in(*, user: User, now: dt.datetime | None = None) -> Attendance:
    """On duty from now on; pressed again, the first time stands."""
    now = now or timezone.now()
    mine, _created = Attendance.objects.get_or_create(user=user, night=nights.night_of(now), defaults={"in_at": now})
    return mine


def clock_out(*, user: User, now: dt.datetime | None = None) -> bool:
    """Off duty from now on; False where nobody clocked in that night, or has left already."""
    now = now or timezone.now()
    here = Attendance.objects.filter(user=user, night=nights.night_of(now), out_at=None)
    # Never before the coming: servers' clocks are set back now and then.
    return here.update(out_at=Greatest(Value(now), F("in_at"))) == 1


def minutes_late(attendance: Attendance) -> int:
    """Whole minutes past 18:00 at which somebody came; 0: in time."""
    late = attendance.in_at - nights.moment_in(attendance.night, SHIFT_BEGINS)
    return max(int(late.total_seconds() // 60), 0)
