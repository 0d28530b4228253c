"""The demo venue's calls: member days, last week's lists, some of it called, and whom to call back tonight."""

import datetime as dt
import uuid
from collections.abc import Callable

from customers.models import MembershipTier
from outreach import rules
from outreach.building import CannotBuild, build_call_list
from outreach.callbacks import build_callbacks
from outreach.choices import CallOutcome
from outreach.models import Call, CallListEntry, MemberDay
from vipdesk import nights as venue

CALLED = 12  # of each manager's list, on the nights before
_CAME_OF_IT = ("coming", "no_answer", "thinking", "coming", "no_wish", "no_answer")
_FROM = dt.time(18, 30)


def load(*, customers: int, nights: int, seed: int, out: Callable[[str], None]) -> None:
    """Member days where there are none. For a venue of a week or more: the call nights before tonight, and tonight's
    new guests to call back. Tonight's own list is left to the job, or to whoever asks for it: it is built once."""
    _member_days()
    if not customers or nights < 7:
        return
    tonight, in_force = venue.tonight(), rules.current()
    try:
        for night in (tonight - dt.timedelta(days=n) for n in range(6, 0, -1)):
            if in_force.is_call_night(night):
                _call(night)
        listed = build_callbacks(night=tonight).call_list.listed
    except CannotBuild as error:
        out(f"Demo calls: {error}")
        return
    out(f"Demo calls: last week's, and {listed} new guests to call back tonight.")


def _member_days() -> None:
    in_force = rules.current()
    if in_force.member_days.exists():
        return
    gold = MembershipTier.objects.filter(code="gold").first()
    MemberDay.objects.create(rules=in_force, monthly_day=8)
    if gold:
        MemberDay.objects.create(rules=in_force, tier=gold, weekday="sat")


def _call(night: dt.date) -> None:
    built = build_call_list(night=night)
    if not built.is_new:
        return
    start = venue.moment_in(night, _FROM)
    tried: dict[int, int] = {}
    calls = []
    for entry in CallListEntry.objects.filter(call_list=built.call_list).order_by("place"):
        n = tried[entry.manager_id] = tried.get(entry.manager_id, 0) + 1
        if n <= CALLED:
            calls.append(_made(entry, n, start))
    Call.objects.bulk_create(calls)


def _made(entry: CallListEntry, n: int, start: dt.datetime) -> Call:
    at = start + dt.timedelta(minutes=4 * n)
    outcome = CallOutcome(_CAME_OF_IT[entry.place % len(_CAME_OF_IT)])
    facts = {"entry": entry, "customer_id": entry.customer_id, "manager_id": entry.manager_id, "outcome": outcome}
    return Call(**facts, night=venue.night_of(at), at=at, client_id=uuid.uuid4())
