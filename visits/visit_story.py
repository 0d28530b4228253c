"""What a party's page tells of the visits to its room: who was met, what was said, sold, promised, who was missed."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from vipdesk.templatetags.nights import clock, money
from visits.models import MissedVisit, Party, Promise, RoomVisit, SecondSale, VisitedGuest
from visits.story import Change


def visits_of(party: Party) -> list[RoomVisit]:
    """Newest first, with all that belongs to each; four statements."""
    met = VisitedGuest.objects.select_related("customer").order_by("pk")
    return list(party.visits.select_related("manager").prefetch_related(Prefetch("met", met), "sales", "promises"))


def tell(visits: Iterable[RoomVisit]) -> list[Change]:
    """Each visit as one entry of the party's story."""
    return [Change(visit.at, [*_met(visit), *_said(visit), *_came_of(visit)], visit.manager) for visit in visits]


def _met(visit: RoomVisit) -> list[str]:
    names = ", ".join(one.customer.name for one in visit.met.all())
    return [_("visited %(names)s") % {"names": names} if names else _("went into the room")]


def _said(visit: RoomVisit) -> list[str]:
    mood = visit.get_mood_display() if visit.mood else ""
    return [line for line in (mood, f"“{visit.opinion}”" if visit.opinion else "") if line]


def _came_of(visit: RoomVisit) -> list[str]:
    promised = [_("promised by %(at)s: %(what)s") % _promise(one) for one in visit.promises.all()]
    return [*(_sale(sale) for sale in visit.sales.all()), *promised]


def _sale(sale: SecondSale) -> str:
    amount = money(sale.amount) if sale.amount else ""
    words = [_("offered %(what)s") % {"what": sale.item}, amount, sale.get_outcome_display()]
    return " · ".join([word for word in words if word] + ([_("promotion")] if sale.is_promotion else []))


def _promise(one: Promise) -> dict[str, str]:
    kept = f" ({_('kept %(at)s') % {'at': clock(one.kept_at)}})" if one.kept_at else ""
    return {"at": clock(one.due_at), "what": one.text + kept}


def mark(guests: Sequence[Any], party: Party, visits: Iterable[RoomVisit]) -> None:
    """On each of the party's guests: `visited`, the newest visit that met them, and `missed`, why there was none."""
    newest: dict[int, RoomVisit] = {}
    for visit in visits:
        for one in visit.met.all():
            newest.setdefault(one.customer_id, visit)
    missed = {one.customer_id: one for one in MissedVisit.objects.filter(party=party).select_related("said_by")}
    for guest in guests:
        guest.visited, guest.missed = newest.get(guest.pk), missed.get(guest.pk)


def spent(party: Party) -> dict[str, Any]:
    """The newest total of a party, when and by whom it was noted, and the room's minimum where it has one."""
    newest = party.spends.select_related("noted_by").first()
    minimum = party.room.minimum_spend or Decimal(0)
    is_reached = bool(newest and minimum and newest.amount >= minimum)
    return {"newest": newest, "minimum": minimum, "is_reached": is_reached}
