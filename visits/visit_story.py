"""What a party's page tells of the visits to its room: who was met, what was said, sold, promised, who was missed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import gettext as _

from customers.families import living_key
from staff.models import User
from vipdesk.templatetags.nights import clock, money
from visits.choices import SpendReason
from visits.models import Party, Promise, RoomVisit, SecondSale, VisitedGuest
from visits.story import Change


def visits_of(party: Party) -> list[RoomVisit]:
    """Newest first; on each `met_guests`, `promised` (as objects) and `offers`; two statements."""
    met = VisitedGuest.objects.filter(visit=OuterRef("pk")).order_by("pk")
    name = Coalesce("customer__merged_into__name", "customer__name")
    promised = Promise.objects.filter(visit=OuterRef("pk")).order_by("due_at", "pk")
    visits = party.visits.select_related("manager").annotate(
        met_guests=ArraySubquery(met.values(json=JSONObject(pk=living_key("customer"), name=name))),
        promised=ArraySubquery(promised.values(json=JSONObject(text="text", due_at="due_at", kept_at="kept_at"))),
    )
    offers: defaultdict[int | None, list[SecondSale]] = defaultdict(list)
    for sale in party.sales.select_related("manager"):
        offers[sale.visit_id].append(sale)
    found: list[Any] = list(visits)
    for visit in found:
        visit.offers = offers.pop(visit.pk, [])
    party.offers_apart = [sale for sales in offers.values() for sale in sales]  # type: ignore[attr-defined]
    return found


def tell(visits: Iterable[Any], party: Any) -> list[Change]:
    """Each visit as one entry of the party's story, and each promotion that was offered without one."""
    told = [Change(one.at, [*_met(one), *_said(one), *_came_of(one)], one.manager) for one in visits]
    return told + [Change(sale.at, [_sale(sale)], sale.manager) for sale in party.offers_apart]


def people_of(visits: Iterable[RoomVisit]) -> list[User]:
    """Who went into the room, for whoever tells the rest of the story."""
    return [visit.manager for visit in visits]


def _met(visit: Any) -> list[str]:
    names = ", ".join({one["pk"]: one["name"] for one in visit.met_guests}.values())
    return [_("visited %(names)s") % {"names": names} if names else _("went into the room")]


def _said(visit: RoomVisit) -> list[str]:
    mood = visit.get_mood_display() if visit.mood else ""
    return [line for line in (mood, f"“{visit.opinion}”" if visit.opinion else "") if line]


def _came_of(visit: Any) -> list[str]:
    promised = [_("promised by %(at)s: %(what)s") % _promise(one) for one in visit.promised]
    return [*(_sale(sale) for sale in visit.offers), *promised]


def _sale(sale: SecondSale) -> str:
    amount = money(sale.amount) if sale.amount else ""
    words = [_("offered %(what)s") % {"what": sale.item}, amount, sale.get_outcome_display()]
    return " · ".join([word for word in words if word] + ([_("promotion")] if sale.is_promotion else []))


def _promise(one: Mapping[str, Any]) -> dict[str, str]:
    kept = f" ({_('kept %(at)s') % {'at': _clock(one['kept_at'])}})" if one["kept_at"] else ""
    return {"at": _clock(one["due_at"]), "what": one["text"] + kept}


def _clock(moment: str) -> str:
    return clock(dt.datetime.fromisoformat(moment))


def mark(guests: Sequence[Any], visits: Iterable[Any]) -> None:
    """On each of the party's guests: `visited`, the newest visit that met them."""
    newest: dict[int, RoomVisit] = {}
    for visit in visits:
        for one in visit.met_guests:
            newest.setdefault(one["pk"], visit)
    for guest in guests:
        guest.visited = newest.get(guest.pk)


def spent(party: Any) -> dict[str, Any]:
    """The newest total of a party (of `with_spend`), when and by whom it was noted, and the room's minimum if any."""
    why = SpendReason(party.spent_why).label if party.spent_why else ""
    newest = {"amount": party.spent, "at": party.spent_at, "noted_by": party.spent_noted_by, "why": why}
    minimum = party.room.minimum_spend or Decimal(0)
    is_reached = bool(party.spent is not None and minimum and party.spent >= minimum)
    return {"newest": None if party.spent is None else newest, "minimum": minimum, "is_reached": is_reached}
