"""Cards of Tonight: this manager's parties as they sit, and whom they still expect (T2 T4 T5)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from vipdesk import nights
from visits.models import Party, Reservation
from visits.views.first import show_card


@role_required(roles.MANAGER)
@require_GET
def parties(request: StaffRequest) -> HttpResponse:
    """Open parties whose spending is this manager's, or whom they seated and nobody has yet; the longest first."""
    night = nights.tonight()
    mine = Party.objects.open().on_night(night).served_by(request.user).with_spend()
    found = list(mine.select_related("room", "customer__tier").order_by("seated_at", "pk"))
    version = cards.version(night, [_face(party) for party in found])
    return _answer(request, "_my_parties", {"night": night, "parties": found, "version": version})


def _face(party: Any) -> tuple[object, ...]:
    """All that the card shows of a party."""
    said = (party.pk, party.room_id, party.seated_at, party.people, party.host_name, party.attributed_to_id)
    return (*said, str(party.customer), party.spent, party.room.minimum_spend)


@role_required(roles.MANAGER)
@require_GET
def reservations(request: StaffRequest) -> HttpResponse:
    """Tonight's that this manager booked and who have not come yet, the next first."""
    now = timezone.now()
    night = nights.tonight(now)
    mine = Reservation.objects.on_night(night).waiting().filter(booked_by=request.user)
    found = list(mine.select_related("room", "customer__tier").order_by("starts_at", "pk"))
    shown = [(one.pk, one.updated_at, one.guest_name, str(one.room), one.starts_at < now) for one in found]
    context = {"night": night, "now": now, "reservations": found, "version": cards.version(night, shown)}
    return _answer(request, "_my_reservations", context)


def _answer(request: StaffRequest, card: str, context: Mapping[str, object]) -> HttpResponse:
    fragment = f"visits/{card}.html"
    return cards.unchanged(request, str(context["version"])) or show_card(request, fragment, context)
