"""The room board (T4): every room by floor, what it is and who is in it; it refreshes itself."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from staff.offline.pages import offline_page
from visits.board import board
from visits.choices import RoomKind
from visits.models import Room
from visits.seating import mark_cleaned

SEATS = (roles.MANAGER, roles.OPERATIONS)


@role_required(*roles.ALL)
@offline_page
@require_GET
def room_board(request: StaffRequest) -> HttpResponse:
    """The board; a refresh that knows its `version` already gets an empty answer."""
    return _show(request, request.GET.get("kind", ""))


@role_required(*SEATS)
@require_POST
def cleaned(request: StaffRequest, pk: int) -> HttpResponse:
    """The room may be given again; said twice, it changes nothing."""
    mark_cleaned(room=get_object_or_404(Room, pk=pk))
    return _show(request, request.POST.get("kind", "")) if request.htmx else redirect("visits:rooms")


def _show(request: StaffRequest, kind: str) -> HttpResponse:
    kind = kind if kind in RoomKind.values else ""
    house = board(now=timezone.now(), kind=kind)
    context = {
        "board": house,
        "kind": kind,
        "kinds": [("", ""), *RoomKind.choices],
        "may_seat": request.user.has_role(*SEATS),
    }
    return cards.live(request, "visits/_board.html", context, page="visits/rooms.html")
