"""A survey on the tablet (D4 S2), in a room or on a call, and the answers somebody has taken in."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from customers.models import Customer
from feedback import surveys
from feedback.asking import NIGHTS_BACK, form_of
from feedback.forms.surveys import SurveyForm
from feedback.models import Survey
from feedback.offline import KIND
from feedback.surveys import SurveyRefused
from staff import roles
from staff.access import StaffRequest, role_required
from staff.offline.pages import offline_page, to_mend
from vipdesk import held, nights, submissions
from vipdesk.held import HeldSubmission
from visits.models import Party
from visits.views.reservations import to_page

NIGHTS_LISTED = 14
MOST_LISTED = 100


@role_required(roles.MANAGER)
@offline_page
def new(request: StaffRequest) -> HttpResponse:
    """The form; `?party=` chooses the room, `?customer=` is a guest on the telephone, `?held=` mends a form that came
    from a tablet and could not be taken in."""
    waiting = held.asked_for(request, KIND)
    if request.method == "POST":
        return _take(request, _form(request, request.POST, data=request.POST), waiting)
    if waiting:
        typed, night = waiting.typed(), nights.night_of(waiting.happened_at)
        return _show(request, _form(request, typed, data=typed, night=night), waiting=waiting)
    initial = {name: request.GET.get(name) for name in ("party", "customer")}
    return _show(request, _form(request, request.GET, initial=initial))


def _form(request: StaffRequest, asked: Mapping[str, str], **kwargs: Any) -> SurveyForm:
    try:
        return form_of(request.user, asked, **kwargs)
    except Customer.DoesNotExist:
        raise Http404 from None


def _take(request: StaffRequest, form: SurveyForm, waiting: HeldSubmission | None) -> HttpResponse:
    if not form.is_valid():
        return _replay(request, form) or _show(request, form, waiting=waiting, status=422)

    def work() -> dict[str, Any]:
        survey = surveys.record_survey(survey=form.asked_by(request.user, held.moment_of(waiting)))
        return {"survey": survey.pk, "party": survey.party_id, "complaint": survey.needs_somebody}

    client_id, kept_once = form.cleaned_data["client_id"], held.mending(waiting, work)
    try:
        receipt = submissions.receive(
            client_id=client_id, kind=KIND, content=form.content(), user=request.user, work=kept_once
        )
    except SurveyRefused as refused:
        form.refuse(refused)
        return _show(request, form, waiting=waiting, status=422)
    except submissions.ConflictingSubmission:
        return render(request, "visits/conflict.html", {"back": reverse("feedback:surveys")}, status=409)
    return _taken(request, receipt, str(client_id))


def _replay(request: StaffRequest, form: SurveyForm) -> HttpResponse | None:
    """A form that was taken in before gets its first answer, even where its party is long gone."""
    client_id = form.cleaned_data.get("client_id")
    if client_id is None:
        return None
    receipt = submissions.first_answer(client_id=client_id, kind=KIND, content=form.content(), user=request.user)
    return _taken(request, receipt, str(client_id)) if receipt else None


def _taken(request: StaffRequest, receipt: submissions.Receipt, client_id: str) -> HttpResponse:
    if "held" in receipt.content:
        return to_mend(request, client_id)
    said, party = receipt.content, receipt.content["party"]
    if not receipt.replayed:
        messages.success(request, _("Survey taken in."))
        if said["complaint"]:
            messages.warning(request, _("A complaint was opened: somebody has to answer the guest."))
    response = to_page(request, reverse("visits:party", args=[party]) if party else reverse("feedback:surveys"))
    response["Desk-Receipt"] = client_id
    return response


def _show(
    request: StaffRequest, form: SurveyForm, *, waiting: HeldSubmission | None = None, status: int = 200
) -> HttpResponse:
    return render(request, "feedback/survey.html", {"form": form, "held": waiting}, status=status)


@role_required(roles.MANAGER, roles.OPERATIONS)
@require_GET
def survey_list(request: StaffRequest) -> HttpResponse:
    """The newest answers that this person may read, of the last nights."""
    tonight = nights.tonight()
    found = Survey.objects.visible_to(request.user).in_nights(tonight - dt.timedelta(days=NIGHTS_LISTED), tonight)
    shown = list(found.with_names().order_by("-night", "-submitted_at")[:MOST_LISTED])
    mine = sum(one.night == tonight for one in shown)
    context = {"surveys": shown, "tonight": mine, "may_ask": request.user.is_manager, "nights": NIGHTS_LISTED}
    return render(request, "feedback/surveys.html", context)


# --- cards ---------------------------------------------------------------------------------------------------------


@role_required(*roles.ALL)
@require_GET
def party_surveys(request: StaffRequest, pk: int) -> HttpResponse:
    """The card on a party's page: what was answered, and asking."""
    party = get_object_or_404(Party.objects.select_related("room"), pk=pk)
    recent = party.night >= nights.tonight() - dt.timedelta(days=NIGHTS_BACK)
    context = {
        "party": party,
        "surveys": Survey.objects.visible_to(request.user).filter(party=party).with_names(),
        "count": Survey.objects.filter(party=party).count(),
        "may_ask": request.user.is_manager and recent,
    }
    return render(request, "feedback/_party_surveys.html", context)


@role_required(*roles.ALL)
@require_GET
def guest_surveys(request: StaffRequest, pk: int) -> HttpResponse:
    """The card on a guest's page: what they answered lately, for who may see the whole of them; and asking by
    telephone."""
    guest = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    theirs = Survey.objects.of_guest(guest) if guest.is_open else Survey.objects.none()
    may_ring = request.user.is_manager and guest.is_open and guest.call_consent and guest.is_living
    context = {"guest": guest, "surveys": theirs.with_names()[:5], "may_ask": may_ring}
    return render(request, "feedback/_guest_surveys.html", context)
