"""Card of Tonight: what others did with this manager's reservations and guests, and who entered themselves where they
serve, until they have seen it."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from vipdesk import nights
from visits import notices


@role_required(roles.MANAGER)
@require_GET
def card(request: StaffRequest) -> HttpResponse:
    return _card(request)


@role_required(roles.MANAGER)
@require_POST
def see(request: StaffRequest) -> HttpResponse:
    """What the card showed has been read; what came since stays."""
    keys = {"grants": "grant", "notices": "notice", "entered": "entered"}
    notices.see(user=request.user, **{kind: _keys(request, name) for kind, name in keys.items()})
    return _card(request) if request.htmx else redirect("visits:notices")


def _keys(request: StaffRequest, name: str) -> list[int]:
    return [int(key) for key in request.POST.getlist(name) if key.isascii() and key.isdecimal() and len(key) < 19]


def _card(request: StaffRequest) -> HttpResponse:
    news = notices.unseen(request.user)
    context = {"night": nights.tonight(), "told": notices.in_words(news), "news": news}
    return cards.live(request, "visits/_notices.html", context)
