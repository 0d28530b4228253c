"""Fruit plates on screen: what is left on Tonight, giving one on a party's page, what they cost by month."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from staff.models import User
from targets import gifts, months
from targets.forms.gifts import GiveForm
from targets.gifts import CannotGift, Plates
from targets.models import Gift, GiftAllowance
from vipdesk import nights, submissions
from visits.models import Party

KIND = "gift.give"


# --- Tonight ---------------------------------------------------------------------------------------------------------


@role_required(roles.MANAGER)
@require_GET
def tonight(request: StaffRequest) -> HttpResponse:
    """How many plates are left this month, and who got one tonight."""
    night = nights.tonight()
    plates = gifts.plates_of(request.user, months.month_of(night))
    mine = gifts.kept().filter(allowance__manager=request.user, night=night)
    given = list(mine.select_related("party__room")) if plates.given else []
    context = {"night": night, "plates": plates, "given": given}
    return cards.live(request, "targets/_gifts_tonight.html", context)


# --- a party ---------------------------------------------------------------------------------------------------------


@role_required(roles.MANAGER, roles.OPERATIONS)
@require_GET
def party_card(request: StaffRequest, pk: int) -> HttpResponse:
    """Plates of a party, and the button for one more."""
    return _card(request, get_object_or_404(Party, pk=pk))


@role_required(roles.MANAGER)
@require_POST
def give(request: StaffRequest, pk: int) -> HttpResponse:
    """One plate of the manager's own allowance."""
    party, form = get_object_or_404(Party, pk=pk), GiveForm(request.POST)
    if not form.is_valid():
        return _card(request, party, refused=_("Press the button once more."))
    client_id = form.cleaned_data["client_id"]

    def work() -> dict[str, Any]:
        return {"gift": gifts.give_plate(party=party, by=request.user, client_id=client_id).pk}

    try:
        submissions.receive(
            client_id=client_id, kind=KIND, content=form.content(party=pk), user=request.user, work=work
        )
    except CannotGift as refused:
        return _refused(request, party, refused)
    except submissions.ConflictingSubmission as conflict:
        return _refused(request, party, conflict)
    response = _after(request, party)
    response["Desk-Receipt"] = str(client_id)
    return response


@role_required(roles.MANAGER)
@require_POST
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """The plate did not go out after all."""
    gift = get_object_or_404(Gift.objects.select_related("party", "allowance__manager"), pk=pk)
    try:
        gifts.take_back(gift=gift, by=request.user)
    except CannotGift as refused:
        return _refused(request, gift.party, refused)
    return _after(request, gift.party)


def _after(request: StaffRequest, party: Party) -> HttpResponse:
    return _card(request, party) if request.htmx else redirect("visits:party", pk=party.pk)


def _refused(request: StaffRequest, party: Party, why: Exception) -> HttpResponse:
    return _card(request, party, refused=str(why))


def _card(request: StaffRequest, party: Party, refused: str = "") -> HttpResponse:
    month = months.month_of(party.night)
    is_manager = request.user.is_manager
    plates = gifts.plates_of(request.user, month) if is_manager else Plates(0, 0)
    spent, needed = gifts.spend_of(party, giver=request.user), gifts.minimum_of(month)
    given = list(gifts.kept().filter(party=party).select_related("allowance__manager"))
    has_its_plates = len(given) >= settings.PLATES_PER_PARTY
    may_give = is_manager and party.is_open and plates.left and spent >= needed and not has_its_plates
    context = {
        "night": party.night,
        "party": party,
        "given": [(one, _may_take_back(one, request.user)) for one in given],
        "plates": plates,
        "spent": spent,
        "missing": max(needed - spent, Decimal(0)),
        "needed": needed,
        "is_manager": is_manager,
        "form": GiveForm() if may_give else None,
        "has_its_plates": has_its_plates,
        "refused": refused,
        "fragment": "targets/_gifts_party.html",
    }
    template = "targets/_gifts_party.html" if request.htmx else "staff/floor/card.html"
    return render(request, template, context, status=422 if refused else 200)


def _may_take_back(gift: Gift, user: User) -> bool:
    is_fresh = timezone.now() - gift.at <= gifts.TAKEN_BACK_WITHIN
    return is_fresh and gift.allowance.manager_id == user.pk


# --- operations ------------------------------------------------------------------------------------------------------


@role_required(roles.OPERATIONS)
@require_GET
def costs(request: StaffRequest) -> HttpResponse:
    """Who may give and gave how many plates in a month, and what they cost; this month where none is named."""
    month = _month(request.GET.get("month", ""))
    had = GiftAllowance.objects.filter(month=month).values("manager")
    people = User.objects.with_roles().managers() | User.objects.with_roles().filter(pk__in=had)
    rows = gifts.spent_in(month, people.distinct().order_by("username"))
    context = {
        "month": month,
        "rows": rows,
        "given": sum(row.plates.given for row in rows),
        "cost": sum((row.cost for row in rows), start=gifts.NOTHING),
        "each": gifts.cost_in(month),
        "before": months.name_of(months.preceding(month)),
        "after": months.name_of(months.following(month)) if month < months.current() else "",
    }
    return render(request, "targets/gifts.html", context)


def _month(text: str) -> dt.date:
    try:
        return min(months.parse_month(text), months.current())
    except ValueError:
        return months.current()
