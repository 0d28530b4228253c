"""Opt-outs from guests' pages, by room and night, for operations to keep or to undo."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from feedback import opt_outs
from feedback.forms.opt_outs import OptOutReviewForm
from feedback.models import OptOutReview
from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk import nights
from visits.models import Room


@role_required(roles.OPERATIONS)
@require_GET
def opt_out_list(request: StaffRequest) -> HttpResponse:
    return _show(request)


@role_required(roles.OPERATIONS)
@require_POST
def review(request: StaffRequest, night: dt.date, pk: int) -> HttpResponse:
    """Keep or undo what was sent from one room on one night."""
    room = get_object_or_404(Room, pk=pk)
    form = OptOutReviewForm(request.POST, room=room, night=night)
    if not form.is_valid():
        return _show(request, wrong={(night, room.pk): form}, status=422)
    given_back = opt_outs.review_opt_outs(room=room, night=night, by=request.user, **form.cleaned_data)
    if form.cleaned_data["decision"] == OptOutReview.Decision.UNDONE:
        words = ngettext("Undone: %(n)d consent holds again.", "Undone: %(n)d consents hold again.", given_back)
        messages.success(request, words % {"n": given_back})
    else:
        messages.success(request, _("Kept: these opt-outs stand."))
    return redirect(reverse("feedback:opt_outs"))


def _show(request: StaffRequest, wrong: dict[Any, OptOutReviewForm] | None = None, status: int = 200) -> HttpResponse:
    groups = [
        (group, (wrong or {}).get((group.night, group.room.pk))) for group in opt_outs.room_nights(nights.tonight())
    ]
    return render(request, "feedback/opt_outs.html", {"groups": groups}, status=status)
