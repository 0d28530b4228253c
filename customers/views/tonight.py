"""Tonight (今晚), the manager's home: how many of ten, what came back, and handing the sheet in."""

import datetime as dt

from django.conf import settings
from django.db.models import Exists, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from customers import at_the_door
from customers.choices import Origin
from customers.evening import count_of
from customers.models import Customer, IntakeSheet
from customers.services import hand_in_sheet
from customers.sheets import GOAL
from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from staff.models import User
from staff.offline.pages import offline_page
from vipdesk import nights

CONTACTS_SHOWN = 5
SHOWN = 30  # newest of tonight; a sheet imported for a manager may bring thousands


@role_required(roles.MANAGER)
@offline_page
def tonight(request: StaffRequest) -> HttpResponse:
    """How the evening stands for this manager, and what is still owed from the last."""
    night = nights.tonight()
    last_night = night - dt.timedelta(days=1)
    mine = IntakeSheet.objects.filter(manager=request.user)
    sheet = mine.filter(night=night)
    captures = Customer.objects.filter(captured_by=request.user)
    owed = captures.on_sheet(last_night).exclude(origin=Origin.SELF)
    told = (
        User.objects.filter(pk=request.user.pk)
        .values(
            captured=count_of(Customer.objects.captured_by_manager(request.user, night)),
            owed=count_of(owed),
            handed_in_at=Subquery(sheet.values("handed_in_at")),
            rows=Subquery(sheet.values("rows")),
            has_last=Exists(mine.filter(night=last_night)),
        )
        .get()
    )
    context = {
        "night": night,
        "last_night": last_night,
        "goal": GOAL,
        "count": told["captured"],
        "captured": captures.living().on_night(night).order_by("-captured_at", "-pk")[:SHOWN],
        "to_contact": _to_contact(request, night),
        "sent_back": Customer.objects.sent_back_to(request.user),
        "sheet": told if told["handed_in_at"] else None,
        "cards": cards.bring(request, settings.TONIGHT_CARDS),
        "clock_cards": cards.bring(request, settings.TONIGHT_CLOCK),
        "owed": 0 if told["has_last"] else told["owed"],
    }
    return render(request, "customers/tonight.html", context)


def _to_contact(request: StaffRequest, night: dt.date) -> list[Customer]:
    """This manager's key guests who wait for a contact, each with where it stands on its line (G12)."""
    guests = Customer.objects.filter(owner=request.user).to_contact(night).select_related("tier")
    found = list(guests[:CONTACTS_SHOWN])
    for guest in found:
        guest.line = f"{at_the_door.contact_state(guest, night)} · {at_the_door.contact_rhythm(guest)}"
    return found


@role_required(roles.MANAGER)
@require_POST
def hand_in(request: StaffRequest) -> HttpResponse:
    """Hand in tonight's sheet, or last night's late one; another night is not on offer."""
    tonight_is = nights.tonight()
    offered = {n.isoformat(): n for n in (tonight_is, tonight_is - dt.timedelta(days=1))}
    night = offered.get(request.POST.get("night", ""))
    if night is None:
        raise Http404
    hand_in_sheet(manager=request.user, night=night)
    return redirect("customers:tonight")
