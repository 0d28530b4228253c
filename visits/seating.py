"""Parties: seated, moved, joined by guests, closed (T4); who gets what they spend.

Every function is one transaction, takes keywords only and raises `CannotBook` with a sentence for the person who asked.
"""

import datetime as dt
from contextlib import suppress

import pghistory
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from customers import care
from customers.families import who_goes_on
from customers.models import Customer
from staff.models import User
from vipdesk import nights
from visits import notices
from visits.booking import CannotBook, hold, taking
from visits.choices import ReservationState
from visits.models import Party, PartyGuest, PartySpend, Reservation, ReservationNotice, Room, RoomHold

REAL_PARTY = dt.timedelta(minutes=20)  # a shorter one that spent nothing may have been seated for a look alone


@transaction.atomic
def open_party(*, party: Party, by: User, now: dt.datetime | None = None) -> Party:
    """Seat a party (unsaved: room, people, host, perhaps its reservation) from now on, on the night that runs.

    The booker gets what it spends; a walk-in is nobody's until operations name somebody. The host is seen tonight, and
    whoever serves them sees their whole record. Raises `CannotBook`: the room is taken, reserved or out of service,
    the reservation is not waiting any more. Guests who come late, after their room was given free, sit down on their
    reservation as long as its night lasts.
    """
    party.seated_at = now or timezone.now()
    party.night, party.seated_by = nights.night_of(party.seated_at), by
    room = _room(party.room)
    if party.reservation:
        _take_up(party.reservation, party, by)
    with taking(room, (party.seated_at, _end_of_night(party))):
        party.save(force_insert=True)
        hold(room=room, during=(party.seated_at, _end_of_night(party)), party=party)
    if room.to_clean_since:
        Room.objects.filter(pk=room.pk).update(to_clean_since=None)
    if party.customer:
        _welcome(party, party.customer, party.seated_at)
    notices.tell_of_others_guest(party=party, by=by)
    return party


def _take_up(reservation: Reservation, party: Party, by: User) -> None:
    on_file = Reservation.objects.select_for_update().get(pk=reservation.pk)
    is_late = on_file.is_no_show and on_file.night == party.night
    if not (on_file.is_waiting or is_late):
        raise CannotBook("reservation", _("This reservation is %(state)s.") % {"state": on_file.get_state_display()})
    party.attributed_to_id = on_file.booked_by_id
    party.customer = party.customer or on_file.customer or _holder_of(on_file.guest_phone)
    party.host_name = party.host_name or on_file.guest_name
    party.host_phone = "" if party.customer_id else on_file.guest_phone
    RoomHold.objects.filter(reservation=on_file).delete()
    on_file.state, on_file.updated_at = ReservationState.SEATED, timezone.now()
    with pghistory.context(user=by.pk, reason=""):
        on_file.save(update_fields=["state", "updated_at"])
    notices.tell_booker(reservation=on_file, what=ReservationNotice.What.SEATED, by=by)


def _holder_of(number: str) -> Customer | None:
    """Who was captured under the reservation's number since it was booked."""
    return Customer.objects.living().with_number(number).first()


@transaction.atomic
def move_party(*, party: Party, room: Room, by: User, now: dt.datetime | None = None) -> Party:
    """Give an open party another room from now on, as long as its night lasts. Raises `CannotBook`."""
    now = now or timezone.now()
    on_file = _open(party)
    if now >= _end_of_night(on_file):
        raise CannotBook("room", _("The night of this party is over: close it, and seat them anew."))
    if on_file.room_id == room.pk:
        raise CannotBook("room", _("They sit in %(place)s already.") % {"place": room.place})
    left, taken = on_file.room, _room(room)
    _leave(on_file, now)
    on_file.room = taken
    with taking(taken, (now, _end_of_night(on_file))):
        _save(on_file, by, "", "room")
        hold(room=taken, during=(now, _end_of_night(on_file)), party=on_file)
    Room.objects.filter(pk=left.pk).update(to_clean_since=now)
    Room.objects.filter(pk=taken.pk).update(to_clean_since=None)
    return on_file


@transaction.atomic
def close_party(*, party: Party, by: User | None, now: dt.datetime | None = None) -> Party:
    """They have paid and gone; the room is to be cleaned. `by` None: the desk itself, at the night's end."""
    now = now or timezone.now()
    on_file = _open(party)
    on_file.closed_at, on_file.closed_by = max(now, on_file.seated_at), by
    _leave(on_file, on_file.closed_at)
    _save(on_file, by, "", "closed_at", "closed_by")
    Room.objects.filter(pk=on_file.room_id).update(to_clean_since=on_file.closed_at)
    _end_care(on_file)
    return on_file


@transaction.atomic
def join_party(*, party: Party, customer: Customer, by: User) -> None:
    """A further guest on file is with them; the host, or somebody who is there already, changes nothing."""
    on_file = _open(party)
    guest = customer.goes_on_as
    if on_file.customer and on_file.customer.pk == guest.pk:
        return
    along = PartyGuest.objects.filter(Q(customer=guest) | Q(customer__merged_into=guest), party=on_file)
    if on_file.customer_id is None:
        on_file.customer, on_file.host_phone = guest, ""
        _save(on_file, by, "", "customer", "host_phone")
    elif not along.exists():
        PartyGuest.objects.get_or_create(party=on_file, customer=guest, defaults={"added_by": by})
    _welcome(on_file, guest, timezone.now())


