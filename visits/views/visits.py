"""In a room (进包厢回访, D2 D3 T5): a visit logged, why a VIP was not visited, what the party has spent so far."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk import submissions
from visits import visiting
from visits.forms.visits import MissedForm, SpendForm, VisitForm
from visits.models import Party, PartySpend, RoomVisit
from visits.views.parties import find_party, guests_of, show_party
from visits.views.reservations import to_page
from visits.views.rooms import SEATS
from visits.visiting import CannotVisit

VISIT, SPEND = "visit", "party.spend"


@role_required(roles.MANAGER)
def visit(request: StaffRequest, pk: int) -> HttpResponse:
    """The form of a visit, everybody of the party met unless told otherwise, and taking it in."""
    party = find_party(pk)
    if request.method == "POST":
        return _take(request, VisitForm(request.POST, party=party, guests=guests_of(request, party)))
    if not party.is_open:
        messages.error(request, _("This party has been closed."))
        return to_page(request, _page(party))
    return _show(request, VisitForm(party=party, guests=guests_of(request, party)))


def _take(request: StaffRequest, form: VisitForm) -> HttpResponse:
    if not form.is_valid():
        return _show(request, form, status=422)

    def work() -> dict[str, Any]:
        return {"visit": _record(request, form).pk}

    client_id = form.cleaned_data["client_id"]
    content = form.content(party=form.party.pk)
    try:
        receipt = submissions.receive(client_id=client_id, kind=VISIT, content=content, user=request.user, work=work)
    except CannotVisit as refused:
        form.refuse(refused)
        return _show(request, form, status=422)
    except submissions.ConflictingSubmission:
        return _conflict(request, form.party)
    if not receipt.replayed:
        messages.success(request, _("Visit to %(place)s logged.") % {"place": form.party.room.place})
    return _back(request, form.party, str(client_id))


def _record(request: StaffRequest, form: VisitForm) -> RoomVisit:
    unsaved = form.visit()
    unsaved.manager = request.user
    met, promises = form.cleaned_data["met"], form.promises(unsaved.at)
    return visiting.record_visit(visit=unsaved, met=met, sales=form.sales(), promises=promises)


def _show(request: StaffRequest, form: VisitForm, status: int = 200) -> HttpResponse:
    return render(request, "visits/visit.html", {"form": form, "party": form.party}, status=status)


@role_required(*SEATS)
@require_POST
def missed(request: StaffRequest, pk: int) -> HttpResponse:
    """Why a VIP of the party was not visited; also once they have gone."""
    party = find_party(pk)
    form = MissedForm(request.POST, guests=guests_of(request, party))
    if not form.is_valid():
        return show_party(request, party, missing=form)
    said = form.cleaned_data
    try:
        visiting.say_missed(party=party, customer=said["customer"], reason=said["reason"], by=request.user)
    except CannotVisit as refused:
        form.refuse(refused)
        return show_party(request, party, missing=form)
    return to_page(request, _page(party))


@role_required(*SEATS)
@require_POST
def spend(request: StaffRequest, pk: int) -> HttpResponse:
    """All that the party has spent so far; the newest stands."""
    party, form = find_party(pk), SpendForm(request.POST)
    if not form.is_valid():
        return show_party(request, party, spending=form)
    client_id, content = form.cleaned_data["client_id"], form.content(party=pk)

    def work() -> dict[str, Any]:
        noted = PartySpend(
            party=party,
            amount=form.cleaned_data["amount"],
            at=timezone.now(),
            noted_by=request.user,
            client_id=client_id,
        )
        return {"spend": visiting.note_spend(spend=noted).pk}

    try:
        submissions.receive(client_id=client_id, kind=SPEND, content=content, user=request.user, work=work)
    except CannotVisit as refused:
        form.refuse(refused)
        return show_party(request, find_party(pk), spending=form, refused=refused)
    except submissions.ConflictingSubmission:
        return _conflict(request, party)
    return _back(request, party, str(client_id))


def _page(party: Party) -> str:
    return reverse("visits:party", args=[party.pk])


def _back(request: StaffRequest, party: Party, client_id: str) -> HttpResponse:
    response = to_page(request, _page(party))
    response["Desk-Receipt"] = client_id
    return response


def _conflict(request: StaffRequest, party: Party) -> HttpResponse:
    return render(request, "visits/conflict.html", {"back": _page(party)}, status=409)
