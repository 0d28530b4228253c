"""Reservations (预定, T2, T4): a night's list, asking after tonight's, taking one in, changing and cancelling it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from customers import lookups, phones
from customers.models import AccessLog, Customer
from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk import nights, submissions
from vipdesk.templatetags.nights import clock
from visits import booking
from visits.booking import CannotBook
from visits.choices import FollowUp
from visits.forms.reservations import CancelForm, FollowUpForm, MoveForm, ReserveForm
from visits.guests import may_ring, reserved_for, shown_number
from visits.models import Reservation, Room
from visits.story import story_of
from visits.views.rooms import SEATS

KIND = "reservation"
NIGHTS_SHOWN, ROOMS_SHOWN = 8, 6


@dataclass(frozen=True)
class Line:
    """A reservation as one reader sees it."""

    reservation: Reservation
    number: str
    may_ring: bool


# --- a night ---------------------------------------------------------------------------------------------------------


@role_required(*roles.ALL)
@require_GET
def reservation_list(request: StaffRequest) -> HttpResponse:
    """A night's reservations, tonight's by default, those that wait first; above them whom to ask after."""
    tonight = nights.tonight()
    night = _night(request.GET.get("night", "")) or tonight
    lines = [_line(request, one) for one in sorted(_rows().on_night(night), key=lambda one: not one.is_waiting)]
    context = {
        "night": night,
        "tonight": tonight,
        "chips": _chips(tonight, night),
        "lines": lines,
        "to_ask": _to_ask(request, lines) if night == tonight else [],
        "outcomes": [one for one in FollowUp if one.value],
        "may_seat": request.user.has_role(*SEATS),
    }
    return render(request, "visits/reservations.html", context)


def _rows() -> Any:
    return Reservation.objects.select_related("room", "booked_by", "customer__tier", "customer__owner")


def _line(request: StaffRequest, one: Reservation) -> Line:
    return Line(one, shown_number(request.user, one), may_ring(request.user, one))


def _to_ask(request: StaffRequest, lines: Sequence[Line]) -> list[Line]:
    """What waits and nobody has asked after: for a manager those whose number they see, for the office all."""
    waiting = [line for line in lines if line.reservation.is_waiting and not line.reservation.follow_up]
    return [line for line in waiting if line.may_ring or request.user.is_office]


def _chips(tonight: dt.date, night: dt.date) -> list[tuple[dt.date, int]]:
    """Tonight and the nights that follow, with how many wait on each; and the night that is shown."""
    shown = {tonight + dt.timedelta(days=n) for n in range(NIGHTS_SHOWN)} | {night}
    waiting = Reservation.objects.waiting().filter(night__in=shown).values("night").order_by()
    counts = {row["night"]: row["n"] for row in waiting.annotate(n=Count("pk"))}
    return [(one, counts.get(one, 0)) for one in sorted(shown)]


def _night(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


# --- a new one -------------------------------------------------------------------------------------------------------


@role_required(*SEATS)
def reserve(request: StaffRequest) -> HttpResponse:
    """The form (`?room=` chooses one, `?night=` a night), and taking it in once."""
    if request.method == "POST" and "guest" in request.POST:
        return _for_guest(request, request.POST["guest"])
    if request.method == "POST":
        return _take(request, ReserveForm(request.POST, user=request.user))
    chosen: dict[str, Any] = {"night": _night(request.GET.get("night", ""))}
    room = Room.objects.filter(number=request.GET.get("room", "")).first()
    chosen |= {"place": f"room:{room.pk}", "people": room.capacity} if room else {}
    return _show_form(request, ReserveForm(user=request.user, initial={k: v for k, v in chosen.items() if v}))


def _for_guest(request: StaffRequest, key: str) -> HttpResponse:
    """The form with a guest's number and name in it, from a screen that shows both; a POST, so that no number stands in
    an address. Takes nothing in."""
    theirs = Customer.objects.visible_to(request.user).filter(is_open=True).living().exclude(phone=None)
    guest = get_object_or_404(theirs, pk=key if key.isdecimal() and len(key) < 19 else 0)
    form = ReserveForm(user=request.user, initial={"phone": guest.shown_phone, "name": guest.name})
    form.known = guest
    return _show_form(request, form)


def _take(request: StaffRequest, form: ReserveForm) -> HttpResponse:
    if not form.is_valid():
        return _replay(request, form) or _show_form(request, form, status=422)

    def work() -> dict[str, Any]:
        return {"reservation": booking.book(reservation=form.reservation()).pk}

    try:
        receipt = submissions.receive(
            client_id=form.cleaned_data["client_id"], kind=KIND, content=form.content(), user=request.user, work=work
        )
    except CannotBook as refused:
        form.refuse(refused)
        return _show_form(request, form, status=422)
    except submissions.ConflictingSubmission:
        return render(request, "visits/conflict.html", {"back": reverse("visits:reserve")}, status=409)
    return _taken(request, form, receipt)


def _replay(request: StaffRequest, form: ReserveForm) -> HttpResponse | None:
    """A form that was taken in before gets its first answer, even where its time has passed since."""
    client_id = form.cleaned_data.get("client_id")
    if client_id is None:
        return None
    receipt = submissions.first_answer(client_id=client_id, kind=KIND, content=form.content(), user=request.user)
    return _taken(request, form, receipt) if receipt else None


def _taken(request: StaffRequest, form: ReserveForm, receipt: submissions.Receipt) -> HttpResponse:
    taken = get_object_or_404(Reservation.objects.select_related("customer"), pk=receipt.content["reservation"])
    if not receipt.replayed:
        messages.success(request, _("Reserved."))
        _warn_of_others(request, taken)
    response = to_page(request, f"{reverse('visits:reservations')}?night={taken.night.isoformat()}")
    response["Desk-Receipt"] = str(form.cleaned_data["client_id"])
    return response


def _warn_of_others(request: StaffRequest, taken: Reservation) -> None:
    """Say which reservations this one's guest has for the same night already, and with whom."""
    guest = taken.customer.goes_on_as if taken.customer else None
    others = reserved_for(number=taken.guest_phone, guest=guest, night=taken.night, leaving_out=taken.pk)
    words = _("This guest already has a reservation for this night: %(clock)s, %(place)s, booked by %(booker)s.")
    for one in others:
        place = one.room or one.get_kind_display()
        messages.warning(request, words % {"clock": clock(one.starts_at), "place": place, "booker": one.booked_by})


