"""A manager's own month (S6 S7): how far it is, what more would bring, where it came from."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from targets import commission, my_month, plans
from targets.statements import MonthStatement, NoPlan, statement_of


@role_required(roles.MANAGER, roles.OPERATIONS)
@require_GET
def page(request: StaffRequest) -> HttpResponse:
    """The month that is running; to operations, who sell nothing, the team's."""
    month, tonight = my_month.running()
    if not request.user.is_manager:
        return redirect("targets:statement", month)
    bars = my_month.last_months(request.user, month)
    context = {"month": month, "night": tonight, "bars": bars, "since": plans.earliest_month()}
    try:
        it = statement_of(month, request.user)
    except NoPlan:
        return render(request, "targets/no_plan.html", context)
    return render(request, "targets/my_month.html", context | _figures(it) | _sources(it))


def _figures(it: MonthStatement) -> dict[str, object]:
    month, tonight = my_month.running()
    target, totals = it.earned.target, it.earned.totals
    return {
        "it": it,
        "floor": my_month.goal_of(it.plan.floor, totals.rooms, month, tonight),
        "target": my_month.goal_of(target, totals.rooms, month, tonight),
        "ahead": my_month.ahead_of(plans.terms_of(it.plan), target, totals),
        "step": my_month.STEP,
    }


def _sources(it: MonthStatement) -> dict[str, object]:
    return {"by_night": my_month.by_night(it), "by_room": my_month.by_room(it)}


@role_required(roles.MANAGER)
@require_GET
def card(request: StaffRequest) -> HttpResponse:
    """On Tonight: the month's bar, by few questions."""
    month, tonight = my_month.running()
    found = my_month.so_far(request.user, month)
    if found is None:
        return cards.live(request, "targets/_month_card.html", {"goal": None, "night": tonight})
    _plan, target, totals = found
    goal = my_month.goal_of(target, totals.rooms, month, tonight)
    completion = commission.completion_of(totals.rooms, target)
    context = {"goal": goal, "completion": completion, "month": month, "night": tonight}
    return cards.live(request, "targets/_month_card.html", context)
