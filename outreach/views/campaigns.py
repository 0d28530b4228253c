"""What guests said while a campaign ran, for operations (S4)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from outreach import campaign_feedback
from outreach.models import Campaign
from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk import nights


@role_required(roles.OPERATIONS)
def feedback(request: StaffRequest, pk: int) -> HttpResponse:
    """The figures of its nights beside those before; a POST says that they were read."""
    campaign = get_object_or_404(Campaign.objects.select_related("feedback_read_by"), pk=pk)
    if request.method == "POST":
        try:
            campaign_feedback.mark_read(campaign=campaign, by=request.user)
        except campaign_feedback.CannotRead as why:
            messages.error(request, str(why))
        else:
            messages.success(request, _("Read."))
        return redirect("outreach:campaign_feedback", pk=pk)
    context = {
        "campaign": campaign,
        "due_on": campaign_feedback.due_on(campaign),
        "is_over": bool(campaign.ends_on and campaign.ends_on < nights.tonight()),
        "said": campaign_feedback.feedback_of(campaign),
    }
    return render(request, "outreach/campaign_feedback.html", context)
