"""Cards of Tonight: this manager's parties as they sit, and whom they still expect (T2 T4 T5)."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from vipdesk import nights
from visits.models import Party, Reservation


@role_required(roles.MANAGER)
@require_GET
def parties(request: StaffRequest) -> HttpResponse:
    """Open parties whose spending is this manager's, or whom they seated and nobody has yet; the longest first."""
    night = nights.tonight()
    mine = Party.objects.open().on_night(night).served_by(request.user).with_spend()
    found = list(mine.select_related("room", "customer__tier").order_by("seated_at", "pk"))
    return cards.live(request, "visits/_my_parties.html", {"night": night, "parties": found})


@role_required(roles.MANAGER)
@require_GET
def reservations(request: StaffRequest) -> HttpResponse:
    """Tonight's that this manager booked and who have not come yet, the next first."""
    now = timezone.now()
    night = nights.tonight(now)
    mine = Reservation.objects.on_night(night).waiting().filter(booked_by=request.user)
    found = list(mine.select_related("room", "customer__tier").order_by("starts_at", "pk"))
    return cards.live(request, "visits/_my_reservations.html", {"night": night, "now": now, "reservations": found})
