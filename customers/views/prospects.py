"""Prospects on the tablet (T12 G14): whom a manager tries to win, logged in a few taps; where guests come from, for
operations."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from customers import lead_figures, lookups, prospects
from customers.choices import GivenUpFor, ProspectChannel, ProspectOutcome
from customers.forms.prospects import REASONS, AttemptForm, GiveUpForm, ProspectForm
from customers.models import Customer, Prospect
from customers.prospects import CannotLog, CannotTry, IsGuest
from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from vipdesk import nights, submissions

KIND, KIND_OF_TRY = "prospect", "prospect_try"
SHOWN = 100


@role_required(roles.MANAGER)
@require_GET
def mine(request: StaffRequest) -> HttpResponse:
    """One's own open prospects, the newest first."""
    return render(request, "customers/prospects.html", _mine(request))


def _mine(request: StaffRequest) -> dict[str, Any]:
    found = list(prospects.open_prospects_of(request.user)[:SHOWN])
    for one in found:
        one.next_id = uuid.uuid4()  # type: ignore[attr-defined]  # of the form beneath it
    won = Prospect.objects.filter(found_by=request.user, state="guest").select_related("customer")
    return {
        "prospects": found,
        "won": won.order_by("-settled_at")[:5],
        "channels": ProspectChannel.choices,
        "outcomes": ProspectOutcome.choices,
        "reasons": REASONS,
    }


@role_required(roles.MANAGER)
def new(request: StaffRequest) -> HttpResponse:
    """The form, and taking it in; a number that is a guest's opens them instead."""
    if request.method != "POST":
        return _show_form(request, ProspectForm())
    form = ProspectForm(request.POST)
    if not form.is_valid():
        return _show_form(request, form, status=422)
    try:
        if form.instance.phone:
            lookups.count_lookup(
                request.user, where="prospect", numbers=[form.instance.phone]
            )  # whose it is, is told where it is a guest's
        submissions.receive(
            client_id=form.cleaned_data["client_id"],
            kind=KIND,
            content=form.content(),
            user=request.user,
            work=lambda: _log(request, form),
        )
    except CannotLog as why:
        form.add_error("phone", str(why))
        known = why.customer if isinstance(why, IsGuest) else None
        return _show_form(request, form, known=known, status=422)
    except lookups.TooManyLookups as too_many:
        form.add_error("phone", str(too_many))
        return _show_form(request, form, status=422)
    except submissions.ConflictingSubmission:
        return cards.refused(_("This form was sent before with other content. Open it anew."))
    messages.success(request, _("Logged. Once they are a guest with this number, they count as yours."))
    return _to_list(request, str(form.cleaned_data["client_id"]))


def _log(request: StaffRequest, form: ProspectForm) -> Mapping[str, Any]:
    made = prospects.log_prospect(prospect=form.instance, by=request.user, at=timezone.now())
    return {"prospect": made.pk, "night": made.night}


def _show_form(
    request: StaffRequest, form: ProspectForm, *, known: Customer | None = None, status: int = 200
) -> HttpResponse:
    template = "customers/_prospect_form.html" if request.htmx else "customers/prospect_new.html"
    return render(request, template, {"form": form, "known": known}, status=status)


def _to_list(request: StaffRequest, client_id: str) -> HttpResponse:
    answer = redirect("customers:prospects")
    response = HttpResponse(headers={"HX-Redirect": answer.url}) if request.htmx else answer
    response["Desk-Receipt"] = client_id
    return response


@role_required(roles.MANAGER)
@require_POST
def attempt(request: StaffRequest, pk: int) -> HttpResponse:
    """A try of one's own prospect: how, and in the last tap what came of it."""
    prospect = _own(request, pk)
    form = AttemptForm(request.POST)
    if not form.is_valid():
        return _refused(request, str(next(iter(form.errors.values()))[0]))
    form.instance.prospect, form.instance.by = prospect, request.user
    client_id = form.cleaned_data["client_id"]
    try:
        submissions.receive(
            client_id=client_id,
            kind=KIND_OF_TRY,
            content=form.content(prospect=pk),
            user=request.user,
            work=lambda: {"attempt": prospects.record_attempt(attempt=form.instance).pk},
        )
    except CannotTry as why:
        return _refused(request, str(why))
    except submissions.ConflictingSubmission:
        return _refused(request, _("This form was sent before with other content. Open it anew."))
    return _changed(request, str(client_id))


@role_required(roles.MANAGER)
@require_POST
def give_up(request: StaffRequest, pk: int) -> HttpResponse:
    """It came to nothing, and why. Said again, it changes nothing."""
    prospect, form = _own(request, pk), GiveUpForm(request.POST)
    if not form.is_valid():
        return _refused(request, str(next(iter(form.errors.values()))[0]))
    try:
        prospects.give_up(prospect=prospect, reason=GivenUpFor(form.cleaned_data["reason"]))
    except CannotTry as why:
        return _refused(request, str(why))
    return _changed(request)


def _own(request: StaffRequest, pk: int) -> Prospect:
    found: Prospect = get_object_or_404(Prospect, pk=pk, owner=request.user)
    return found


def _changed(request: StaffRequest, client_id: str = "") -> HttpResponse:
    response = (
        render(request, "customers/_prospects.html", _mine(request))
        if request.htmx
        else redirect("customers:prospects")
    )
    if client_id:
        response["Desk-Receipt"] = client_id
    return response


def _refused(request: StaffRequest, why: str) -> HttpResponse:
    if request.htmx:
        return cards.refused(why)
    messages.error(request, why)
    return redirect("customers:prospects")


# --- operations ------------------------------------------------------------------------------------------------------


@role_required(roles.OPERATIONS)
@require_GET
def sources(request: StaffRequest) -> HttpResponse:
    """Where people were met and how many of them became guests, by month (G9)."""
    tonight = nights.tonight()
    context = {
        "months": lead_figures.by_month(tonight),
        "total": lead_figures.by_source(lead_figures.first_night(tonight), tonight),
        "first": lead_figures.first_night(tonight),
        "last": tonight,
        "small": lead_figures.SMALL,
    }
    return render(request, "customers/lead_sources.html", context)
