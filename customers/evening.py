"""What the guests' side can tell about a manager's night, in the shapes of staff.floor.registry (D1 S1, T2, T4, T8)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db.models import Count, DateTimeField, Exists, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.choices import Origin
from customers.models import Customer, IntakeSheet
from customers.querysets import CustomerQuerySet, counts_toward_goal
from customers.sheets import GOAL
from staff.floor import rota
from staff.floor.registry import Cell, Gap, OfRow, of_goal, sentence
from staff.models import User
from vipdesk import nights
from vipdesk.templatetags.nights import clock


def _moments(user: User, night: dt.date) -> dict[str, Any]:
    last = night - dt.timedelta(days=1)
    return {
        "records": _handed_in(last),
        "sheet": _handed_in(night),
        "welcome": _first_capture(night),
        "captured_last": _first_capture(last),
    }


def _duties(user: User, night: dt.date, row: Mapping[str, Any]) -> dict[str, dt.datetime | None]:
    """Last night's sheet and tonight's handed in, the first guest captured."""
    # Who captured nobody last night has no records to hand over: nothing is owed since the night's own end.
    nothing_owed = nights.night_bounds(night)[0] if row["captured_last"] is None else None
    return {"records": row["records"] or nothing_owed, "sheet": row["sheet"], "welcome": row["welcome"]}


duty_facts = OfRow(_moments, _duties)


def _handed_in(night: dt.date) -> Subquery:
    return Subquery(IntakeSheet.objects.filter(manager=OuterRef("pk"), night=night).values("handed_in_at"))


def _first_capture(night: dt.date) -> Subquery:
    captures = Customer.objects.filter(captured_by=OuterRef("pk"), night=night).exclude(origin=Origin.SELF)
    return Subquery(captures.order_by("captured_at").values("captured_at")[:1], output_field=DateTimeField())


def _read(user: User, night: dt.date) -> dict[str, Any]:
    return {
        "captured": count_of(Customer.objects.captured_by_manager(user, night)),
        "is_handed_in": Exists(IntakeSheet.objects.filter(manager=user, night=night)),
        "back": count_of(Customer.objects.sent_back_to(user).filter(night=night)),
    }


def _say(user: User, night: dt.date, row: Mapping[str, Any]) -> list[Gap]:
    """Fewer than ten guests, the sheet not handed in, records of the night sent back."""
    gaps = []
    tonight = reverse("customers:tonight")
    if (count := row["captured"]) < GOAL:
        gaps.append(Gap("new_guests", {"n": count, "goal": GOAL}, reverse("customers:new")))
    if not row["is_handed_in"]:
        gaps.append(Gap("sheet", url=tonight))
    if back := row["back"]:
        gaps.append(Gap("sent_back", {"n": back}, tonight))
    return gaps


@sentence("new_guests")
def _new_guests(*, n: int, goal: int) -> str:
    return ngettext("%(n)d of %(goal)d new guests.", "%(n)d of %(goal)d new guests.", n) % {"n": n, "goal": goal}


@sentence("sheet")
def _sheet_missing() -> str:
    return _("The intake sheet is not handed in.")


@sentence("sent_back")
def _sent_back(*, n: int) -> str:
    return ngettext("%(n)d record was sent back to you.", "%(n)d records were sent back to you.", n) % {"n": n}


wrap_up = OfRow(_read, _say)


def count_of(guests: CustomerQuerySet) -> Coalesce:
    """How many these are, to be read along with other facts in one statement."""
    everyone = guests.order_by().annotate(all=Value(1)).values("all").annotate(n=Count("pk"))
    return Coalesce(Subquery(everyone.values("n")), 0)


def night_columns(night: dt.date) -> dict[int, dict[str, Cell]]:
    """New guests of ten, and the sheet; four statements. Whoever was on duty stands here, with none too."""
    found: defaultdict[int, dict[str, Cell]] = defaultdict(dict)
    for user in rota.on_duty(night):
        found[user.pk] |= {_("New guests"): of_goal(0, GOAL, night), _("Sheet"): _no_sheet(night)}
    captured = Customer.objects.on_night(night).exclude(captured_by=None).values("captured_by").order_by()
    for row in captured.annotate(n=Count("pk", filter=counts_toward_goal())):
        found[row["captured_by"]] |= {_("New guests"): of_goal(row["n"], GOAL, night)}
    for sheet in IntakeSheet.objects.filter(night=night):
        found[sheet.manager_id] |= {_("Sheet"): _sheet(sheet)}
    return dict(found)


def _sheet(sheet: IntakeSheet) -> Cell:
    at = clock(sheet.handed_in_at)
    is_late = sheet.handed_in_at > nights.shift_end(sheet.night)
    return Cell(_("%(time)s, late") % {"time": at}, is_bad=True) if is_late else Cell(at)


def _no_sheet(night: dt.date) -> Cell:
    is_over = timezone.now() >= nights.shift_end(night)
    return Cell(_("not handed in"), is_bad=True) if is_over else Cell("")
