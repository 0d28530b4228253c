"""What the calls need done by the clock: the night's lists, before the briefing at 18:00 (T2 T9)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from outreach import rules
from outreach.building import build_call_list
from outreach.callbacks import build_callbacks
from outreach.old_lists import forget_old_lists
from vipdesk import nights
from vipdesk.jobs import Job, daily


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
    title=_("Call lists"),
    does=_("Builds the night's call lists: new guests of the night before and, on call nights, the calls."),
    asks=_("A night's lists are built once, with the rules and the managers of that moment."),
    words={"new_guests": _("new guests"), "calls": _("to call"), "left_over": _("left for the next list")},
)

OLD_LISTS = Job(
    name="outreach.old_lists",
    due=daily(dt.time(5, 50)),
    catch_up=dt.timedelta(hours=20),
    run=forget_old_lists,
    title=_("Old call lists"),
    does=_("Forgets who was left over or never called on lists of long ago. Calls that were made stay."),
    words={"left_over": _("left over, forgotten"), "uncalled": _("never called, forgotten")},
)