def to_page(request: StaffRequest, url: str) -> HttpResponse:
    """On to another page, whether htmx asked or the browser."""
    if request.htmx:
        return HttpResponseClientRedirect(url)
    response = redirect(url)
    response.status_code = 303
    return response


def _show_form(request: StaffRequest, form: ReserveForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "known": form.known, "reserved": _reserved(form)}
    return render(request, "visits/reserve.html", context, status=status)


def _reserved(form: ReserveForm) -> list[Reservation]:
    """What the guest on the form has for its night already."""
    night = (
        form.cleaned_data.get("night") if form.is_bound else form.get_initial_for_field(form.fields["night"], "night")
    )
    if form.known is None or night is None:
        return []
    return reserved_for(number=form.known.phone or "", guest=form.known, night=night)


@role_required(*SEATS)
@require_POST
def lookup(request: StaffRequest) -> HttpResponse:
    """Who has the number being typed, and what they have reserved for the night on the form (tonight where it has
    none). A POST, so that no number stands in an address or a log; changes nothing."""
    try:
        number = phones.normalise(request.POST.get("phone", ""))
    except phones.BadPhone:
        return HttpResponse()
    try:
        known = lookups.holder_of(request.user, number, where="lookup")
    except lookups.TooManyLookups as too_many:
        return render(request, "customers/_too_many.html", {"why": too_many})
    night = _night(request.POST.get("night", "")) or nights.tonight()
    reserved = reserved_for(number=number, guest=known, night=night)
    return render(request, "visits/_lookup.html", {"known": known, "number": number, "reserved": reserved})


# --- one -------------------------------------------------------------------------------------------------------------


@role_required(*roles.ALL)
@require_GET
def page(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, _one(pk))


@role_required(*SEATS)
@require_POST
def move(request: StaffRequest, pk: int) -> HttpResponse:
    """Another room, kind or time."""
    reservation = _one(pk)
    form = MoveForm(request.POST, reservation=reservation)
    if not form.is_valid():
        return _page(request, reservation, moving=form)
    try:
        booking.move_reservation(reservation=reservation, by=request.user, **form.change())
    except CannotBook as refused:
        form.refuse(refused)
        return _page(request, _one(pk), moving=form)
    messages.success(request, _("Changed."))
    _warn_of_others(request, _one(pk))
    return to_page(request, reverse("visits:reservation", args=[pk]))


