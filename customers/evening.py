"""What the guests' side can tell about a manager's night, in the shapes of staff.floor.registry (D1 S1, T2, T4, T8)."""

import datetime as dt
from collections import defaultdict

from django.db.models import Count, DateTimeField, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.choices import IntakeStatus, Origin
from customers.models import Customer, IntakeSheet
from customers.sheets import GOAL
from staff.floor import rota
from staff.floor.registry import Cell
from staff.models import User
from vipdesk import nights
from vipdesk.templatetags.nights import clock


def duty_facts(user: User, night: dt.date) -> dict[str, dt.datetime | None]:
    """Last night's sheet and tonight's handed in, the first guest captured; one statement."""
    row: dict[str, dt.datetime | None] = (
        User.objects.filter(pk=user.pk)
        .values(
            records=_handed_in(night - dt.timedelta(days=1)),
            sheet=_handed_in(night),
            welcome=_first_capture(night),
            captured_last=_first_capture(night - dt.timedelta(days=1)),
        )
        .get()
    )
    # Who captured nobody last night has no records to hand over: nothing is owed since the night's own end.
    has_none = row.pop("captured_last") is None
    return row | {"records": row["records"] or (nights.night_bounds(night)[0] if has_none else None)}


def _handed_in(night: dt.date) -> Subquery:
    return Subquery(IntakeSheet.objects.filter(manager=OuterRef("pk"), night=night).values("handed_in_at"))


def _first_capture(night: dt.date) -> Subquery:
    captures = Customer.objects.filter(captured_by=OuterRef("pk"), night=night).exclude(origin=Origin.SELF)
    return Subquery(captures.order_by("captured_at").values("captured_at")[:1], output_field=DateTimeField())


def wrap_up(user: User, night: dt.date) -> list[tuple[str, str]]:
    """Fewer than ten guests, the sheet not handed in, records sent back; three statements."""
    said = []
    tonight = reverse("customers:tonight")
    count = Customer.objects.captured_by_manager(user, night).count()
    if count < GOAL:
        words = ngettext("%(n)d of %(goal)d new guests.", "%(n)d of %(goal)d new guests.", count)
        said.append((words % {"n": count, "goal": GOAL}, reverse("customers:new")))
    if not IntakeSheet.objects.filter(manager=user, night=night).exists():
        said.append((_("The intake sheet is not handed in."), tonight))
    back = Customer.objects.sent_back_to(user).count()
    if back:
        words = ngettext("%(n)d record was sent back to you.", "%(n)d records were sent back to you.", back)
        said.append((words % {"n": back}, tonight))
    return said


def night_columns(night: dt.date) -> dict[int, dict[str, Cell]]:
    """New guests of ten, and the sheet; four statements. Whoever was on duty stands here, with none too."""
    found: defaultdict[int, dict[str, Cell]] = defaultdict(dict)
    for user in rota.on_duty(night):
        found[user.pk] |= {_("New guests"): _of_ten(0), _("Sheet"): _no_sheet(night)}
    left_out = Q(origin=Origin.SELF) | Q(intake_status=IntakeStatus.SENT_BACK)
    captured = Customer.objects.on_night(night).exclude(captured_by=None).values("captured_by").order_by()
    for row in captured.annotate(n=Count("pk", filter=~left_out)):
        found[row["captured_by"]] |= {_("New guests"): _of_ten(row["n"])}
    for sheet in IntakeSheet.objects.filter(night=night):
        found[sheet.manager_id] |= {_("Sheet"): _sheet(sheet)}
    return dict(found)


def _of_ten(count: int) -> Cell:
    return Cell(f"{count} / {GOAL}", is_bad=count < GOAL)


def _sheet(sheet: IntakeSheet) -> Cell:
    at = clock(sheet.handed_in_at)
    is_late = sheet.handed_in_at > nights.shift_end(sheet.night)
    return Cell(_("%(time)s, late") % {"time": at}, is_bad=True) if is_late else Cell(at)


def _no_sheet(night: dt.date) -> Cell:
    is_over = timezone.now() >= nights.shift_end(night)
    return Cell(_("not handed in"), is_bad=True) if is_over else Cell("")
