"""What surveys and the weekly summary do by the clock."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

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
DRAFT_WEEK = Job(
    name="draft_week",
    due=week_clock.weekly("WEEK_DRAFT"),
    catch_up=_DAYS,
    run=_draft,
    title=_("Weekly summary: draft"),
    does=_("Drafts the summary of the week before, for the managers to remark on."),
    words={"week": _("week")},
)
REMIND_OF_WEEK = Job(
    name="remind_of_week",
    due=week_clock.weekly("WEEK_REMINDER"),
    catch_up=dt.timedelta(hours=2),
    run=_remind,
    title=_("Weekly summary: reminder"),
    does=_("Reminds the managers who still owe a remark on the weekly summary."),
    asks=_("Every manager who owes a remark is told."),
    words={"told": _("managers told")},
)
SUBMIT_WEEK = Job(
    name="submit_week",
    due=week_clock.weekly("WEEK_MEETING"),
    catch_up=_DAYS,
    run=_submit,
    title=_("Weekly summary: submitting"),
    does=_("Submits and locks the weekly summary as the meeting begins."),
    asks=_("The summary is locked: nobody remarks on it any more."),
    words={"week": _("week")},
)
FORGET_TRIES = Job(
    name="forget_guest_tries",
    due=daily(dt.time(5, 30)),
    catch_up=dt.timedelta(hours=20),
    run=lambda _night: {"forgotten": guest_limits.forget_tries()},
    title=_("Old tries of guests"),
    does=_("Forgets how many forms came in from guests' pages."),
    words={"forgotten": _("counts forgotten")},
)
