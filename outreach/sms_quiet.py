"""The hours in which nobody is written to: local clock, over midnight where they begin later than they end. Pure."""

import datetime as dt

from django.utils import timezone

from outreach.models import OutreachRules


def is_quiet(clock: dt.time, *, begins: dt.time, ends: dt.time) -> bool:
    """The first moment is inside, the last is not; never, where both are the same."""
    if begins <= ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends


def is_quiet_now(rules: OutreachRules, now: dt.datetime) -> bool:
    clock = timezone.localtime(now).time()
    return is_quiet(clock, begins=rules.quiet_from, ends=rules.quiet_to)
