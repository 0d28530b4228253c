"""What surveys and the weekly summary do by the clock."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from feedback import guest_limits, week_clock, weeks
from vipdesk.jobs import Job, daily


def _draft(night: dt.date) -> Mapping[str, Any]:
    return {"week": weeks.draft_week(week_clock.week_before("WEEK_DRAFT", night)).week}


def _remind(night: dt.date) -> Mapping[str, Any]:
    return {"told": weeks.remind(week_clock.week_before("WEEK_REMINDER", night))}


def _submit(night: dt.date) -> Mapping[str, Any]:
    summary = weeks.draft_week(week_clock.week_before("WEEK_MEETING", night))
    return {"week": weeks.submit_week(summary=summary).week}


_DAYS = dt.timedelta(days=5)
DRAFT_WEEK = Job(name="draft_week", due=week_clock.weekly("WEEK_DRAFT"), catch_up=_DAYS, run=_draft)
REMIND_OF_WEEK = Job(
    name="remind_of_week", due=week_clock.weekly("WEEK_REMINDER"), catch_up=dt.timedelta(hours=2), run=_remind
)
SUBMIT_WEEK = Job(name="submit_week", due=week_clock.weekly("WEEK_MEETING"), catch_up=_DAYS, run=_submit)
FORGET_TRIES = Job(
    name="forget_guest_tries",
    due=daily(dt.time(5, 30)),
    catch_up=dt.timedelta(hours=20),
    run=lambda _night: {"forgotten": guest_limits.forget_tries()},
)
