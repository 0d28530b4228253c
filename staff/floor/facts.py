"""What this app itself can tell about a night, in the shapes of staff.floor.registry."""

import datetime as dt
from collections import defaultdict

from django.db.models import CharField, Count, Q, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staff.floor import rota
from staff.floor.assignments import open_tasks
from staff.floor.clock import SHIFT_BEGINS, minutes_late
from staff.floor.registry import Cell
from staff.models import Attendance, NightSignature, TaskFor, User
from vipdesk import nights
from vipdesk.templatetags.nights import clock


def duty_facts(user: User, night: dt.date) -> dict[str, dt.datetime | None]:
    """Clocked in (T1), night signed (T8); one statement."""
    mine = Q(user=user, night=night)
    came = Attendance.objects.filter(mine).annotate(code=_code("clock_in")).values_list("code", "in_at")
    signed = NightSignature.objects.filter(mine).annotate(code=_code("sign")).values_list("code", "signed_at")
    return {"clock_in": None, "sign": None} | dict(came.union(signed))


def _code(code: str) -> Value:
    return Value(code, output_field=CharField())


def wrap_up(user: User, night: dt.date) -> list[tuple[str, str]]:
    """Not clocked in; tasks from leaders still open that were due by the night's end; two statements."""
    said = []
    if not Attendance.objects.filter(user=user, night=night).exists():
        said.append((_("You did not clock in."), reverse("staff:clock")))
    due = open_tasks().filter(user=user, task__due_at__lt=nights.night_bounds(night)[1]).count()
    if due:
        words = ngettext("%(count)d task from operations is open.", "%(count)d tasks from operations are open.", due)
        said.append((words % {"count": due}, reverse("staff:my_tasks")))
    return said


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
    for row in given.annotate(all=Count("pk"), done=Count("pk", filter=Q(done_at__isnull=False))):
        tasks = Cell(f"{row['done']} / {row['all']}", is_bad=row["done"] < row["all"])
        found[row["user"]][_("Tasks")] = tasks
    return dict(found)


def _presence(attendance: Attendance) -> Cell:
    times = f"{clock(attendance.in_at)} – {clock(attendance.out_at)}".rstrip()
    late = minutes_late(attendance)
    if not late:
        return Cell(times)
    words = ngettext("%(times)s, %(n)d minute late", "%(times)s, %(n)d minutes late", late)
    return Cell(words % {"times": times, "n": late}, is_bad=True)
