"""Calling (T9 T2): a manager's list and what came of each call; for operations how far everybody is."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from outreach import rules
from outreach.calling import CannotCall, record_call
from outreach.choices import CallOutcome
from outreach.forms.calls import CallForm
from outreach.glance import glance
from outreach.models import CallList, CallListEntry
from outreach.my_list import my_list
from outreach.progress import progress_by_manager
from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from vipdesk import nights, submissions
from visits.views.reservations import to_page

KIND = "call"
SHOWN_LISTS = 8


@role_required(roles.MANAGER, roles.OPERATIONS)
@require_GET
def calls(request: StaffRequest) -> HttpResponse:
    """Tonight's list; operations see everybody's progress, of an earlier night by `?night=`."""
    if request.user.is_manager:
        return render(request, "outreach/calls.html", _mine(request))
    night = _night(request.GET.get("night", "")) or nights.tonight()
    lists = CallList.objects.filter(night__lte=nights.tonight()).order_by("-night").values_list("night", flat=True)
    context = {
        "night": night,
        "tonight": nights.tonight(),
        "nights": sorted({nights.tonight(), night, *lists.distinct()[:SHOWN_LISTS]}, reverse=True),
        "rows": list(progress_by_manager(night).values()),
        "lists": list(CallList.objects.filter(night=night)),
    }
    return render(request, "outreach/calls_progress.html", context)


def _night(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _mine(request: StaffRequest) -> dict[str, Any]:
    night = nights.tonight()
    mine = my_list(request.user, night)
    waiting = mine.open
    return {
        "night": night,
        "mine": mine,
        "next": next(iter(waiting), None),
        "rest": waiting[1:],
        "outcomes": list(CallOutcome),
        "form": CallForm(),
        "is_call_night": rules.current().is_call_night(night),
        "is_built": CallList.objects.filter(night=night).exists(),
    }


@role_required(roles.MANAGER)
@require_POST
def call(request: StaffRequest, pk: int) -> HttpResponse:
    """What came of calling this guest of one's own list, in one tap; the list follows, the next guest first."""
    entry = get_object_or_404(
        CallListEntry.objects.select_related("call_list", "customer"), pk=pk, manager=request.user
    )
    form = CallForm(request.POST)
    if not form.is_valid():
        return _refused(request, str(next(iter(form.errors.values()))[0]))
    said = form.cleaned_data

    def work() -> dict[str, Any]:
        made = record_call(
            entry=entry,
            outcome=CallOutcome(said["outcome"]),
            by=request.user,
            client_id=said["client_id"],
            note=said["note"],
        )
        return {"call": made.pk}

    client_id, content = said["client_id"], form.content(entry=pk)
    try:
        submissions.receive(client_id=client_id, kind=KIND, content=content, user=request.user, work=work)
    except CannotCall as refused:
        return _refused(request, str(refused))
    except submissions.ConflictingSubmission:
        return render(request, "visits/conflict.html", {"back": reverse("outreach:calls")}, status=409)
    return _called(request, str(client_id))


def _called(request: StaffRequest, client_id: str) -> HttpResponse:
    if request.htmx:
        response = render(request, "outreach/_calls.html", _mine(request))
    else:
        response = to_page(request, reverse("outreach:calls"))
    response["Desk-Receipt"] = client_id
    return response


def _refused(request: StaffRequest, why: str) -> HttpResponse:
    if request.htmx:
        return cards.refused(why)
    messages.error(request, why)
    return to_page(request, reverse("outreach:calls"))


@role_required(roles.MANAGER)
@require_GET
def card(request: StaffRequest) -> HttpResponse:
    """On Tonight: how far one's own calls are, and whom to call next."""
    night = nights.tonight()
    context = {"night": night, "mine": glance(request.user, night)}
    return cards.live(request, "outreach/_my_calls.html", context)
