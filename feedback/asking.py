"""The survey form as a manager opens or sends it: which rooms there are to ask in, and who may be answering (D4)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from customers.models import Customer
from feedback.forms.surveys import SurveyForm
from staff.models import User
from vipdesk import nights
from visits.models import Party
from visits.querysets import guest_keys

NIGHTS_BACK = 3  # as far back as anything may be recorded


def form_of(user: User, asked: Mapping[str, str], *, night: dt.date | None = None, **kwargs: Any) -> SurveyForm:
    """`asked` names the party, or the guest on the telephone; raises `Customer.DoesNotExist` where this person sees no
    such guest. The parties to choose from are those of `night`, tonight's if none is given."""
    parties = _parties(_number(asked.get("party")), night or nights.tonight())
    chosen = next((party for party in parties if str(party.pk) == asked.get("party")), None)
    caller = None
    if chosen is None and asked.get("customer"):
        caller = Customer.objects.visible_to(user).living().known_as(_number(asked.get("customer"))).get()
    guests = _with_party(user, chosen) if chosen else []
    return SurveyForm(parties=parties, guests=guests, caller=caller, **kwargs)


def _parties(chosen: int, night: dt.date) -> list[Party]:
    """The night's, those still here first; and the one that was asked for, of the last nights."""
    found = list(Party.objects.in_the_house(night).select_related("room").order_by("room__number"))
    if chosen and chosen not in {party.pk for party in found}:
        earliest = nights.tonight() - dt.timedelta(days=NIGHTS_BACK)
        found += Party.objects.filter(pk=chosen, night__gte=earliest).select_related("room")
    return sorted(found, key=lambda party: not party.is_open)


def _with_party(user: User, party: Party) -> list[Customer]:
    """Who is known of them, the host first."""
    keys = guest_keys(Party.objects.with_guests().get(pk=party.pk))
    shown = Customer.objects.visible_to(user).living().filter(pk__in=keys)
    return sorted(shown.select_related("tier"), key=lambda guest: keys.index(guest.pk))


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0
