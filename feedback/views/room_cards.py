"""The cards on the tables (G4): a room's code as a QR picture on an A6 page each, for operations to print."""

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from feedback import guest_links
from feedback.models import RoomCode
from staff import roles
from staff.access import StaffRequest, role_required
from visits.models import Room


@role_required(roles.OPERATIONS)
@require_GET
def cards(request: StaffRequest) -> HttpResponse:
    """Every room's card; `?room=` one alone."""
    codes = RoomCode.objects.select_related("room").filter(room__is_in_service=True)
    chosen = request.GET.get("room", "")
    shown = codes.filter(room__number=chosen) if chosen else codes
    without = Room.objects.in_service().filter(code=None).count()
    found = [(code.room, _picture(code)) for code in shown.order_by("room__floor", "room__number")]
    return render(request, "feedback/cards.html", {"cards": found, "without": without, "chosen": chosen})


def _picture(code: RoomCode) -> SafeString:
    address = settings.SITE_URL + reverse("guest:page", args=[code.code])
    # Dark on light in every theme, with the quiet zone that readers need; a quarter of it may be covered by a glass.
    picture = segno.make(address, error="q", micro=False)
    said = picture.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    return mark_safe(said)  # noqa: S308  drawn by us, of an address of ours


@role_required(roles.OPERATIONS)
@require_POST
def make_codes(request: StaffRequest) -> HttpResponse:
    """Codes for the rooms that have none yet; what is printed already stays good."""
    for room in Room.objects.in_service().filter(code=None):
        guest_links.code_of(room)
    return redirect("feedback:cards")


@role_required(roles.OPERATIONS)
@require_POST
def renew_code(request: StaffRequest, pk: int) -> HttpResponse:
    """A new code for one room, whose card got about: the old card leads nowhere."""
    room = get_object_or_404(Room, pk=pk)
    guest_links.renew_code(room)
    messages.success(request, _("Room %(room)s has a new code: print its card again.") % {"room": room})
    return redirect(f"{reverse('feedback:cards')}?room={room.number}")
