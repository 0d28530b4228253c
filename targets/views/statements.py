"""Statements on screen and as files: one's own, and for operations everybody's of a month."""

import datetime as dt
import io
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from staff import roles, stepup
from staff.access import StaffRequest, role_required
from staff.models import User
from targets import months, my_month, plans
from targets.commission import ZERO
from targets.models import MonthClosing, TeamBoard
from targets.statement_files import write_csv, write_xlsx
from targets.statements import MonthStatement, NoPlan, find_manager, statement_of, statements_of
from targets.team import team_of
from vipdesk import nights

BILLS_ON_A_PAGE = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@role_required(roles.MANAGER, roles.OPERATIONS)
@require_GET
def statement(request: StaffRequest, month: dt.date) -> HttpResponse:
    """One's own statement of a month; to operations the team's."""
    if request.user.has_role(roles.OPERATIONS):
        return _team(request, month)
    return _page(request, month, request.user)


@role_required(roles.MANAGER, roles.OPERATIONS)
@require_GET
def statement_of_manager(request: StaffRequest, month: dt.date, pk: int) -> HttpResponse:
    return _page(request, month, _whose(request, pk))


def _whose(request: StaffRequest, pk: int) -> User:
    """Whose statement this person may see: their own, operations everybody's; 404 for the rest."""
    if not request.user.has_role(roles.OPERATIONS) and pk != request.user.pk:
        raise Http404
    user = get_object_or_404(User, pk=pk)
    if find_manager(user.username) is None:
        raise Http404
    return user


def _page(request: StaffRequest, month: dt.date, manager: User) -> HttpResponse:
    _refuse_future(month)
    context = {"month": month, "manager": manager, **_around(month)}
    try:
        it = statement_of(month, manager)
    except NoPlan:
        return render(request, "targets/no_plan.html", context, status=404)
    rows = my_month.by_night(it)
    closing = MonthClosing.objects.filter(month=month).select_related("closed_by").first()
    context |= {"it": it, "by_night": rows, "closing": closing, "zero": ZERO}
    return render(request, "targets/statement.html", context)


def _refuse_future(month: dt.date) -> None:
    """A month that has not begun has no statement."""
    if month > months.current():
        raise Http404


def _around(month: dt.date) -> dict[str, Any]:
    """The months to go on to."""
    after = months.following(month)
    earliest = plans.earliest_month()
    return {
        "before": months.preceding(month) if earliest and earliest < month else None,
        "after": after if after <= months.current() else None,
    }


# --- the team's ------------------------------------------------------------------------------------------------------


def _team(request: StaffRequest, month: dt.date) -> HttpResponse:
    _refuse_future(month)
    context = {"month": month, **_around(month)}
    try:
        found = statements_of(month)
    except NoPlan:
        return render(request, "targets/no_plan.html", context, status=404)
    board = TeamBoard.objects.filter(is_ranked=False).first()
    closing = MonthClosing.objects.filter(month=month).select_related("closed_by", "plan").first()
    team = team_of(found, is_ranked=board is None)
    context |= {
        "team": team,
        "pace": my_month.goal_of(team.target, team.rooms, month, nights.tonight()) if team.target else None,
        "closing": closing,
        "is_over": month < months.current(),
        "plan": found[0].plan if found else None,
        "is_sample": any(one.is_sample for one in found),
    }
    return render(request, "targets/team.html", context)


@role_required(roles.OPERATIONS)
@require_POST
def rank(request: StaffRequest, month: dt.date) -> HttpResponse:
    """Switches the leader board on or off, for everybody of operations."""
    TeamBoard.objects.update_or_create(pk=1, defaults={"is_ranked": request.POST.get("is_ranked") == "on"})
    return redirect("targets:statement", month)


# --- bills -----------------------------------------------------------------------------------------------------------


@role_required(roles.MANAGER, roles.OPERATIONS)
@require_GET
def bills(request: StaffRequest, month: dt.date, pk: int) -> HttpResponse:
    """The ledger's rows behind a line: `?kind=`, `?night=` of the month itself, `?late=` of an earlier one."""
    manager = _whose(request, pk)
    try:
        it = statement_of(month, manager)
    except NoPlan as error:
        raise Http404 from error
    rows, asked = _asked_for(request, it)
    page = Paginator(rows.select_related("room", "refund_of").order_by("night", "paid_at", "pk"), BILLS_ON_A_PAGE)
    query = urlencode({name: value for name, value in request.GET.items() if name != "page"})
    context = {"month": month, "manager": manager, "it": it, "query": query, **_sums(it, rows, asked), **asked}
    return render(request, "targets/statement_bills.html", context | {"page": page.get_page(request.GET.get("page"))})


def _asked_for(request: StaffRequest, it: MonthStatement) -> tuple[Any, dict[str, Any]]:
    late, night, kind = (request.GET.get(name, "") for name in ("late", "night", "kind"))
    try:
        of = months.parse_month(late) if late else None
        on = dt.date.fromisoformat(night) if night else None
    except ValueError as error:
        raise Http404 from error
    rows = my_month.late_bills_of(it, of) if of else my_month.bills_of(it)
    narrow = {"room": my_month.counted_rooms_of(it), "stored": my_month.uncounted_rooms_of(it)}
    rows = narrow.get(kind, rows.filter(kind=kind) if kind else rows)
    return (rows.filter(night=on) if on else rows), {"late": of, "night_of_bills": on, "kind": kind}


def _sums(it: MonthStatement, rows: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """What the rows come to, and apart from that what of them counts nowhere."""
    apart = ZERO if asked["kind"] or asked["late"] else rows.filter(pk__in=my_month.uncounted_rooms_of(it)).total()
    return {"sum": rows.total() - apart, "uncounted": apart}


# --- files for payroll -----------------------------------------------------------------------------------------------

_EXPORT = gettext_lazy("Export the statements")


def _refuse_missing(month: dt.date) -> None:
    _found(month)


@role_required(roles.OPERATIONS)
@stepup.export(_EXPORT, refuse=_refuse_missing)
def as_csv(request: StaffRequest, month: dt.date) -> HttpResponse:
    text = io.StringIO(newline="")
    write_csv(_found(month), text)
    return _file(("\ufeff" + text.getvalue()).encode(), month, "csv", "text/csv; charset=utf-8")


@role_required(roles.OPERATIONS)
@stepup.export(_EXPORT, refuse=_refuse_missing)
def as_xlsx(request: StaffRequest, month: dt.date) -> HttpResponse:
    book = io.BytesIO()
    write_xlsx(_found(month), book)
    return _file(book.getvalue(), month, "xlsx", XLSX)


def _found(month: dt.date) -> Iterable[MonthStatement]:
    _refuse_future(month)
    try:
        return statements_of(month)
    except NoPlan as error:
        raise Http404 from error


def _file(content: bytes, month: dt.date, ending: str, kind: str) -> HttpResponse:
    name = f"statements-{months.name_of(month)}.{ending}"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
