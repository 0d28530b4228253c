"""Rooms, reservations and parties for tests; people are invented."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from customers.models import Customer
from staff.models import User
from vipdesk import nights
from visits import booking, seating
from visits.forms.reservations import end_of
from visits.models import Party, Reservation, Room, StoredBottle

_numbers = itertools.count(1)


def make_room(number: str = "", **facts: Any) -> Room:
    """By default with a number of five digits, which no test gives by hand."""
    facts = {"kind": "medium", "floor": 6, "capacity": 8, "minimum_spend": "1280"} | facts
    return Room.objects.create(number=number or str(65_000 + next(_numbers)), **facts)


def make_reservation(*, by: User, starts_at: dt.datetime, now: dt.datetime, **facts: Any) -> Reservation:
    room = facts.get("room")
    facts = {"guest_name": "陈涛", "guest_phone": "+8613912345678", "kind": room.kind if room else "medium"} | facts
    facts.setdefault("ends_at", end_of(starts_at))  # whatever the hour, within one night
    return booking.book(reservation=Reservation(booked_by=by, starts_at=starts_at, **facts), now=now)


def make_party(*, by: User, room: Room, now: dt.datetime, **facts: Any) -> Party:
    return seating.open_party(party=Party(room=room, **({"people": 6} | facts)), by=by, now=now)


def make_bottle(customer: Customer, **facts: Any) -> StoredBottle:
    """Full whisky, stored tonight, good for a month more."""
    tonight = nights.tonight()
    usual = {
        "bottle_no": f"K{next(_numbers):04d}",
        "product": "麦卡伦12年",
        "category": "spirits",
        "stored_on": tonight,
        "expires_on": tonight + dt.timedelta(days=30),
        "remaining": Decimal(1),
    }
    return StoredBottle.objects.create(customer=customer, **(usual | facts))
