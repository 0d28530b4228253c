"""The roster of a week (G18): operations plan by tapping a cell, managers read, their own row first."""

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor import rota
from staff.floor.forms import LeaveForm
from staff.floor.views import cards
from staff.models import Leave, User
from vipdesk import nights


@role_required(roles.MANAGER, roles.OPERATIONS)
def page(request: StaffRequest, week: str | None = None) -> HttpResponse:
    """A week of everybody's plans; this one where none is named."""
    return _show(request, week or nights.week_of(nights.tonight()), LeaveForm())


def _show(request: StaffRequest, name: str, form: LeaveForm, status: int = 200) -> HttpResponse:
    """Operations see everybody's leave, a manager their own: of what kind it is, is nobody else's to know."""
    may_plan, shown = request.user.has_role(roles.OPERATIONS), rota.week(name, reader=request.user)
    leave = rota.leave_from(min(shown.first, nights.tonight()))
    context = {
        "week": shown,
        "may_plan": may_plan,
        "this_week": nights.week_of(nights.tonight()),
        "tonight": nights.tonight(),
        "leave": leave if may_plan else leave.filter(user=request.user),
        "form": form if may_plan else None,
    }
    return render(request, "staff/floor/rota.html", context, status=status)


@role_required(roles.OPERATIONS)
@require_POST
def plan_leave(request: StaffRequest) -> HttpResponse:
    """Leave for somebody, from one night to another."""
    form = LeaveForm(request.POST)
    this_week = nights.week_of(nights.tonight())
    if not form.is_valid():
        return _show(request, this_week, form, status=422)
    try:
        leave = rota.plan_leave(leave=form.leave(request.user))
    except rota.CannotPlan as why:
        form.add_error("first_night", str(why))
        return _show(request, this_week, form, status=422)
    messages.success(request, _("Leave planned for %(name)s.") % {"name": leave.user})
    return _to_week(request, nights.week_of(leave.first_night))


@role_required(roles.OPERATIONS)
@require_POST
def call_off_leave(request: StaffRequest, pk: int) -> HttpResponse:
    """They are back; from tonight on nothing is left of it."""
    leave = get_object_or_404(Leave, pk=pk)
    rota.call_off_leave(leave=leave)
    return _to_week(request, nights.week_of(max(leave.first_night, nights.tonight())))


def _to_week(request: StaffRequest, week: str) -> HttpResponse:
    answer = redirect("staff:rota_week", week)
    return HttpResponse(headers={"HX-Redirect": answer.url}) if request.htmx else answer


@role_required(roles.OPERATIONS)
@require_POST
def plan(request: StaffRequest) -> HttpResponse:
    """One cell, "12:2026-11-20:off": whose, which night, and the plan it gets."""
    user, night, wanted = _cell(request.POST.get("cell", ""))
    try:
        cell = rota.plan_shift(user=user, night=night, plan=wanted, by=request.user)
    except rota.CannotPlan as why:
        return cards.refused(why)
    if not request.htmx:
        return redirect("staff:rota_week", nights.week_of(night))
    head = rota.head(night)
    return render(request, "staff/floor/_rota_cell.html", {"cell": cell, "head": head, "may_plan": True})


@role_required(roles.OPERATIONS)
@require_POST
def copy(request: StaffRequest, week: str) -> HttpResponse:
    """Plan this week as the one before it."""
    try:
        made = rota.copy_week(week=week, by=request.user)
    except rota.CannotPlan as why:
        return cards.refused(why)
    if made:
        words = ngettext("%(count)d shift was planned.", "%(count)d shifts were planned.", made)
        messages.success(request, words % {"count": made})
    else:
        messages.warning(request, _("Nothing to copy: the week before has no plan that is missing here."))
    return redirect("staff:rota_week", week)


def _cell(text: str) -> tuple[User, dt.date, str]:
    """404 for what no cell of ours says."""
    key, _colon, rest = text.partition(":")
    night, _colon, wanted = rest.partition(":")
    if not (key.isascii() and key.isdecimal() and len(key) < 19) or wanted not in {"", *rota.Plan.values}:
        raise Http404
    try:
        day = dt.date.fromisoformat(night)
    except ValueError:
        raise Http404 from None
    return get_object_or_404(User.objects.with_roles(), pk=key), day, wanted
