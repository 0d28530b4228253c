"""Rooms of the demo venue and its evenings: who reserved, who sat where until when, on the last nights.

An evening follows from the seed and the night; tonight's, which is still running, also from the moment of the load.
"""

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from customers.demo.loading import DEMO_GUESTS
from customers.models import CareGrant, Customer
from staff.demo import MANAGERS
from staff.models import User
from vipdesk import nights as night
from visits.booking import usual_end
from visits.choices import FollowUp, ReservationState, RoomKind, Source
from visits.models import Party, Reservation, Room, RoomHold

Out = Callable[[str], None]
K = RoomKind
# Floor, numbers, kind, people, minimum spend.
ROOMS: list[tuple[int, Sequence[str], RoomKind, int, int]] = [
    (6, [f"6{n:02d}" for n in range(1, 13)], K.SMALL, 6, 680),
    (6, [f"6{n:02d}" for n in range(13, 21)], K.MEDIUM, 10, 1280),
    (6, [f"A{n}" for n in range(1, 7)], K.TABLE, 4, 0),
    (7, [f"7{n:02d}" for n in range(1, 9)], K.MEDIUM, 10, 1280),
    (7, [f"7{n:02d}" for n in range(9, 19)], K.LARGE, 16, 2680),
    (8, [f"8{n:02d}" for n in range(1, 7)], K.LARGE, 18, 2880),
    (8, [f"8{n:02d}" for n in range(7, 13)], K.PARTY, 28, 4880),
    (8, ["866", "868", "886", "888"], K.PRESIDENTIAL, 24, 8880),
]
BUSY_ROOMS = 36  # of an evening
ACQUAINTANCES = 400  # guests among whom an evening draws
SOURCES = (Source.PHONE, Source.PHONE, Source.WECHAT, Source.WECHAT, Source.IN_HOUSE, Source.AGENT)
ANSWERS = (FollowUp.CONFIRMED, FollowUp.CONFIRMED, FollowUp.NO_ANSWER)
DEPOSITS = ("", "", "", "已付定金 1000")


@dataclass(frozen=True)
class _Guest:
    key: int
    name: str
    phone: str
    captured: dt.date


def load(*, customers: int, nights: int, seed: int, out: Out) -> None:
    """Rooms that are missing, always; evenings for those of the last nights on which nothing was reserved or seated,
    where there are guests."""
    Room.objects.bulk_create(
        [
            Room(number=number, kind=kind, floor=floor, capacity=people, minimum_spend=spend)
            for floor, numbers, kind, people, spend in ROOMS
            for number in numbers
        ],
        ignore_conflicts=True,
    )
    guests = _guests() if customers else []
    if not guests:
        return
    window = [night.tonight() - dt.timedelta(days=n) for n in range(nights)]
    told = set(Party.objects.filter(night__in=window).values_list("night", flat=True))
    told |= set(Reservation.objects.filter(night__in=window).values_list("night", flat=True))
    wanted = [one for one in window if one not in told]
    evening = _Evenings(guests, timezone.now())
    for one in reversed(wanted):
        evening.tell(random.Random(f"rooms {seed} {one}"), one)  # noqa: S311  an invented evening, no secret
    out(f"Demo rooms: evenings told for {len(wanted)} nights.")


def _guests() -> list[_Guest]:
    rows = Customer.objects.living().filter(DEMO_GUESTS, phone__isnull=False).order_by("client_id")
    return [_Guest(*row) for row in rows.values_list("pk", "name", "phone", "night")[:ACQUAINTANCES]]


@dataclass(frozen=True)
class _Drawn:
    """One room's evening as it was drawn: who, with whom, from when to when, and how it went."""

    night: dt.date
    room: Room
    guest: _Guest
    by: User
    begins: dt.datetime
    comes_at: dt.datetime
    leaves_at: dt.datetime
    people: int
    is_reserved: bool
    luck: float

    def has_come(self, now: dt.datetime) -> bool:
        """Whoever did not reserve comes for sure: else nobody would know of them."""
        return self.comes_at <= now and (self.luck < 0.9 or not self.is_reserved)

    def state(self, now: dt.datetime) -> ReservationState:
        if self.has_come(now):
            return ReservationState.SEATED
        if self.begins + dt.timedelta(minutes=30) > now:
            return ReservationState.BOOKED
        return ReservationState.CANCELLED if self.luck > 0.97 else ReservationState.NO_SHOW


