"""What rooms and visits can tell about a manager's night, in the shapes of staff.floor.registry (T2 T4–T6 T8)."""

import datetime as dt
from collections import defaultdict

from django.db.models import Count, DateTimeField, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Least
from django.urls import reverse
from django.utils.translation import gettext as _

from staff.floor import rota
from staff.floor.registry import Cell
from staff.models import User
from vipdesk import nights
from vipdesk.templatetags.nights import clock
from visits import house
from visits.choices import FollowUp
from visits.models import Party, PartySpend, Promise, Reservation, RoomVisit, SecondSale, VisitedGuest

BRIEFING = dt.time(18)
WATCHING = dt.time(22)


def duty_facts(user: User, night: dt.date) -> dict[str, dt.datetime | None]:
    """Own reservations all asked after, the first room visited, a room's spending noted or a promotion offered; one
    statement."""
    asked = _to_ask_after(night).values("booked_by").annotate(at=Max("followed_up_at")).values("at")
    visited = RoomVisit.objects.filter(manager=OuterRef("pk"), night=night)
    row = (
        User.objects.filter(pk=user.pk)
        .values(
            rooms=_first(visited.order_by("at"), "at"),
            spend=Least(_first(_spends(night), "at"), _first(_promotions(night), "at")),
            waits=Exists(_to_ask_after(night).filter(follow_up=FollowUp.NOT_YET)),
            asked=Subquery(asked, output_field=DateTimeField()),
        )
        .get()
    )
    # Nobody to ask after: nothing to do since the night began.
    asked_at = None if row["waits"] else row["asked"] or nights.night_bounds(night)[0]
    return {"reservations": asked_at, "rooms": row["rooms"], "spend": row["spend"]}


def _first(rows: QuerySet, field: str) -> Subquery:  # type: ignore[type-arg]
    return Subquery(rows.values(field)[:1], output_field=DateTimeField())


def _to_ask_after(night: dt.date) -> QuerySet[Reservation]:
    """What somebody had booked for the night when the briefing began; whatever became of it since."""
    known = Q(booked_by=OuterRef("pk"), night=night, created_at__lt=nights.moment_in(night, BRIEFING))
    return Reservation.objects.filter(known).order_by()


def _spends(night: dt.date) -> QuerySet[PartySpend]:
    since = nights.moment_in(night, WATCHING)
    return PartySpend.objects.filter(noted_by=OuterRef("pk"), party__night=night, at__gte=since).order_by("at")


def _promotions(night: dt.date) -> QuerySet[SecondSale]:
    return SecondSale.objects.filter(manager=OuterRef("pk"), night=night, is_promotion=True).order_by("at")


def wrap_up(user: User, night: dt.date) -> list[tuple[str, str]]:
    """VIPs whom nobody visited and nobody said why, too few other members, promises and parties still open; eight
    statements."""
    return [*_not_visited(user, night), *_promised(user, night), *_still_open(user, night)]


def _not_visited(user: User, night: dt.date) -> list[tuple[str, str]]:
    words = _("%(name)s in %(room)s was not visited, and nobody said why.")
    said = [
        (words % {"name": guest.customer, "room": guest.party.room}, _page(guest.party.pk))
        for guest in house.in_the_house(night).vips_to_visit
    ]
    others = house.others_visited(user, night)
    if others < house.OTHERS_GOAL:
        count = {"n": others, "goal": house.OTHERS_GOAL}
        said.append((_("%(n)d of %(goal)d other members visited.") % count, reverse("visits:rooms")))
    return said


def _promised(user: User, night: dt.date) -> list[tuple[str, str]]:
    due = Promise.objects.filter(made_by=user, kept_at=None, due_at__lt=nights.night_bounds(night)[1])
    words = _("Promised by %(clock)s: %(what)s")
    return [(words % {"clock": clock(one.due_at), "what": one.text}, _page(one.party_id)) for one in due]


def _still_open(user: User, night: dt.date) -> list[tuple[str, str]]:
    is_mine = Q(attributed_to=user) | Q(attributed_to=None, seated_by=user)
    parties = Party.objects.on_night(night).open().filter(is_mine).select_related("room")
    return [(_("Room %(room)s is still open.") % {"room": party.room}, _page(party.pk)) for party in parties]


def _page(party: int) -> str:
    return reverse("visits:party", args=[party])


def night_columns(night: dt.date) -> dict[int, dict[str, Cell]]:
    """Other members visited of ten, and parties; five statements."""
    found: defaultdict[int, dict[str, Cell]] = defaultdict(dict)
    for user in rota.on_duty(night):
        found[user.pk] |= {_("Other members"): _of_ten(0)}
    met = VisitedGuest.objects.filter(visit__night=night, customer__tier__is_vip=False)
    for row in met.values("visit__manager").annotate(n=Count("customer", distinct=True)).order_by():
        found[row["visit__manager"]] |= {_("Other members"): _of_ten(row["n"])}
    mine = Party.objects.on_night(night).exclude(attributed_to=None).values("attributed_to").order_by()
    for row in mine.annotate(n=Count("pk")):
        found[row["attributed_to"]] |= {_("Parties"): Cell(str(row["n"]))}
    return dict(found)


def _of_ten(count: int) -> Cell:
    return Cell(f"{count} / {house.OTHERS_GOAL}", is_bad=count < house.OTHERS_GOAL)
