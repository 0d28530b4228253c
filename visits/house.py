"""The house tonight: who is here, who has been visited, by the rules of domain.md ("The house tonight").

VIPs are counted for the whole house, and any manager's visit counts; other members count per manager, once a night.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery

from customers.families import has_tier, living_key, same_guest, with_merged
from customers.models import Customer
from staff.models import User
from visits.models import MissedVisit, Party, PartyGuest, RoomVisit, VisitedGuest

OTHERS_GOAL = 10  # S3: other members visited, per manager and night
EACH_ONCE = Count(living_key("customer"), distinct=True)


@dataclass
class Guest:
    """A guest on file who is, or was, in the house that night."""

    customer: Customer
    party: Party
    visited_at: dt.datetime | None = None
    missed: str = ""
    last_here: dt.date | None = None  # before tonight; see `with_last_here`


@dataclass
class House:
    """A night's guests by what is still to do for them, and its parties, the open ones first."""

    parties: list[Party] = field(default_factory=list)
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
    """Everybody on file who came that night, each once, with their visits; two statements."""
    parties = Party.objects.on_night(night).select_related("room", "customer__tier").annotate(**_seen(night))
    along: defaultdict[int, list[PartyGuest]] = defaultdict(list)
    with_them = PartyGuest.objects.filter(party__night=night).select_related("customer__tier").annotate(**_seen(night))
    for one in with_them.order_by("pk"):
        along[one.party_id].append(one)
    house, told = House(sorted(parties, key=lambda party: (not party.is_open, party.seated_at))), set()
    for party in house.parties:
        rows: list[Any] = [party, *along[party.pk]]
        for row in rows:
            if row.customer and row.customer.pk not in told:
                told.add(row.customer.pk)
                guest = _guest(row, party)
                (house.vips if row.customer.is_vip else house.others).append(guest)
    return house


def _seen(night: dt.date) -> dict[str, Subquery]:
    """For rows with a `customer`: when that guest was last visited that night, and why they were not."""
    met = VisitedGuest.objects.filter(same_guest("customer"), visit__night=night).order_by("-visit__at")
    missed = MissedVisit.objects.filter(same_guest("customer"), night=night).order_by("-said_at")
    return {"met_at": Subquery(met.values("visit__at")[:1]), "why_missed": Subquery(missed.values("reason")[:1])}


def _guest(row: Any, party: Party) -> Guest:
    return Guest(row.customer, party, row.met_at, row.why_missed or "")


def with_last_here(guests: list[Guest], night: dt.date) -> list[Guest]:
    """Each told when they last sat in a room before this night, as host or with somebody; one statement."""
    keys = with_merged(Customer.objects.filter(pk__in=[guest.customer.pk for guest in guests]))
    who = living_key("customer")
    hosted = Party.objects.filter(customer__in=keys, night__lt=night).order_by().values_list(who)
    came_along = PartyGuest.objects.filter(customer__in=keys, party__night__lt=night).values_list(who)
    last: dict[int, dt.date] = {}
    for key, at in hosted.annotate(Max("night")).union(came_along.annotate(Max("party__night"))):
        last[key] = max(at, last.get(key, at))
    for guest in guests:
        guest.last_here = last.get(guest.customer.pk)
    return guests


def others_visited(user: User, night: dt.date) -> int:
    """Other members this manager met that night, each once (S3)."""
    row = User.objects.filter(pk=user.pk).values(n=count_others(night)).get()
    return row["n"] or 0


def count_others(night: dt.date) -> Subquery:
    """The same for rows of managers, to be read along with other facts; empty for none."""
    met = others_met(night).filter(visit__manager=OuterRef("pk"))
    return Subquery(met.values("visit__manager").annotate(n=EACH_ONCE).values("n"))


def others_met(night: dt.date) -> QuerySet[VisitedGuest]:
    """Other members who were met that night, for counting with `EACH_ONCE`."""
    return VisitedGuest.objects.filter(has_tier("customer", is_vip=False), visit__night=night).order_by()


def visits_of(user: User, night: dt.date) -> QuerySet[RoomVisit]:
    return RoomVisit.objects.filter(manager=user, night=night)