def take_in_captured(*, party: int, customer: Customer, by: User) -> str:
    """A guest was captured from the page of this party: they are its host, or with it where it has one; in the
    capture's transaction (settings.CAPTURED_FROM_PARTY). One that is closed by now stays as it is. Returns the address
    of the party's page, none where there is no such party."""
    on_file = Party.objects.filter(pk=party).first()
    if on_file is None:
        return ""
    with suppress(CannotBook):
        join_party(party=on_file, customer=customer, by=by)
    return reverse("visits:party", args=[party])


@transaction.atomic
def attribute_party(*, party: Party, to: User | None, by: User, reason: str) -> Party:
    """Say who gets what a party spends: operations alone, with a reason, which stays in history. What the apps above
    hold of the party (settings.PARTY_ATTRIBUTED) follows in the same transaction."""
    on_file: Party = Party.objects.select_for_update(of=("self",)).get(pk=party.pk)
    on_file.attributed_to = to
    _save(on_file, by, reason, "attributed_to")
    for follow in settings.PARTY_ATTRIBUTED:
        import_string(follow)(party=on_file, by=by, reason=reason)
    if to and on_file.customer and on_file.is_open:
        care.open_by_operations(customer=on_file.customer, user=to, night=on_file.night, now=timezone.now())
    return on_file


def mark_cleaned(*, room: Room) -> None:
    """The room may be given again."""
    Room.objects.filter(pk=room.pk).update(to_clean_since=None)


def close_left_open(night: dt.date) -> dict[str, int]:
    """Close what was still open when its night was over: nobody sits from one evening to the next."""
    left = list(Party.objects.open().filter(night__lte=night).values_list("pk", flat=True))
    for pk in left:
        party = Party.objects.get(pk=pk)
        close_party(party=party, by=None, now=_end_of_night(party))
    return {"parties": len(left)}


# --- steps ---------------------------------------------------------------------------------------------------------


def _room(room: Room) -> Room:
    on_file: Room = Room.objects.select_for_update().get(pk=room.pk)
    if not on_file.is_in_service:
        raise CannotBook("room", _("%(place)s is out of service.") % {"place": on_file.title})
    return on_file


def _open(party: Party) -> Party:
    on_file: Party = Party.objects.select_for_update(of=("self",)).select_related("room").get(pk=party.pk)
    if not on_file.is_open:
        raise CannotBook("party", _("This party has been closed."))
    return on_file


def _leave(party: Party, at: dt.datetime) -> None:
    """End the hold on the room they sit in; one that would have no length never was."""
    held = RoomHold.objects.filter(party=party, room=party.room).order_by("during").last()
    if held is None:
        return
    if held.during.lower >= at:
        held.delete()
        return
    held.during = (held.during.lower, min(at, held.during.upper))
    held.save(update_fields=["during"])


def _end_of_night(party: Party) -> dt.datetime:
    return nights.night_bounds(party.night)[1]


def _welcome(party: Party, customer: Customer, now: dt.datetime) -> None:
    """They are seen tonight, and whoever serves them reads their whole record."""
    Customer.objects.filter(pk=customer.pk).exclude(last_seen_night__gte=party.night).update(
        last_seen_night=party.night
    )
    care.open_by_party(customer=customer, users=_serving(party), night=party.night, now=now)


def _serving(party: Party) -> set[int]:
    return {key for key in (party.seated_by_id, party.attributed_to_id) if key}


def _end_care(party: Party) -> None:
    """What the party opened is closed with it, unless it was a real one: it lasted, or spent by another's word than of
    those to whom it opened anything. Who sits in another open party of theirs stays open with that."""
    serving, there = _serving(party), {party.customer_id, *party.guests.values_list("customer", flat=True)}
    guests = _with_others({key for key in there if key})
    if not guests:
        return
    lasted = (party.closed_at or timezone.now()) - party.seated_at >= REAL_PARTY
    spent = party.spends.filter(amount__gt=0).exclude(origin=PartySpend.Origin.HAND, noted_by__in=serving)
    if lasted or spent.exists():
        care.keep_by_party(customers=guests, users=serving, night=party.night)
        return
    now = party.closed_at or timezone.now()
    for user in serving:
        others = Party.objects.open().on_night(party.night).exclude(pk=party.pk)
        others = others.filter(Q(seated_by=user) | Q(attributed_to=user))
        hosts = others.values_list("customer", flat=True)
        along = PartyGuest.objects.filter(party__in=others).values_list("customer", flat=True)
        left = guests - _with_others({key for key in (*hosts, *along) if key})
        care.end_by_party(customers=left, users=[user], night=party.night, now=now)


def _with_others(guests: set[int]) -> set[int]:
    """With the other records of these guests: what a merge handed on is closed with them."""
    stands_for = set(who_goes_on(guests).values()) if guests else set()
    merged = Customer.objects.filter(merged_into__in=stands_for).values_list("pk", flat=True)
    return {*stands_for, *merged} if stands_for else set()


def _save(party: Party, by: User | None, reason: str, *fields: str) -> None:
    party.updated_at = timezone.now()
    with pghistory.context(**({"user": by.pk} if by else {}), reason=reason):
        party.save(update_fields=[*fields, "updated_at"])
