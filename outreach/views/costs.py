"""What text messages cost, by month, for operations (G10)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from outreach.sms_costs import costs_by_month
from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk import nights


@role_required(roles.OPERATIONS)
@require_GET
def page(request: StaffRequest) -> HttpResponse:
    """The last twelve months; one that sent nothing is left out."""
    return render(request, "outreach/sms_costs.html", {"months": costs_by_month(nights.tonight())})
