"""Parties (开台 … 买单, T4): seating one, who is in it and what to know of them, moving, closing; a guest's card."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, OuterRef, Q, Subquery, When
from django.db.models.functions import JSONObject
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from customers import phones
from customers.models import Customer
from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk import nights, submissions
from visits import seating
from visits.booking import CannotBook
from visits.choices import ReservationState
from visits.forms.parties import AttributeForm, JoinForm, MovePartyForm, SeatForm
from visits.forms.visits import MissedForm, SpendForm
from visits.guests import known_guest
from visits.models import MissedVisit, Party, Reservation, Room, SelfEntryNotice
from visits.querysets import ReservationQuerySet, guest_keys, name_of
from visits.story import story_of
from visits.views.reservations import to_page
from visits.views.rooms import SEATS
from visits.visit_story import mark, people_of, spent, tell, visits_of
from visits.visiting import CannotVisit

KIND = "party.seat"
LAST_PARTIES = 5


# --- seating ---------------------------------------------------------------------------------------------------------


@role_required(*SEATS)
def seat(request: StaffRequest, pk: int) -> HttpResponse:
    """Who sits down in this room: a reservation of tonight's, or a walk-in."""
    room = get_object_or_404(Room, pk=pk)
    waiting = _waiting_for(room)
    if request.method == "POST":
        return _seat(request, SeatForm(request.POST, room=room, waiting=waiting, user=request.user))
    form = SeatForm(room=room, waiting=waiting, user=request.user, initial=_asked(request, waiting))
    return _show_form(request, form)


def _asked(request: StaffRequest, waiting: ReservationQuerySet) -> dict[str, Any]:
    """`?reservation=` chooses one."""
    found = next((one for one in waiting if str(one.pk) == request.GET.get("reservation")), None)
    return {"reservation": found.pk, "people": found.people} if found else {}


def _waiting_for(room: Room) -> ReservationQuerySet:
    """Tonight's reservations that may sit down here: those of this room, then those that name none, by time; after them
    all whose guests did not come in time, wherever they were to sit: their room is free, or another's by now."""
    tonight = Reservation.objects.on_night(nights.tonight()).seatable()
    here = Q(room=room) | Q(room=None) | Q(state=ReservationState.NO_SHOW)
    found: ReservationQuerySet = tonight.filter(here).select_related("booked_by", "room")
    is_late = Case(When(state=ReservationState.NO_SHOW, then=True), default=False)
    ordered: ReservationQuerySet = found.order_by(is_late, "room", "starts_at", "pk")
    return ordered


def _seat(request: StaffRequest, form: SeatForm) -> HttpResponse:
    if not form.is_valid():
        return _replay(request, form) or _show_form(request, form, status=422)

    def work() -> dict[str, Any]:
        return {"party": seating.open_party(party=form.party(), by=request.user).pk}

    content, client_id = form.content(room=form.room.pk), form.cleaned_data["client_id"]
    try:
        receipt = submissions.receive(client_id=client_id, kind=KIND, content=content, user=request.user, work=work)
    except CannotBook as refused:
        form.refuse(refused)
        return _show_form(request, form, status=422)
    except submissions.ConflictingSubmission:
        return render(request, "visits/conflict.html", {"back": reverse("visits:rooms")}, status=409)
    return _seated(request, receipt, client_id)


def _replay(request: StaffRequest, form: SeatForm) -> HttpResponse | None:
    """A form that was taken in before gets its first answer: its reservation does not wait any more."""
    client_id = form.cleaned_data.get("client_id")
    if client_id is None:
        return None
    content = form.content(room=form.room.pk)
    receipt = submissions.first_answer(client_id=client_id, kind=KIND, content=content, user=request.user)
    return _seated(request, receipt, client_id) if receipt else None


def _seated(request: StaffRequest, receipt: submissions.Receipt, client_id: UUID) -> HttpResponse:
    response = to_page(request, reverse("visits:party", args=[receipt.content["party"]]))
    response["Desk-Receipt"] = str(client_id)
    return response


def _show_form(request: StaffRequest, form: SeatForm, status: int = 200) -> HttpResponse:
    open_here = Party.objects.open().filter(room=form.room).first()
    context = {"form": form, "room": form.room, "known": form.known, "open_here": open_here}
    return render(request, "visits/seat.html", context, status=status)


