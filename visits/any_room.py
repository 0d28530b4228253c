"""A visit whose room is chosen on its form: the one page that a tablet has with it when the network is gone (T4 D2)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from customers.families import as_living
from customers.models import Customer
from staff.models import User
from vipdesk import nights
from vipdesk.offline import Entry, Kind, Unfit
from visits import visiting
from visits.forms.visits import VisitForm
from visits.models import Party, RoomVisit
from visits.querysets import guest_keys
from visits.visiting import CannotVisit

KIND = "visit"
NIGHTS_BACK = 3  # as far back as anything may be recorded


@dataclass(frozen=True, kw_only=True)
class Occupied:
    """A room somebody sits in now, and whom of them this reader knows."""

    party: Party
    guests: list[Customer]


def occupied(user: User, at: dt.datetime | None = None) -> list[Occupied]:
    """Tonight's open parties by room, or those that sat there at that moment; two statements."""
    found = _with_guests().open().in_the_house() if at is None else _with_guests().there_at(at)
    parties = list(found.order_by("room__number"))
    keys = {key for party in parties for key in guest_keys(party)}
    known = Customer.objects.visible_to(user).filter(pk__in=keys).select_related("tier").in_bulk()
    return [Occupied(party=party, guests=[known[k] for k in guest_keys(party) if k in known]) for party in parties]


def form_of(data: QueryDict, user: User) -> VisitForm:
    """The form as it was sent, with the party it names: an open one, or one of the last nights. Guests of other rooms
    that a page without scripts sent along are left aside."""
    party = _named(data.get("party", ""))
    known = Customer.objects.visible_to(user).filter(pk__in=guest_keys(party) if party else []).select_related("tier")
    guests = list(known)
    sent = data.copy()
    if "met" in sent:
        met, here = data.getlist("met"), {str(guest.pk) for guest in guests}
        sent.setlist("met", [key for key, now in zip(met, as_living(met), strict=True) if str(now) in here])
    return VisitForm(sent, party=party, guests=guests)


def record(form: VisitForm, *, by: User, at: dt.datetime) -> RoomVisit:
    """Take in a valid form, in the caller's transaction. Raises `CannotVisit`."""
    visit = form.visit(at)
    visit.manager = by
    return visiting.record_visit(
        visit=visit, met=form.cleaned_data["met"], sales=form.sales(), promises=form.promises(at)
    )


def _named(key: str) -> Party | None:
    if not (key.isascii() and key.isdecimal() and len(key) < 19):
        return None
    earliest = nights.tonight() - dt.timedelta(days=NIGHTS_BACK)
    found: Party | None = _with_guests().filter(pk=key, night__gte=earliest).first()
    return found


def _with_guests() -> Any:
    return Party.objects.select_related("room").with_guests()


def _read(entry: Entry) -> VisitForm:
    return form_of(entry.data, entry.author)


def _content(form: VisitForm) -> Mapping[str, Any]:
    return form.content()


def _work(form: VisitForm, entry: Entry) -> Mapping[str, Any]:
    try:
        return {"visit": record(form, by=entry.author, at=entry.at).pk}
    except CannotVisit:
        raise Unfit from None


OFFLINE = Kind(
    name=KIND, title=_("in-room visit"), mend_url="visits:visit_any", read=_read, content=_content, work=_work
)
