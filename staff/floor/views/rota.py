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
from staff.floor.views import cards
from staff.models import User
from vipdesk import nights


@role_required(roles.MANAGER, roles.OPERATIONS)
def page(request: StaffRequest, week: str | None = None) -> HttpResponse:
    """A week of everybody's plans; this one where none is named."""
    may_plan = request.user.has_role(roles.OPERATIONS)
    name = week or nights.week_of(nights.tonight())
    context = {"week": rota.week(name, reader=request.user), "may_plan": may_plan}
    return render(request, "staff/floor/rota.html", context | {"this_week": nights.week_of(nights.tonight())})


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