# --- a party ---------------------------------------------------------------------------------------------------------


@role_required(*roles.ALL)
@require_GET
def page(request: StaffRequest, pk: int) -> HttpResponse:
    return show_party(request, find_party(pk))


@role_required(*SEATS)
@require_POST
def join(request: StaffRequest, pk: int) -> HttpResponse:
    """A further guest on file is with them; `host`: whoever has the number that the host gave; `entered`: who entered
    themselves in their room."""
    party = find_party(pk)
    if "entered" in request.POST:
        return _join_entered(request, party)
    asked = {"phone": party.host_phone} if "host" in request.POST else request.POST
    form = JoinForm(asked, user=request.user)
    if not form.is_valid() or form.known is None:
        return show_party(request, party, joining=form)
    try:
        seating.join_party(party=party, customer=form.known, by=request.user)
    except CannotBook as refused:
        form.refuse(refused)
        return show_party(request, find_party(pk), joining=form, refused=refused)
    return to_page(request, reverse("visits:party", args=[pk]))


def _join_entered(request: StaffRequest, party: Any) -> HttpResponse:
    keys = {str(one["pk"]): one["pk"] for one in party.entered}
    guest = get_object_or_404(Customer.objects.living(), pk=keys.get(request.POST["entered"], 0))
    try:
        seating.join_party(party=party, customer=guest, by=request.user)
    except CannotBook as refused:
        return show_party(request, find_party(party.pk), refused=refused)
    return to_page(request, reverse("visits:party", args=[party.pk]))


@role_required(*SEATS)
@require_POST
def move(request: StaffRequest, pk: int) -> HttpResponse:
    """Another room from now on; the one they leave is to be cleaned."""
    party = find_party(pk)
    form = MovePartyForm(request.POST, rooms=_rooms(party))
    if not form.is_valid():
        return show_party(request, party, moving=form)
    try:
        seating.move_party(party=party, room=form.cleaned_data["room"], by=request.user)
    except CannotBook as refused:
        form.refuse(refused)
        return show_party(request, find_party(pk), moving=form, refused=refused)
    return to_page(request, reverse("visits:party", args=[pk]))


@role_required(*SEATS)
@require_POST
def close(request: StaffRequest, pk: int) -> HttpResponse:
    """They have paid and gone."""
    party = find_party(pk)
    try:
        seating.close_party(party=party, by=request.user)
    except CannotBook as refused:
        return show_party(request, find_party(pk), refused=refused)
    messages.success(request, _("Closed. %(place)s is to be cleaned.") % {"place": party.room.title})
    return to_page(request, reverse("visits:rooms"))


@role_required(roles.OPERATIONS)
@require_POST
def attribute(request: StaffRequest, pk: int) -> HttpResponse:
    """Who gets what the party spends, with a reason that stays."""
    party = find_party(pk)
    form = AttributeForm(request.POST, party=party)
    if not form.is_valid():
        return show_party(request, party, attributing=form)
    said = form.cleaned_data
    seating.attribute_party(party=party, to=said["to"], by=request.user, reason=said["reason"])
    return to_page(request, reverse("visits:party", args=[pk]))


def find_party(pk: int) -> Party:
    rows = Party.objects.select_related("room", "attributed_to", "seated_by", "closed_by", "reservation__booked_by")
    entered = SelfEntryNotice.objects.filter(party=OuterRef("pk"), customer__merged_into=None, customer__erased_at=None)
    told = entered.order_by("pk").values(json=JSONObject(pk="customer", name="customer__name"))
    known = rows.with_spend().with_guests().annotate(entered=ArraySubquery(told))
    party: Party = get_object_or_404(known, pk=pk)
    return party


def _entered(party: Any) -> list[dict[str, Any]]:
    """Who entered themselves in their room (of `find_party`) and is not with them yet."""
    there = set(guest_keys(party))
    return [one for one in party.entered if one["pk"] not in there]


def _rooms(party: Party) -> list[Any]:
    """Every room of the house, and whether they could move there now."""
    night_is_over = nights.night_bounds(party.night)[1]
    now = timezone.now()
    return list(Room.objects.with_free(now, max(night_is_over, now + dt.timedelta(minutes=1))))


