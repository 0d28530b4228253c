"""What managers do in the rooms: visits, second sales, promises, interim totals, and why a VIP was missed (D2 D3 T5).

Every function is one transaction, takes keywords only and raises `CannotVisit` with a sentence for who asked.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from staff.models import User
from vipdesk import nights
from vipdesk.templatetags.nights import money
from visits.choices import SaleOutcome
from visits.models import MissedVisit, Party, PartySpend, Promise, RoomVisit, SecondSale, VisitedGuest


class CannotVisit(Exception):
    """Why not, in words; `field` is the form's field it belongs to."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class Sale:
    """Something offered on a visit; amount in yuan, 0 where nothing was taken."""

    item: str
    amount: Decimal
    outcome: SaleOutcome
    is_promotion: bool = False


@dataclass(frozen=True, kw_only=True)
class Promised:
    """Something promised on a visit, and by when."""

    text: str
    due_at: dt.datetime


@transaction.atomic
def record_visit(
    *,
    visit: RoomVisit,
    met: Iterable[Customer],
    sales: Sequence[Sale] = (),
    promises: Sequence[Promised] = (),
    by_operations: bool = False,
) -> RoomVisit:
    """Take in a visit (unsaved, with its facts) with whom was met, what was sold and promised, on its party's night.

    Whoever was met need not have been entered with the party before. A party that has been closed may still be
    recorded on its own night, for what was not typed in time; the moment itself is bounded. Raises `CannotVisit`.
    """
    now = timezone.now()
    if not nights.is_recordable(visit.at, now, by_operations):
        raise CannotVisit("at", _("This lies in the future, or too far back."))
    if visit.at < visit.party.seated_at or (visit.party.closed_at and visit.at > visit.party.closed_at):
        raise CannotVisit("party", _("This party has been closed."))
    visit.night = visit.party.night
    visit.save(force_insert=True)
    guests = {guest.goes_on_as.pk: guest.goes_on_as for guest in met}
    VisitedGuest.objects.bulk_create(VisitedGuest(visit=visit, customer=guest) for guest in guests.values())
    SecondSale.objects.bulk_create(_sale(visit, sale) for sale in sales)
    Promise.objects.bulk_create(
        Promise(party=visit.party, visit=visit, made_by=visit.manager, text=one.text, due_at=one.due_at)
        for one in promises
    )
    MissedVisit.objects.filter(_of(guests), party=visit.party).delete()
    return visit


def _of(guests: Iterable[int]) -> Q:
    """Rows about these guests, under whatever record they were written."""
    return Q(customer__in=guests) | Q(customer__merged_into__in=guests)


def _sale(visit: RoomVisit, sale: Sale) -> SecondSale:
    return SecondSale(
        party=visit.party,
        visit=visit,
        manager=visit.manager,
        night=visit.night,
        at=visit.at,
        item=sale.item,
        amount=sale.amount,
        outcome=sale.outcome,
        is_promotion=sale.is_promotion,
    )


@transaction.atomic
def say_missed(*, party: Party, customer: Customer, reason: str, by: User) -> MissedVisit:
    """Why a VIP of this party was not visited; said again, the newest reason stands. Raises `CannotVisit`."""
    if not reason.strip():
        raise CannotVisit("reason", _("A missed visit needs a reason."))
    theirs = _of([customer.goes_on_as.pk])
    if VisitedGuest.objects.filter(theirs, visit__party=party).exists():
        raise CannotVisit("customer", _("This guest was visited."))
    before = MissedVisit.objects.select_for_update(of=("self",)).filter(theirs, party=party).first()
    guest = before.customer_id if before else customer.goes_on_as.pk
    said = {"reason": reason.strip(), "night": party.night, "said_by": by, "said_at": timezone.now()}
    missed, _created = MissedVisit.objects.update_or_create(party=party, customer_id=guest, defaults=said)
    return missed


@transaction.atomic
def note_spend(*, spend: PartySpend) -> PartySpend:
    """Keep what a party has spent in all so far; the newest stands, earlier ones stay. One below the newest that is
    typed by hand needs a reason; one that is not below it has none. Locks the party. Raises `CannotVisit`."""
    if spend.amount < 0:
        raise CannotVisit("amount", _("An amount below zero cannot have been spent."))
    if not Party.objects.open().select_for_update().filter(pk=spend.party_id).values_list("pk"):
        raise CannotVisit("party", _("This party has been closed."))
    newest = PartySpend.objects.filter(party=spend.party_id).values_list("amount", flat=True).first() or Decimal(0)
    if spend.amount >= newest:
        spend.why = ""
    elif not spend.why and spend.origin == PartySpend.Origin.HAND:
        raise CannotVisit("why", _("%(before)s was noted before. Why is it less now?") % {"before": money(newest)})
    spend.save(force_insert=True)
    return spend


@transaction.atomic
def offer_promotion(*, offer: SecondSale) -> SecondSale:
    """Keep a promotion that was offered apart from any visit (unsaved: party, what, outcome, who), on the party's night
    (T5). Raises `CannotVisit`."""
    if not Party.objects.open().filter(pk=offer.party_id).exists():
        raise CannotVisit("party", _("This party has been closed."))
    offer.night, offer.is_promotion = offer.party.night, True
    offer.save(force_insert=True)
    return offer


def keep_promise(*, promise: Promise, by: User) -> bool:
    """Mark a promise as kept; False where somebody did so before."""
    waiting = Promise.objects.filter(pk=promise.pk, kept_at=None)
    return waiting.update(kept_at=timezone.now(), kept_by=by) == 1
