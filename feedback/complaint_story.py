"""A complaint for a person to read: its clock in words, and its timeline."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from feedback.compensating import in_words
from feedback.complaint_choices import Cause, Happening
from feedback.models import Complaint, ComplaintEvent
from vipdesk.templatetags.nights import calendar_day, clock

HOUR = 60
NEAR = dt.timedelta(minutes=15)
_GOOD = {Happening.ANSWERED, Happening.SOLVED, Happening.CLOSED, Happening.APPROVED, Happening.GIVEN}
_BAD = {Happening.ESCALATED, Happening.REOPENED, Happening.REFUSED}


@dataclass(frozen=True)
class Clock:
    """What is due next: what, until when, and how that stands in words; `tone` is "red" (late), "gold" (near) or ""."""

    what: str
    due_at: dt.datetime
    left: str
    tone: str


def clock_of(complaint: Complaint, now: dt.datetime) -> Clock | None:
    """The answer until there was one, then the solution; None where nobody owes anything."""
    if not complaint.is_open:
        return None
    is_answered = complaint.first_answered_at is not None
    what = _("Solve by %(at)s") if is_answered else _("Answer by %(at)s")
    due = complaint.clock_due_at if is_answered else complaint.answer_due_at
    # A promise that was broken says so for as long as the next one is not kept either.
    tone = "red" if now >= due else "gold" if due - now <= NEAR else ""
    return Clock(what % {"at": _wall(due, now)}, due, time_left(due, now), tone)


def time_left(due: dt.datetime, now: dt.datetime) -> str:
    """ "12 min left", "1 h 5 min late": on the wall, whatever hours the limit is counted in."""
    minutes = int(abs(due - now).total_seconds()) // 60
    span = _span(minutes)
    return (_("%(time)s late") if now >= due else _("%(time)s left")) % {"time": span}


def _span(minutes: int) -> str:
    days, rest = divmod(minutes, 24 * HOUR)
    if days:
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    hours, rest = divmod(rest, HOUR)
    if not hours:
        return _("%(minutes)d min") % {"minutes": rest}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


def _wall(at: dt.datetime, now: dt.datetime) -> str:
    """The clock alone where it is near, else with its day."""
    return clock(at) if abs(at - now) < dt.timedelta(hours=12) else f"{calendar_day(at)} {clock(at)}"


@dataclass(frozen=True)
class Line:
    """One row of the timeline; `who` in words."""

    at: dt.datetime
    what: str
    more: str
    words: str
    who: str
    tone: str


def story_of(complaint: Complaint) -> list[Line]:
    """Newest first; one statement."""
    events = complaint.events.select_related("by", "to", "compensation").order_by("-at", "-pk")
    return [_line(event) for event in events]


def _line(event: ComplaintEvent) -> Line:
    kind = Happening(event.kind)
    tone = "is-good" if kind in _GOOD else "is-bad" if kind in _BAD else ""
    words = "" if kind == Happening.OPENED else event.words
    return Line(event.at, str(kind.label), _more(event), words, _who(event), tone)


def _who(event: ComplaintEvent) -> str:
    if event.by:
        return str(event.by)
    return _("The guest") if event.kind == Happening.OPENED else _("The desk")


def _more(event: ComplaintEvent) -> str:
    if event.cause:
        return str(Cause(event.cause).label)
    if event.to:
        return str(event.to)
    return in_words(event.compensation) if event.compensation else ""
