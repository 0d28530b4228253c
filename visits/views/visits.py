"""In a room (进包厢回访, D2 D3 T5): a visit logged, why a VIP was not visited, what the party has spent so far."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from staff import roles
from staff.access import StaffRequest, role_required
from staff.offline.pages import offline_page, to_mend
from vipdesk import held, submissions
from vipdesk.held import HeldSubmission
from visits import any_room, visiting
from visits.forms.visits import MissedForm, SpendForm, VisitForm
from visits.models import Party, PartySpend
from visits.views.parties import find_party, guests_of, show_party
from visits.views.reservations import to_page
from visits.views.rooms import SEATS
from visits.visiting import CannotVisit

SPEND = "party.spend"


@role_required(roles.MANAGER)
def visit(request: StaffRequest, pk: int) -> HttpResponse:
    """The form of a visit, nobody of the party ticked as met, and taking it in."""
    party = find_party(pk)
    if request.method == "POST":
        return _take(request, VisitForm(request.POST, party=party, guests=guests_of(request, party)))
    if not party.is_open:
        messages.error(request, _("This party has been closed."))
        return to_page(request, _page(party))
    return _show(request, VisitForm(party=party, guests=guests_of(request, party)))


@role_required(roles.MANAGER)
@offline_page
def visit_any(request: StaffRequest) -> HttpResponse:
    """The same with the room chosen on it: what a tablet has with it when the network is gone. `?held=` mends a form
    that came from there and could not be taken in."""
    waiting = held.asked_for(request, any_room.KIND)
    if request.method == "POST":
        return _take(request, any_room.form_of(request.POST, request.user), waiting)
    if waiting:
        return _show(request, any_room.form_of(waiting.typed(), request.user), waiting=waiting)
    return _show(request, VisitForm(party=None, guests=[]))


def _take(request: StaffRequest, form: VisitForm, waiting: HeldSubmission | None = None) -> HttpResponse:
    if not form.is_valid():
        return _show(request, form, waiting=waiting, status=422)

    def work() -> dict[str, Any]:
        return {"visit": any_room.record(form, by=request.user, at=held.moment_of(waiting)).pk}

    client_id, party = form.cleaned_data["client_id"], cast(Party, form.party)
    content = form.content(party=party.pk)
    kept_once = held.mending(waiting, work)
    try:
        receipt = submissions.receive(
            client_id=client_id, kind=any_room.KIND, content=content, user=request.user, work=kept_once
        )
    except CannotVisit as refused:
        form.refuse(refused)
        return _show(request, form, waiting=waiting, status=422)
    except submissions.ConflictingSubmission:
        return _conflict(request, party)
    if "held" in receipt.content:
        return to_mend(request, str(client_id))
    if not receipt.replayed:
        messages.success(request, _("Visit to %(place)s logged.") % {"place": party.room.place})
    return _back(request, party, str(client_id))


def _show(
    request: StaffRequest, form: VisitForm, *, waiting: HeldSubmission | None = None, status: int = 200
) -> HttpResponse:
    """With the room given, or with all that somebody sits in to choose from."""
    is_any = request.resolver_match is not None and request.resolver_match.url_name == "visit_any"
    at = waiting.happened_at if waiting else None
    rooms = any_room.occupied(request.user, at) if is_any and form.party is None else []
    context = {"form": form, "party": form.party, "rooms": rooms, "is_any": is_any, "held": waiting}
    return render(request, "visits/visit.html", context, status=status)


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
            why=form.cleaned_data["why"],
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
