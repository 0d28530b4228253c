"""What complaints can tell about a manager's night and to operations, in the shapes of staff.floor.registry (T4 T8)."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from feedback.complaint_choices import Category
from feedback.models import Compensation, Complaint
from feedback.states import State
from staff.floor.registry import Cell, Gap, sentence
from staff.models import User
from vipdesk.alerts import Alert
from vipdesk.templatetags.nights import clock


def wrap_up(user: User, night: dt.date) -> list[Gap]:
    """Complaints of the night that are open with this person and not with operations; one statement."""
    theirs = Complaint.objects.open().filter(owner=user, night=night).exclude(state=State.ESCALATED)
    mine = theirs.select_related("room").order_by("clock_due_at", "pk")
    return [Gap("complaint", _values(one), reverse("feedback:complaint", args=[one.pk])) for one in mine]


def _values(one: Complaint) -> dict[str, Any]:
    room = str(one.room) if one.room else ""
    return {"n": one.pk, "category": one.category, "room": room, "opened_at": one.opened_at.isoformat()}


@sentence("complaint")
def _open_complaint(*, n: int, category: str, room: str, opened_at: str) -> str:
    at = clock(dt.datetime.fromisoformat(opened_at))
    params = {"what": Category(category).label, "at": at, "room": room, "n": n}
    if room:
        return _("Complaint %(n)d from room %(room)s is open: %(what)s, since %(at)s.") % params
    return _("Complaint %(n)d is open: %(what)s, since %(at)s.") % params


def night_columns(night: dt.date) -> dict[int, dict[str, Cell]]:
    """Complaints of the night by who has them, and how many are late; one statement."""
    late = Q(pk__in=Complaint.objects.late(timezone.now()).values("pk"))
    rows = Complaint.objects.filter(night=night).exclude(owner=None).values("owner").order_by()
    counts = rows.annotate(n=Count("pk"), late=Count("pk", filter=late))
    return {row["owner"]: {_("Complaints"): _cell(row["n"], row["late"])} for row in counts}


def _cell(count: int, late: int) -> Cell:
    if not late:
        return Cell(str(count))
    return Cell(_("%(n)d, %(late)d late") % {"n": count, "late": late}, is_bad=True)


def alerts() -> Iterator[Alert]:
    """What waits for operations now; they were told of each by mail when it came."""
    waiting = Complaint.objects.escalated().count()
    if waiting:
        words = ngettext(
            "%(count)d complaint waits for operations.", "%(count)d complaints wait for operations.", waiting
        )
        url = f"{reverse('feedback:complaints')}?show=escalated"
        yield Alert("complaints", words % {"count": waiting}, url, is_mailed=False)
    asked = Compensation.objects.filter(state="asked").count()
    if asked:
        words = ngettext(
            "%(count)d compensation waits for a decision.", "%(count)d compensations wait for a decision.", asked
        )
        url = f"{reverse('admin:feedback_compensation_changelist')}?state__exact=asked"
        yield Alert("compensations", words % {"count": asked}, url, is_mailed=False)
