"""The card of the evening by the clock (T1–T8)."""

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor import duties
from staff.floor.signing import SIGN_FROM
from staff.floor.views import cards
from vipdesk import nights


@role_required(roles.MANAGER)
def card(request: StaffRequest) -> HttpResponse:
    """The evening's duties as they stand; it refreshes itself each minute and is empty while nothing changed."""
    return _show(request)


@role_required(roles.MANAGER)
@require_POST
def tick(request: StaffRequest, code: str) -> HttpResponse:
    """Done, by hand; with `undo` not done after all."""
    duty = duties.BY_CODE.get(code)
    if duty is None:
        raise Http404
    try:
        if request.POST.get("undo"):
            duties.take_back(user=request.user, night=nights.tonight(), duty=duty)
        else:
            duties.tick(user=request.user, night=nights.tonight(), duty=duty)
    except duties.CannotTick as why:
        return cards.refused(why)
    return cards.changed(request, _show, "staff:evening")


def _show(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    night = nights.tonight(now)
    lines = duties.evening(request.user, night, now)
    context = {"night": night, "lines": lines, "is_wrap_up": now >= nights.moment_in(night, SIGN_FROM)}
    return cards.live(request, "staff/floor/_evening.html", context)