class _Evenings:
    """Writes evenings, one after another, up to `now`."""

    def __init__(self, guests: Sequence[_Guest], now: dt.datetime) -> None:
        self.guests, self.now = guests, now
        numbers = [number for _floor, numbers, *_facts in ROOMS for number in numbers]
        # Where somebody still sits, whom nobody closed on an earlier night, nobody is seated.
        taken = Party.objects.open().values("room")
        rooms = Room.objects.in_service().filter(number__in=numbers).exclude(pk__in=taken)
        self.rooms = list(rooms.order_by("number"))
        logins = [login.username for login in MANAGERS]
        self.managers = list(User.objects.filter(username__in=logins).order_by("username"))

    def tell(self, rng: random.Random, one: dt.date) -> None:
        known = [guest for guest in self.guests if guest.captured < one]
        guests = rng.sample(known, min(len(known), BUSY_ROOMS))
        rooms = rng.sample(self.rooms, min(len(self.rooms), len(guests)))
        for room, guest in zip(rooms, guests, strict=False):
            drawn = self._draw(rng, one, room, guest)
            reservation = self._reserve(rng, drawn) if drawn.is_reserved else None
            if drawn.has_come(self.now):
                self._seat(drawn, reservation)

    def _draw(self, rng: random.Random, one: dt.date, room: Room, guest: _Guest) -> _Drawn:
        begins = night.moment_in(one, dt.time(19, 30)) + dt.timedelta(minutes=15 * rng.randrange(17))
        comes_at = begins + dt.timedelta(minutes=rng.randint(-10, 20))
        return _Drawn(
            night=one,
            room=room,
            guest=guest,
            by=rng.choice(self.managers),
            begins=begins,
            comes_at=comes_at,
            leaves_at=comes_at + dt.timedelta(minutes=rng.randint(110, 300)),
            people=rng.randint(2, room.capacity),
            is_reserved=rng.random() < 0.7,
            luck=rng.random(),
        )

    def _reserve(self, rng: random.Random, drawn: _Drawn) -> Reservation:
        state, ends = drawn.state(self.now), usual_end(drawn.begins)
        asked_at = night.moment_in(drawn.night, dt.time(18, 40))
        made_at = min(self.now, asked_at - dt.timedelta(hours=rng.randint(2, 6)))
        is_asked, answer = asked_at <= self.now, rng.choice(ANSWERS)
        reservation = Reservation.objects.create(
            customer_id=drawn.guest.key,
            guest_name=drawn.guest.name,
            guest_phone=drawn.guest.phone,
            kind=drawn.room.kind,
            room=drawn.room,
            night=drawn.night,
            starts_at=drawn.begins,
            ends_at=ends,
            people=drawn.people,
            booked_by=drawn.by,
            source=rng.choice(SOURCES),
            deposit_note=rng.choice(DEPOSITS),
            state=state,
            follow_up=answer if is_asked else FollowUp.NOT_YET,
            followed_up_at=asked_at if is_asked else None,
            reason="客人改期" if state == ReservationState.CANCELLED else "",
            created_at=max(made_at, night.night_bounds(drawn.night)[0]),
        )
        if state == ReservationState.BOOKED:
            RoomHold.objects.create(room=drawn.room, during=(drawn.begins, ends), reservation=reservation)
        return reservation

    def _seat(self, drawn: _Drawn, reservation: Reservation | None) -> None:
        is_gone = drawn.leaves_at <= self.now
        party = Party.objects.create(
            room=drawn.room,
            night=drawn.night,
            customer_id=drawn.guest.key,
            host_name=drawn.guest.name,
            people=drawn.people,
            reservation=reservation,
            attributed_to=drawn.by if reservation else None,
            seated_at=drawn.comes_at,
            seated_by=drawn.by,
            closed_at=drawn.leaves_at if is_gone else None,
            closed_by=drawn.by if is_gone else None,
        )
        until = drawn.leaves_at if is_gone else night.night_bounds(drawn.night)[1]
        RoomHold.objects.create(room=drawn.room, during=(drawn.comes_at, until), party=party)
        is_news = Q(last_seen_night=None) | Q(last_seen_night__lt=drawn.night)
        Customer.objects.filter(is_news, pk=drawn.guest.key).update(last_seen_night=drawn.night)
        if drawn.night == night.tonight(self.now):
            CareGrant.objects.get_or_create(
                customer_id=drawn.guest.key,
                user=drawn.by,
                night=drawn.night,
                defaults={"origin": CareGrant.Origin.PARTY, "made_at": drawn.comes_at, "is_earned": is_gone},
            )
        if is_gone and self.now - drawn.leaves_at < dt.timedelta(minutes=30):
            Room.objects.filter(pk=drawn.room.pk).update(to_clean_since=drawn.leaves_at)
