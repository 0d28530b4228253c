"""What this app itself can tell about a night, in the shapes of staff.floor.registry."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Exists, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staff.floor import rota
from staff.floor.assignments import open_tasks
from staff.floor.clock import SHIFT_BEGINS, minutes_late
from staff.floor.registry import Cell, Gap, OfRow, sentence
from staff.models import Attendance, NightSignature, TaskFor, User
from vipdesk import nights
from vipdesk.templatetags.nights import clock


def _moments(user: User, night: dt.date) -> dict[str, Any]:
    came = Attendance.objects.filter(user=user, night=night)
    signed = NightSignature.objects.filter(user=user, night=night)
    return {"clock_in": Subquery(came.values("in_at")), "sign": Subquery(signed.values("signed_at"))}


# Clocked in (T1), night signed (T8).
duty_facts = OfRow(_moments, lambda user, night, row: dict(row))


def _read(user: User, night: dt.date) -> dict[str, Any]:
    came = Attendance.objects.filter(user=user, night=night)
    begins, ends = nights.night_bounds(night)
    due = open_tasks().filter(user=user, task__due_at__gte=begins, task__due_at__lt=ends)
    counted = due.order_by().values("user").annotate(n=Count("pk")).values("n")
    return {"came": Exists(came), "due": Coalesce(Subquery(counted), 0)}


def _say(user: User, night: dt.date, row: Mapping[str, Any]) -> list[Gap]:
    """Not clocked in; tasks from leaders still open that were due in the night."""
    gaps = [] if row["came"] else [Gap("clock_in", url=reverse("staff:clock"))]
    if due := row["due"]:
        gaps.append(Gap("tasks", {"n": due}, reverse("staff:my_tasks")))
    return gaps


@sentence("clock_in")
def _no_clock_in() -> str:
    return _("You did not clock in.")


@sentence("tasks")
def _tasks(*, n: int) -> str:
    words = ngettext("%(count)d task from operations is open.", "%(count)d tasks from operations are open.", n)
    return words % {"count": n}


wrap_up = OfRow(_read, _say)


def night_columns(night: dt.date) -> dict[int, dict[str, Cell]]:
    """When everybody came and left, and their tasks; four statements."""
    found: defaultdict[int, dict[str, Cell]] = defaultdict(dict)
    came = {one.user_id: one for one in Attendance.objects.filter(night=night)}
    has_begun = timezone.now() >= nights.moment_in(night, SHIFT_BEGINS)
    for user in rota.on_duty(night):
        found[user.pk][_("At work")] = Cell(_("not here"), is_bad=True) if has_begun else Cell("")
    for pk, attendance in came.items():
        found[pk][_("At work")] = _presence(attendance)
    given = TaskFor.objects.filter(task__night=night, task__withdrawn_at=None).values("user").order_by()
    done, late = Q(done_at__isnull=False), Q(done_at=None, task__due_at__lt=timezone.now())
    for row in given.annotate(all=Count("pk"), done=Count("pk", filter=done), late=Count("pk", filter=late)):
        found[row["user"]][_("Tasks")] = Cell(f"{row['done']} / {row['all']}", is_bad=bool(row["late"]))
    return dict(found)


def _presence(attendance: Attendance) -> Cell:
    times = f"{clock(attendance.in_at)} – {clock(attendance.out_at)}".rstrip()
    late = minutes_late(attendance)
    if not late:
        return Cell(times)
    words = ngettext("%(times)s, %(n)d minute late", "%(times)s, %(n)d minutes late", late)
    return Cell(words % {"times": times, "n": late}, is_bad=True)
