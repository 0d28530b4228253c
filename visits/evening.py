"""What rooms and visits can tell about a manager's night, in the shapes of staff.floor.registry (T2 T4–T6 T8)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, DateTimeField, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject, Least
from django.urls import reverse
from django.utils.translation import gettext as _

from staff.floor import rota
from staff.floor.registry import Cell, Gap, OfRow, of_goal, sentence
from staff.models import User
from vipdesk import nights
from vipdesk.templatetags.nights import clock
from visits import house
from visits.choices import FollowUp
from visits.models import Party, PartySpend, Promise, Reservation, Room, RoomVisit, SecondSale

BRIEFING = dt.time(18)
WATCHING = dt.time(22)


def _moments(user: User, night: dt.date) -> dict[str, Any]:
    asked = _to_ask_after(night).values("booked_by").annotate(at=Max("followed_up_at")).values("at")
    visited = RoomVisit.objects.filter(manager=OuterRef("pk"), night=night)
    return {
        "rooms": _first(visited.order_by("at"), "at"),
        "spend": Least(_first(_spends(night), "at"), _first(_promotions(night), "at")),
        "waits": Exists(_to_ask_after(night).filter(follow_up=FollowUp.NOT_YET)),
        "asked": Subquery(asked, output_field=DateTimeField()),
    }


def _duties(user: User, night: dt.date, row: Mapping[str, Any]) -> dict[str, dt.datetime | None]:
    """Own reservations all asked after, the first room visited, a room's spending noted or a promotion offered."""
    # Nobody to ask after: nothing to do since the night began.
    asked_at = None if row["waits"] else row["asked"] or nights.night_bounds(night)[0]
    return {"reservations": asked_at, "rooms": row["rooms"], "spend": row["spend"]}


duty_facts = OfRow(_moments, _duties)


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


def _read(user: User, night: dt.date) -> dict[str, Any]:
    return {"others": house.count_others(night), "promised": ArraySubquery(_promises_due(night))}


def _say(user: User, night: dt.date, row: Mapping[str, Any]) -> list[Gap]:
    """VIPs whom nobody visited and nobody said why, too few other members, promises and parties still open; two
    statements."""
    here = house.in_the_house(night)
    return [
        *_not_visited(here),
        *_others(row["others"] or 0),
        *(_promised(one) for one in row["promised"]),
        *_still_open(user, here),
    ]


wrap_up = OfRow(_read, _say)


def _promises_due(night: dt.date) -> QuerySet[Promise, Any]:
    """Of a row of managers: what they promised for the night and have not kept, each as an object."""
    begins, ends = nights.night_bounds(night)
    due = Promise.objects.filter(made_by=OuterRef("pk"), kept_at=None, due_at__gte=begins, due_at__lt=ends)
    return due.order_by("due_at", "pk").values(json=JSONObject(text="text", due_at="due_at", party="party_id"))


def _not_visited(here: house.House) -> list[Gap]:
    return [
        Gap("vip", {"name": str(guest.customer), "room": str(guest.party.room)}, _page(guest.party.pk))
        for guest in here.vips_to_visit
    ]


@sentence("vip")
def _vip(*, name: str, room: str) -> str:
    return _("%(name)s in %(room)s was not visited, and nobody said why.") % {"name": name, "room": room}


def _others(count: int) -> list[Gap]:
    if count >= house.OTHERS_GOAL:
        return []
    return [Gap("others", {"n": count, "goal": house.OTHERS_GOAL}, reverse("visits:rooms"))]


@sentence("others")
def _others_visited(*, n: int, goal: int) -> str:
    return _("%(n)d of %(goal)d other members visited.") % {"n": n, "goal": goal}


def _promised(one: Mapping[str, Any]) -> Gap:
    return Gap("promise", {"due_at": one["due_at"], "what": one["text"]}, _page(one["party"]))


@sentence("promise")
def _promise(*, due_at: str, what: str) -> str:
    return _("Promised by %(clock)s: %(what)s") % {"clock": clock(dt.datetime.fromisoformat(due_at)), "what": what}


def _still_open(user: User, here: house.House) -> list[Gap]:
    mine = [party for party in here.parties if party.is_open and party.serves == user.pk]
    return [Gap("open_party", {"room": party.room.number, "kind": party.room.kind}, _page(party.pk)) for party in mine]


@sentence("open_party")
def _open_party(*, room: str, kind: str) -> str:
    return _("%(place)s is still open.") % {"place": Room(number=room, kind=kind).title}


def _page(party: int) -> str:
    return reverse("visits:party", args=[party])


def night_columns(night: dt.date) -> dict[int, dict[str, Cell]]:
    """Other members visited of ten, and parties; five statements."""
    found: defaultdict[int, dict[str, Cell]] = defaultdict(dict)
    for user in rota.on_duty(night):
        found[user.pk] |= {_("Other members"): of_goal(0, house.OTHERS_GOAL, night)}
    for row in house.others_met(night).values("visit__manager").annotate(n=house.EACH_ONCE):
        found[row["visit__manager"]] |= {_("Other members"): of_goal(row["n"], house.OTHERS_GOAL, night)}
    mine = Party.objects.on_night(night).exclude(attributed_to=None).values("attributed_to").order_by()
    for row in mine.annotate(n=Count("pk")):
        found[row["attributed_to"]] |= {_("Parties"): Cell(str(row["n"]))}
    return dict(found)
