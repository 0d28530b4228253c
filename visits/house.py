"""The house tonight: who is here, who has been visited, by the rules of DOMAIN.md ("The house tonight").

VIPs are counted for the whole house, and any manager's visit counts; other members count per manager, once a night.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Max, Prefetch, QuerySet

from customers.models import Customer
from staff.models import User
from visits.models import MissedVisit, Party, PartyGuest, RoomVisit, VisitedGuest

OTHERS_GOAL = 10  # S3: other members visited, per manager and night


@dataclass
class Guest:
    """A guest on file who is, or was, in the house that night."""

    customer: Customer
    party: Party
    visited_at: dt.datetime | None = None
    visited_by: str = ""
    missed: str = ""
    last_here: dt.date | None = None  # before tonight; see `with_last_here`

    @property
    def face(self) -> tuple[object, ...]:
        """All that a screen shows of somebody to visit, for telling whether it changed."""
        who, party = self.customer, self.party
        likes = (who.likes_drinks, who.likes_music, who.likes_rooms, who.dislikes)
        seen = (who.pk, who.name, who.tier_id, who.is_key_account, likes, self.last_here)
        return (*seen, party.pk, party.room_id, party.people, party.seated_at)


@dataclass
class House:
    """A night's guests by what is still to do for them."""

    vips: list[Guest] = field(default_factory=list)
    others: list[Guest] = field(default_factory=list)

    @property
    def vips_visited(self) -> int:
        return sum(guest.visited_at is not None for guest in self.vips)

    @property
    def vips_to_visit(self) -> list[Guest]:
        """VIPs nobody has been to and nobody has said why, the most important first, then the longest waiting."""
        waiting = [guest for guest in self.vips if guest.visited_at is None and not guest.missed]
        return sorted(waiting, key=_importance)


def _importance(guest: Guest) -> tuple[bool, int, dt.datetime]:
    rank = guest.customer.tier.rank if guest.customer.tier else 0
    return not guest.customer.is_key_account, -rank, guest.party.seated_at


def in_the_house(night: dt.date) -> House:
    """Everybody on file who came that night, each once, with their visits; four statements."""
    parties = list(
        Party.objects.on_night(night)
        .select_related("room", "customer__tier", "customer__owner", "attributed_to")
        .prefetch_related(Prefetch("guests", PartyGuest.objects.select_related("customer__tier")))
    )
    visited = _visited(night)
    missed = dict(MissedVisit.objects.filter(night=night).values_list("customer", "reason"))
    house, seen = House(), set()
    for party in sorted(parties, key=lambda party: (not party.is_open, party.seated_at)):
        for customer in _people(party):
            if customer.pk not in seen:
                seen.add(customer.pk)
                at, by = visited.get(customer.pk, (None, ""))
                guest = Guest(customer, party, at, by, missed.get(customer.pk, ""))
                (house.vips if customer.is_vip else house.others).append(guest)
    return house


def with_last_here(guests: list[Guest], night: dt.date) -> list[Guest]:
    """Each told when they last sat in a room before this night, as host or with somebody; one statement."""
    keys = [guest.customer.pk for guest in guests]
    hosted = Party.objects.filter(customer__in=keys, night__lt=night).order_by().values_list("customer")
    came_along = PartyGuest.objects.filter(customer__in=keys, party__night__lt=night).values_list("customer")
    last: dict[int, dt.date] = {}
    for key, at in hosted.annotate(Max("night")).union(came_along.annotate(Max("party__night"))):
        last[key] = max(at, last.get(key, at))
    for guest in guests:
        guest.last_here = last.get(guest.customer.pk)
    return guests


def _people(party: Party) -> Sequence[Customer]:
    host = [party.customer] if party.customer else []
    return [*host, *(guest.customer for guest in party.guests.all())]


def _visited(night: dt.date) -> dict[int, tuple[dt.datetime, str]]:
    """By guest: when and by whom they were last visited that night."""
    met = VisitedGuest.objects.filter(visit__night=night).order_by("visit__at")
    rows = met.values_list("customer", "visit__at", "visit__manager__display_name")
    return {customer: (at, by) for customer, at, by in rows}


def others_visited(user: User, night: dt.date) -> int:
    """Other members this manager met that night, each once (S3)."""
    return int(
        VisitedGuest.objects.filter(visit__night=night, visit__manager=user)
        .exclude(customer__tier=None)
        .exclude(customer__tier__is_vip=True)
        .values("customer")
        .distinct()
        .count()
    )


def visits_of(user: User, night: dt.date) -> QuerySet[RoomVisit]:
    return RoomVisit.objects.filter(manager=user, night=night)
