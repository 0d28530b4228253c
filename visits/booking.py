"""Reserving rooms and kinds of rooms (T2, T4): booking, moving, cancelling, and guests who do not come.

Every function is one transaction, takes keywords only and raises `CannotBook` with a sentence for the person who asked.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pghistory
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from staff.models import User
from vipdesk import locks, nights
from vipdesk.locks import Lock
from vipdesk.templatetags.nights import clock
from visits.capacity import most_at_once
from visits.choices import FollowUp, ReservationState
from visits.models import Reservation, ReservationNotice, Room, RoomHold
from visits.notices import tell_booker

LONGEST_AHEAD = dt.timedelta(days=180)


class CannotBook(Exception):
    """Why not, in words; `field` is the form's field it belongs to."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def usual_end(starts_at: dt.datetime) -> dt.datetime:
    """Until when a reservation holds where nobody says otherwise: RESERVATION_HOURS later."""
    return starts_at + dt.timedelta(hours=settings.RESERVATION_HOURS)


def is_too_late(starts_at: dt.datetime, now: dt.datetime) -> bool:
    """Whether a reservation was held past its time for as long as the house does that (RESERVATION_HELD_MINUTES)."""
    return now > starts_at + dt.timedelta(minutes=settings.RESERVATION_HELD_MINUTES)


@transaction.atomic
def book(*, reservation: Reservation, now: dt.datetime | None = None) -> Reservation:
    """Take in a reservation (unsaved, with its facts; `night` is set here) and hold its room, or count it against its
    kind. Raises `CannotBook`: in the past, too far ahead, the room taken or out of service, none of the kind left."""
    now = now or timezone.now()
    _check_time(reservation, now)
    _prepare(reservation)
    reservation.save(force_insert=True)
    _take_room(reservation)
    return reservation


@transaction.atomic
def move_reservation(
    *,
    reservation: Reservation,
    by: User,
    room: Room | None,
    kind: str,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    now: dt.datetime | None = None,
) -> Reservation:
    """Give a waiting reservation another room, kind or time. Raises `CannotBook`; then nothing has changed."""
    on_file = _waiting(reservation)
    _check_booker(on_file, by)
    on_file.room, on_file.kind, on_file.starts_at, on_file.ends_at = room, kind, starts_at, ends_at
    _check_time(on_file, now or timezone.now())
    RoomHold.objects.filter(reservation=on_file).delete()
    _prepare(on_file)
    _save(on_file, by, "")
    _take_room(on_file)
    tell_booker(reservation=on_file, what=ReservationNotice.What.MOVED, by=by)
    return on_file


@transaction.atomic
def cancel_reservation(*, reservation: Reservation, by: User, reason: str) -> Reservation:
    """Call a waiting reservation off and free its room. Raises `CannotBook` where it is not waiting any more."""
    on_file = _waiting(reservation)
    _check_booker(on_file, by)
    on_file.state, on_file.reason = ReservationState.CANCELLED, reason
    RoomHold.objects.filter(reservation=on_file).delete()
    _save(on_file, by, reason)
    tell_booker(reservation=on_file, what=ReservationNotice.What.CANCELLED, by=by)
    return on_file


@transaction.atomic
def follow_up(*, reservation: Reservation, outcome: FollowUp, by: User) -> Reservation:
    """Write down what came of asking after a reservation (T2); a cancelled one is called off with it."""
    if outcome == FollowUp.CANCELLED:
        cancel_reservation(reservation=reservation, by=by, reason="")
    on_file: Reservation = Reservation.objects.select_for_update().get(pk=reservation.pk)
    on_file.follow_up, on_file.followed_up_at = outcome, timezone.now()
    _save(on_file, by, "")
    return on_file


@transaction.atomic
def release_no_shows(*, now: dt.datetime | None = None) -> list[int]:
    """Free the rooms of those who did not come in time; their keys. Any number of runs is harmless."""
    late = (now or timezone.now()) - dt.timedelta(minutes=settings.RESERVATION_HELD_MINUTES)
    waiting = Reservation.objects.waiting().filter(starts_at__lt=late).select_for_update(skip_locked=True)
    keys = list(waiting.values_list("pk", flat=True))
    if keys:
        RoomHold.objects.filter(reservation__in=keys).delete()
        Reservation.objects.filter(pk__in=keys).update(state=ReservationState.NO_SHOW, updated_at=timezone.now())
    return keys


def hold(*, room: Room, during: tuple[dt.datetime, dt.datetime], **whose: object) -> RoomHold:
    """Take a room for [from, to). That nobody else has it is the database's own constraint. Raises `CannotBook`."""
    with taking(room, during):
        return RoomHold.objects.create(room=room, during=during, **whose)


