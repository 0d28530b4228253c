"""Watching what the rooms spend (T5): the screen for managers and operations, and a promotion offered from it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from vipdesk import nights, submissions
from visits import visiting
from visits.forms.visits import OfferForm
from visits.spending import watch
from visits.views.parties import find_party
from visits.views.reservations import to_page
from visits.views.rooms import SEATS
from visits.visiting import CannotVisit

OFFER = "party.offer"


@role_required(*SEATS)
@require_GET
def spending(request: StaffRequest) -> HttpResponse:
    """Open parties by how far they are from their minimum; it refreshes itself, empty while nothing changed."""
    night = nights.tonight()
    context = {"night": night, "watch": watch(night)}
    return cards.live(request, "visits/_spending.html", context, page="visits/spending.html")


@role_required(*SEATS)
def offer(request: StaffRequest, pk: int) -> HttpResponse:
    """A promotion offered to an open party, and what came of it."""
    party = find_party(pk)
    if request.method == "POST":
        return _take(request, OfferForm(request.POST, party=party))
    if not party.is_open:
        messages.error(request, _("This party has been closed."))
        return to_page(request, reverse("visits:spending"))
    return _show(request, OfferForm(party=party))


def _take(request: StaffRequest, form: OfferForm) -> HttpResponse:
    if not form.is_valid():
        return _show(request, form, status=422)
    client_id, content = form.cleaned_data["client_id"], form.content(party=form.party.pk)

    def work() -> dict[str, Any]:
        return {"offer": visiting.offer_promotion(offer=form.offer(request.user)).pk}

    try:
        receipt = submissions.receive(client_id=client_id, kind=OFFER, content=content, user=request.user, work=work)
    except CannotVisit as refused:
        form.refuse(refused)
        return _show(request, form, status=422)
    except submissions.ConflictingSubmission:
        return render(request, "visits/conflict.html", {"back": reverse("visits:spending")}, status=409)
    if not receipt.replayed:
        messages.success(request, _("Kept: offered to %(place)s.") % {"place": form.party.room.place})
    response = to_page(request, reverse("visits:spending"))
    response["Desk-Receipt"] = str(client_id)
    return response


def _show(request: StaffRequest, form: OfferForm, status: int = 200) -> HttpResponse:
    return render(request, "visits/offer.html", {"form": form, "party": form.party}, status=status)
