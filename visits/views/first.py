"""Cards of Tonight (S3 T5): whom to visit first, and what was promised. They refresh themselves, empty while nothing
changed."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from vipdesk import nights
from visits import house, visiting
from visits.models import Promise


@role_required(roles.MANAGER)
@require_GET
def first(request: StaffRequest) -> HttpResponse:
    """VIPs in the house whom nobody has been to, the most important first, and how the counts stand."""
    night = nights.tonight()
    here = house.in_the_house(night)
    waiting = house.with_last_here([guest for guest in here.vips_to_visit if guest.party.is_open], night)
    others = house.others_visited(request.user, night)
    context = {
        "night": night,
        "waiting": waiting,
        "visited": here.vips_visited,
        "vips": len(here.vips),
        "others": others,
        "others_goal": house.OTHERS_GOAL,
    }
    return cards.live(request, "visits/_first.html", context)


@role_required(roles.MANAGER)
@require_GET
def promises(request: StaffRequest) -> HttpResponse:
    """What this manager promised, due tonight or overdue."""
    return _promises(request)


@role_required(roles.MANAGER)
@require_POST
def keep(request: StaffRequest, pk: int) -> HttpResponse:
    visiting.keep_promise(promise=get_object_or_404(Promise, pk=pk, made_by=request.user), by=request.user)
    return _promises(request) if request.htmx else redirect("visits:promises")


def _promises(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    night = nights.tonight(now)
    open_ones = Promise.objects.filter(made_by=request.user, kept_at=None, due_at__lt=nights.night_bounds(night)[1])
    found = list(open_ones.select_related("party__room"))
    return cards.live(request, "visits/_promises.html", {"night": night, "now": now, "promises": found})