@contextmanager
def taking(room: Room, during: tuple[dt.datetime, dt.datetime]) -> Iterator[None]:
    """Says who has the room where the database refuses what is written in this block."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not any(name in str(error) for name in ("room_held_once", "one_open_party_per_room")):
            raise
        raise CannotBook("room", _who_has(room, during)) from None


def _who_has(room: Room, during: tuple[dt.datetime, dt.datetime]) -> str:
    said: dict[str, object] = {"place": room.title}
    taken = RoomHold.objects.filter(room=room, during__overlap=during).select_related("party").first()
    if taken is None:
        return _("%(place)s is taken.") % said
    if taken.party:
        return _("%(place)s is occupied since %(clock)s.") % (said | {"clock": clock(taken.party.seated_at)})
    said |= {"from": clock(taken.during.lower), "to": clock(taken.during.upper)}
    return _("%(place)s is reserved from %(from)s to %(to)s.") % said


# --- what a reservation must keep to -------------------------------------------------------------------------------


def _check_time(reservation: Reservation, now: dt.datetime) -> None:
    if is_too_late(reservation.starts_at, now):
        raise CannotBook("starts_at", _("This time has passed."))
    if reservation.starts_at > now + LONGEST_AHEAD:
        raise CannotBook("starts_at", _("This is more than half a year ahead."))
    if reservation.ends_at <= reservation.starts_at:
        raise CannotBook("ends_at", _("It ends before it begins."))
    if nights.night_of(reservation.ends_at - dt.timedelta(microseconds=1)) != nights.night_of(reservation.starts_at):
        raise CannotBook("ends_at", _("A reservation lies within one night, from noon to noon."))


def _prepare(reservation: Reservation) -> None:
    """Its night, and its kind from its room. Locks the kind until the transaction ends."""
    reservation.night = nights.night_of(reservation.starts_at)
    if reservation.room:
        reservation.kind = reservation.room.kind
        if not reservation.room.is_in_service:
            raise CannotBook("room", _("%(place)s is out of service.") % {"place": reservation.room.title})
    _lock_kind(reservation.kind)


def _take_room(reservation: Reservation) -> None:
    """Hold the room it names; and whether or not it names one, leave a room for everybody who was promised the kind."""
    if reservation.room:
        hold(room=reservation.room, during=_span(reservation), reservation=reservation)
    if not free_of_kind(reservation.kind, _span(reservation), leaving_out=reservation.pk):
        raise CannotBook("kind", _("Every room of this kind is taken or promised at that time."))


def free_of_kind(kind: str, during: tuple[dt.datetime, dt.datetime], *, leaving_out: int | None = None) -> int:
    """How many rooms of this kind are neither held nor promised at the busiest moment of `during`.

    A room that is held already counts as held; a reservation for the kind alone counts as one room, whichever.
    """
    rooms = Room.objects.in_service().filter(kind=kind).count()
    held = RoomHold.objects.filter(room__kind=kind, room__is_in_service=True, during__overlap=during)
    promised = Reservation.objects.of_kind_alone(kind, *during)
    if leaving_out:
        held, promised = held.exclude(reservation=leaving_out), promised.exclude(pk=leaving_out)
    spans = [(span.lower, span.upper) for span in held.values_list("during", flat=True)]
    return rooms - most_at_once([*spans, *promised.values_list("starts_at", "ends_at")], during)


def _lock_kind(kind: str) -> None:
    """Whoever books rooms of one kind does so one after another: a count cannot be a constraint."""
    locks.hold(Lock.BOOKING, kind)


def _waiting(reservation: Reservation) -> Reservation:
    on_file: Reservation = (
        Reservation.objects.select_for_update(of=("self",)).select_related("room", "booked_by").get(pk=reservation.pk)
    )
    if not on_file.is_waiting:
        raise CannotBook("state", _("This reservation is %(state)s.") % {"state": on_file.get_state_display()})
    return on_file


def _check_booker(reservation: Reservation, by: User) -> None:
    """Who booked it learns of a change; where they have left, nobody would, and so operations change it."""
    if not (by.is_office or reservation.booked_by.is_active):
        raise CannotBook("state", _("%(booker)s has left: operations change it.") % {"booker": reservation.booked_by})


def _save(reservation: Reservation, by: User, reason: str) -> None:
    reservation.updated_at = timezone.now()
    with pghistory.context(user=by.pk, reason=reason):
        reservation.save()


def _span(reservation: Reservation) -> tuple[dt.datetime, dt.datetime]:
    return reservation.starts_at, reservation.ends_at
