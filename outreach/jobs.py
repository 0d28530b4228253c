"""What the calls need done by the clock: the night's lists, before the briefing at 18:00 (T2 T9)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from outreach import rules
from outreach.building import build_call_list
from outreach.callbacks import build_callbacks
from vipdesk import nights
from vipdesk.jobs import Job


def _due(night: dt.date) -> dt.datetime:
    return nights.moment_in(night, settings.CALL_LISTS_AT)


def _build(night: dt.date) -> Mapping[str, Any]:
    """New guests on every night; the calls where the rules name the weekday, which operations may change any day."""
    summary = {"new_guests": build_callbacks(night=night).call_list.listed}
    if rules.current().is_call_night(night):
        calls = build_call_list(night=night).call_list
        summary |= {"calls": calls.listed, "left_over": calls.left_over}
    return summary


CALL_LISTS = Job(
    name="outreach.call_lists",
    due=_due,
    catch_up=lambda night: nights.night_bounds(night)[1],  # a list of a night that is over helps nobody
    run=_build,
)