def show_party(  # noqa: PLR0913  one for each form on the page
    request: StaffRequest,
    party: Party,
    *,
    joining: JoinForm | None = None,
    moving: MovePartyForm | None = None,
    attributing: AttributeForm | None = None,
    missing: MissedForm | None = None,
    spending: SpendForm | None = None,
    refused: CannotBook | CannotVisit | None = None,
) -> HttpResponse:
    """The party with its forms; one that was refused comes back as it was typed."""
    may_change = request.user.has_role(*SEATS) and party.is_open
    may_attribute = request.user.has_role(roles.OPERATIONS)
    guests, visits, rooms = guests_of(request, party), visits_of(party), _rooms(party) if may_change else None
    mark(guests, visits)
    people = [request.user, party.seated_by, party.closed_by, party.attributed_to, *people_of(visits)]
    story = story_of(party, rooms={room.pk: room for room in rooms} if rooms else None, people=people)
    context = {
        "party": party,
        "guests": guests,
        "joining": joining or (JoinForm(user=request.user) if may_change else None),
        "moving": moving or (MovePartyForm(rooms=rooms) if rooms else None),
        "attributing": attributing or (AttributeForm(party=party) if may_attribute else None),
        "spending": spending or (SpendForm() if may_change else None),
        "spent": spent(party),
        "missing": missing,
        "may_change": may_change,
        "may_say": request.user.has_role(*SEATS),
        "may_visit": request.user.is_manager and party.is_open,
        "may_capture": request.user.is_manager,
        "entered": _entered(party) if may_change else [],
        **_host(request, party),
        "refused": refused if refused and not party.is_open else None,
        "cards": [reverse(name, args=[party.pk]) for name in settings.PARTY_CARDS] if party.is_open else [],
        "story": sorted([*story, *tell(visits, party)], key=lambda told: told.at, reverse=True),
    }
    is_refused = bool(joining or moving or attributing or missing or spending or refused)
    return render(request, "visits/party.html", context, status=422 if is_refused else 200)


def _host(request: StaffRequest, party: Party) -> dict[str, Any]:
    """A host who was not on file when they sat down, and whether somebody has their number by now. It is whole for
    whose party it is, masked for everybody else."""
    number, is_theirs = party.host_phone, request.user.pk in (party.seated_by_id, party.attributed_to_id)
    is_mine = is_theirs and not request.user.is_office
    may_change = request.user.has_role(*SEATS) and party.is_open
    return {
        "is_new_host": not party.customer_id and bool(party.host_name or number),
        "is_host_mine": is_mine,
        "host_number": (phones.display(number) if is_mine else party.masked_phone) if number else "",
        "host_known": known_guest(request.user, number) if number and may_change else None,
    }


def guests_of(request: StaffRequest, party: Any) -> list[Customer]:
    """Who is known of them (of `find_party`), the host first, with what this reader may see of each; on each `missed`,
    why there was no visit."""
    keys = guest_keys(party)
    shown = Customer.objects.visible_to(request.user).filter(pk__in=keys)
    theirs = Q(customer=OuterRef("pk")) | Q(customer__merged_into=OuterRef("pk"))
    why = MissedVisit.objects.filter(theirs, party=party).order_by("-said_at")[:1]
    missed = Subquery(why.values(json=JSONObject(reason="reason", said_by=name_of("said_by"))))
    found = {guest.pk: guest for guest in shown.select_related("tier", "owner").annotate(missed=missed)}
    return [found[key] for key in keys if key in found]


# --- a guest ---------------------------------------------------------------------------------------------------------


@role_required(*roles.ALL)
@require_GET
def guest_parties(request: StaffRequest, pk: int) -> HttpResponse:
    """The card on a guest's page: their last parties, and the rooms they sit in as a rule."""
    guest = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    theirs = Party.objects.of_guest(guest.pk)
    usual = theirs.values("room__number").order_by().annotate(n=Count("pk")).order_by("-n", "room__number")
    context = {
        "guest": guest,
        "parties": theirs.select_related("room", "attributed_to").order_by("-seated_at", "-pk")[:LAST_PARTIES],
        "usual": usual[:3],
    }
    return render(request, "visits/_party_card.html", context)
