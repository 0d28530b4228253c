"""The end of the night (T8): what is missing, the signature, and all managers' nights on one page for operations."""

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor import registry, signing
from staff.floor.forms import NoteForm
from staff.floor.views import cards
from staff.models import NightSignature
from vipdesk import nights
from vipdesk.templatetags.nights import night as in_words

FIRST_NIGHT = dt.date(2020, 1, 1)  # nothing here is older, and the calendar's own ends are far


@role_required(roles.MANAGER)
def page(request: StaffRequest) -> HttpResponse:
    """Tonight's end, or last night's where it was not signed and tonight's is still far."""
    return _show(request, NoteForm())


@role_required(roles.MANAGER)
@require_GET
def card(request: StaffRequest) -> HttpResponse:
    """What Tonight turns into at 01:00: what is missing, and one button to sign; until then it only waits."""
    now = timezone.now()
    night = nights.tonight(now)
    is_time = now >= nights.moment_in(night, signing.WRAP_UP_FROM)
    signature = NightSignature.objects.filter(user=request.user, night=night).first() if is_time else None
    missing = registry.missing(request.user, night) if is_time and not signature else []
    said = {"night": night, "is_time": is_time, "signature": signature, "missing": missing}
    return cards.live(request, "staff/floor/_wrap_up_card.html", said)


@role_required(roles.MANAGER)
@require_POST
def sign(request: StaffRequest) -> HttpResponse:
    """Sign tonight, or last night late; another night is not on offer. Signing again changes nothing."""
    offered = {night.isoformat(): night for night in signing.signable(request.user)}
    night = offered.get(request.POST.get("night", ""))
    if night is None:
        return _signed_before(request)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    said = signing.summary(request.user, night)
    signing.sign_night(user=request.user, night=night, summary=said, note=form.cleaned_data["note"])
    messages.success(request, _("Signed: the night of %(night)s.") % {"night": in_words(night)})
    return _back(request)


def _signed_before(request: StaffRequest) -> HttpResponse:
    """A form that comes a second time is harmless; a night that cannot be signed is not here."""
    night = request.POST.get("night", "")
    mine = NightSignature.objects.filter(user=request.user).order_by("-night").values_list("night", flat=True)[:2]
    if night not in {one.isoformat() for one in mine}:
        raise Http404
    return _back(request)


def _back(request: StaffRequest) -> HttpResponse:
    answer = redirect("staff:wrap_up")
    return HttpResponse(headers={"HX-Redirect": answer.url}) if request.htmx else answer


def _show(request: StaffRequest, form: NoteForm, status: int = 200) -> HttpResponse:
    offered, tonight = signing.signable(request.user), nights.tonight()
    night = offered[0] if offered else tonight
    signature = NightSignature.objects.filter(user=request.user, night=night).first()
    context = {
        "form": form,
        "night": night,
        "is_open": night in offered and signature is None,
        "is_late": night != tonight,
        "signature": signature,
        "was_missing": signing.gaps_of(signature) if signature else [],
        "from": nights.moment_in(tonight, signing.SIGN_FROM),
        "missing": [] if signature else registry.missing(request.user, night),
        "board": [] if signature else signing.own_board(request.user, night).items(),
    }
    template = "staff/floor/_wrap_up.html" if request.htmx and status == 422 else "staff/floor/wrap_up.html"
    return render(request, template, context, status=status)


# --- operations ------------------------------------------------------------------------------------------------------


@role_required(roles.OPERATIONS)
def house(request: StaffRequest, night: dt.date | None = None) -> HttpResponse:
    """All managers' nights on one page; tonight where none is named."""
    tonight = nights.tonight()
    night = night or tonight
    if not FIRST_NIGHT <= night <= tonight:
        raise Http404
    a_day = dt.timedelta(days=1)
    context = {
        "house": signing.house(night),
        "is_tonight": night == tonight,
        "before": night - a_day,
        "after": night + a_day,
        "week": nights.week_of(night),
        "now": timezone.now(),
    }
    return render(request, "staff/floor/night.html", context)