@role_required(*SEATS)
@require_POST
def cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Call it off, with a reason; its room is free."""
    reservation, form = _one(pk), CancelForm(request.POST)
    if not form.is_valid():
        return _page(request, reservation, cancelling=form)
    try:
        booking.cancel_reservation(reservation=reservation, by=request.user, reason=form.cleaned_data["reason"])
    except CannotBook as refused:
        form.add_error(None, str(refused))
        return _page(request, _one(pk), cancelling=form)
    return to_page(request, reverse("visits:reservation", args=[pk]))


@role_required(*SEATS)
@require_POST
def follow_up(request: StaffRequest, pk: int) -> HttpResponse:
    """What came of asking after it, by one tap; tonight's list follows."""
    reservation, form = _one(pk), FollowUpForm(request.POST)
    if not form.is_valid():
        return _refused(request, _("Choose what came of it."))
    try:
        booking.follow_up(reservation=reservation, outcome=FollowUp(form.cleaned_data["outcome"]), by=request.user)
    except CannotBook as refused:
        return _refused(request, str(refused))
    url = reverse("visits:reservations")
    if form.cleaned_data["outcome"] == FollowUp.MOVED:
        url = reverse("visits:reservation", args=[pk])  # to what it was moved to
    return to_page(request, url)


def _refused(request: StaffRequest, why: str) -> HttpResponse:
    """A sentence over the list, which shows how things stand by now."""
    if request.htmx:
        return HttpResponse(why, content_type="text/plain; charset=utf-8", status=409)
    messages.error(request, why)
    return to_page(request, reverse("visits:reservations"))


@role_required(*roles.ALL)
@require_POST
def reveal(request: StaffRequest, pk: int) -> HttpResponse:
    """Show the full number once to the office, after writing down who looked; a manager's others answer 404."""
    reservation = _one(pk)
    if not request.user.is_office and not may_ring(request.user, reservation):
        raise Http404
    AccessLog.objects.create(
        user=request.user,
        customer=reservation.customer,
        night=nights.tonight(),
        kind=AccessLog.Kind.REVEAL,
        detail=f"reservation {reservation.pk}",
    )
    return _page(request, reservation, is_revealed=True)


def _one(pk: int) -> Reservation:
    one: Reservation = get_object_or_404(_rows().select_related("party"), pk=pk)
    return one


def _rooms_to_seat(reservation: Reservation) -> list[Room]:
    """Where they can sit down tonight: the room they reserved, or free ones of the kind, clean ones first; of those who
    did not come in time their own room is free, or gone like any other."""
    if reservation.night != nights.tonight() or not (reservation.is_waiting or reservation.is_no_show):
        return []
    if reservation.room and reservation.is_waiting:
        return [reservation.room]
    until = nights.night_bounds(reservation.night)[1]
    free = Room.objects.free_during(timezone.now(), until).filter(kind=reservation.kind)
    return list(free.order_by(F("to_clean_since").asc(nulls_first=True), "number")[:ROOMS_SHOWN])


def _page(
    request: StaffRequest,
    reservation: Reservation,
    *,
    moving: MoveForm | None = None,
    cancelling: CancelForm | None = None,
    is_revealed: bool = False,
) -> HttpResponse:
    """The reservation with its forms; one that was refused comes back as it was typed."""
    may_change = request.user.has_role(*SEATS) and reservation.is_waiting
    line = _line(request, reservation)
    if is_revealed:
        line = Line(reservation, phones.display(reservation.guest_phone), may_ring=True)
    context = {
        "line": line,
        "one": reservation,
        "moving": moving or (MoveForm(reservation=reservation) if may_change else None),
        "cancelling": cancelling or (CancelForm() if may_change else None),
        "may_reveal": request.user.is_office and not is_revealed,
        "is_no_show": reservation.is_no_show,
        "party": getattr(reservation, "party", None),
        "rooms": _rooms_to_seat(reservation) if request.user.has_role(*SEATS) else [],
        "seats_in_own_room": reservation.room is not None and reservation.is_waiting,
        "story": story_of(reservation),
    }
    return render(request, "visits/reservation.html", context, status=422 if moving or cancelling else 200)
