"""The card with the one big button of the evening's two ends (T1)."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor import clock, rota
from staff.floor.views import cards
from staff.models import Attendance
from vipdesk import nights


@role_required(roles.MANAGER)
def card(request: StaffRequest) -> HttpResponse:
    """On duty since when, or not yet."""
    return _show(request)


@role_required(roles.MANAGER)
@require_POST
def clock_in(request: StaffRequest) -> HttpResponse:
    clock.clock_in(user=request.user)
    return _changed(request)


@role_required(roles.MANAGER)
@require_POST
def clock_out(request: StaffRequest) -> HttpResponse:
    clock.clock_out(user=request.user)
    return _changed(request)


def _changed(request: StaffRequest) -> HttpResponse:
    """The evening's card, beside this one on Tonight, listens and ticks itself off."""
    answer = cards.changed(request, _show, "staff:clock")
    answer["HX-Trigger"] = "desk:floor"
    return answer


def _show(request: StaffRequest) -> HttpResponse:
    night, now = nights.tonight(), timezone.now()
    attendance = Attendance.objects.filter(user=request.user, night=night).first()
    context = {
        "night": night,
        "now": now,
        "attendance": attendance,
        "minutes_late": clock.minutes_late(attendance) if attendance else 0,
        "is_off": attendance is None and rota.is_off(request.user, night),
        "is_early": now < nights.shift_end(night),
    }
    return cards.show(request, "clock", context)
