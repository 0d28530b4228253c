"""Complaints in figures, for operations (G1 G2 G6): in time or not by manager, what comes back, what it cost."""

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from feedback import prevention
from feedback.complaint_numbers import timeliness
from feedback.prevention import Period
from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk import nights

MONTHS = 6
SPANS = {"28": 28, "91": 91}


@role_required(roles.OPERATIONS)
@require_GET
def figures(request: StaffRequest) -> HttpResponse:
    """Months for managers and costs; a shorter time, beside the one before it, for what comes back."""
    days = SPANS.get(request.GET.get("days", ""), 28)
    tonight = nights.tonight()
    period = Period(first=tonight - dt.timedelta(days=days - 1), last=tonight)
    months = prevention.last_months(MONTHS)
    context = {
        "days": days,
        "spans": SPANS.values(),
        "timeliness": timeliness(months.first, months.last),
        "categories": prevention.by_category(period),
        "rooms": prevention.by_room(period),
        "causes": prevention.by_cause(period),
        "again": prevention.happened_again(period),
        "costs": prevention.cost_by_month(months.first, months.last),
    }
    return render(request, "feedback/complaint_figures.html", context)
