"""Fruit plates (A5): how many are left, giving one to a party, taking it back, what they cost (G10).

Last month's completion grants them, live until that month closes. Every function that writes is one transaction, takes
keywords only and raises `CannotGift` with a sentence for the person who asked. A plate given as compensation is a cost
of the complaint, and none of these.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _

from staff import roles
from staff.models import User
from targets import commission, months, plans, statements
from targets.choices import ChargeKind
from targets.commission import Gifts, Totals, completion_of
from targets.models import (
    Charge,
    Gift,
    GiftAllowance,
    GiftBand,
    GiftCost,
    MonthClosing,
    Statement,
    Target,
)
from targets.sums import totals_of
from vipdesk.templatetags.nights import money
from visits.models import Party, PartySpend

TAKEN_BACK_WITHIN = dt.timedelta(minutes=10)
NOTHING = Decimal("0.00")


class CannotGift(Exception):
    """Why not, in words."""


@dataclass(frozen=True)
class Plates:
    """A manager's plates of a month."""

    granted: int
    given: int

    @property
    def left(self) -> int:
        return self.granted - self.given


# --- what is left ----------------------------------------------------------------------------------------------------


def plates_of(manager: User, month: dt.date) -> Plates:
    """As of now; what was given stays granted, whatever last month's completion falls to. Two statements."""
    plan = _plan_with_facts(manager, months.preceding(month))
    allowance = GiftAllowance.objects.filter(manager=manager, month=month)
    given = plan.given if plan else allowance.values_list("given", flat=True).first()
    return Plates(max(_granted_by(plan, manager, month), given or 0), given or 0)


def granted_by_last_month(manager: User, month: dt.date) -> int:
    """What the month before grants: live while it is open, frozen once it is closed; nothing where it has no plan.

    The plates of `statements.statement_of`, without the rest of the statement: Tonight asks at every refresh.
    """
    return _granted_by(_plan_with_facts(manager, months.preceding(month)), manager, month)


def _granted_by(plan: Any, manager: User, month: dt.date) -> int:
    last = months.preceding(month)
    if plan is None:
        return 0
    if plan.is_closed:
        # Who came after the closing has no row in it, and sold nothing that it knew of.
        return plan.frozen if plan.frozen is not None else statements.statement_of(last, manager).earned.plates
    sold = totals_of(last, counts_cards=plan.card_paid_rooms_count, people=[manager.pk]).get(manager.pk, Totals())
    bands = [Gifts(Decimal(one["completion"]), one["plates"]) for one in plan.bands]
    return commission.plates_of(bands, completion_of(sold.rooms, plan.own_target or plan.floor))


def _plan_with_facts(manager: User, month: dt.date) -> Any:
    """The plan that an open month goes by, with what one manager's plates follow from; None where there is none."""
    bands = GiftBand.objects.filter(plan=OuterRef("pk")).order_by("completion")
    frozen = Statement.objects.filter(closing__month=month, manager=manager).values("gifts_next_month")
    own = Target.objects.filter(month=month, manager=manager).values("amount")
    as_text = Cast("completion", CharField())  # a number of JSON would be a float
    given = GiftAllowance.objects.filter(month=months.following(month), manager=manager).values("given")
    return (
        plans.newest(month)
        .annotate(
            given=Subquery(given[:1]),
            is_closed=Exists(MonthClosing.objects.filter(month=month)),
            frozen=Subquery(frozen[:1]),
            own_target=Subquery(own[:1]),
            bands=ArraySubquery(bands.values(json=JSONObject(completion=as_text, plates="plates"))),
        )
        .first()
    )


def minimum_of(month: dt.date) -> Decimal:
    """What a party must have spent for a plate, by the plan in force."""
    plan = plans.plan_in_force(month)
    return plan.min_party_spend if plan else NOTHING


def spend_of(party: Party, *, giver: User) -> Decimal:
    """What a plate of `giver`'s goes by: the larger of the party's bills and its newest total from the till or from
    operations. A total that somebody on the floor typed, or the giver themselves, opens nothing."""
    operations = Q(noted_by__in=User.objects.in_role(roles.OPERATIONS)) | Q(noted_by__is_superuser=True)
    confirmed = operations | Q(origin=PartySpend.Origin.TILL)
    newest = party.spends.filter(confirmed).exclude(noted_by=giver).first()
    bills: Decimal = Charge.objects.filter(party=party, kind=ChargeKind.ROOM).total()
    return max(bills, newest.amount if newest else NOTHING)


# --- giving ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def give_plate(*, party: Party, by: User, client_id: UUID | None = None) -> Gift:
    """One plate of `by`'s own allowance to an open party. Raises `CannotGift`: the party has gone, has not spent
    enough or has had its plates, nothing is left. Locks the party, then the allowance."""
    on_file: Party = Party.objects.select_for_update(of=("self",)).get(pk=party.pk)
    if not on_file.is_open:
        raise CannotGift(_("This party has been closed."))
    month = months.month_of(on_file.night)
    if has_its_plates(on_file):
        raise CannotGift(_("This party has had its fruit plates: %(n)d a night.") % {"n": settings.PLATES_PER_PARTY})
    spent, needed = spend_of(on_file, giver=by), minimum_of(month)
    if spent < needed:
        raise CannotGift(
            _("By the till or operations they have spent %(spent)s of the %(needed)s that a plate needs.")
            % _words(spent, needed)
        )
    allowance = _locked(by, month)
    allowance.granted = max(granted_by_last_month(by, month), allowance.given)
    if allowance.given >= allowance.granted:
        raise CannotGift(_("No fruit plate is left this month."))
    allowance.given += 1
    allowance.save(update_fields=["granted", "given"])
    gift = Gift(allowance=allowance, party=on_file, night=on_file.night, cost=cost_in(month), client_id=client_id)
    gift.save(force_insert=True)
    return gift


def has_its_plates(party: Party) -> bool:
    """Whether the party has had as many plates as one gets in a night, by whoever's allowance."""
    most: int = settings.PLATES_PER_PARTY
    return kept().filter(party=party).count() >= most


def kept() -> QuerySet[Gift]:
    """Plates given and not taken back."""
    return Gift.objects.filter(takes_back=None, taken_back_by=None)


def _words(spent: Decimal, needed: Decimal) -> dict[str, str]:
    return {"spent": money(spent), "needed": money(needed)}


@transaction.atomic
def take_back(*, gift: Gift, by: User) -> Gift:
    """The plate was not served after all: it is left again. Raises `CannotGift`: too late, taken back already, or
    another manager's."""
    allowance = _locked(gift.allowance.manager, gift.allowance.month)
    if gift.allowance.manager_id != by.pk or gift.takes_back_id:
        raise CannotGift(_("This plate is not yours to take back."))
    if Gift.objects.filter(takes_back=gift).exists():
        raise CannotGift(_("This plate was taken back already."))
    if timezone.now() - gift.at > TAKEN_BACK_WITHIN:
        raise CannotGift(_("A plate is taken back within %(n)d minutes.") % {"n": TAKEN_BACK_WITHIN.seconds // 60})
    allowance.given -= 1
    allowance.save(update_fields=["given"])
    back = Gift(allowance=allowance, party=gift.party, night=gift.night, cost=gift.cost, takes_back=gift)
    back.save(force_insert=True)
    return back


def _locked(manager: User, month: dt.date) -> GiftAllowance:
    GiftAllowance.objects.bulk_create([GiftAllowance(manager=manager, month=month)], ignore_conflicts=True)
    found: GiftAllowance = GiftAllowance.objects.select_for_update().get(manager=manager, month=month)
    return found


# --- what they cost --------------------------------------------------------------------------------------------------


def cost_in(month: dt.date) -> Decimal:
    """What a plate costs in that month; nothing where operations named no cost."""
    costs = GiftCost.objects.filter(effective_from__lte=month).order_by("-effective_from")
    return costs.values_list("cost", flat=True).first() or NOTHING


@dataclass(frozen=True)
class Spent:
    """What somebody gave in a month, and what it cost."""

    manager: User
    plates: Plates
    cost: Decimal


def spent_in(month: dt.date, people: Iterable[User]) -> list[Spent]:
    """Of these people, granted, given and cost; plates taken back cost nothing."""
    rows = kept().filter(allowance__month=month).order_by().values("allowance__manager")
    costs = {row["allowance__manager"]: row["cost"] for row in rows.annotate(cost=Sum("cost"), n=Count("pk"))}
    return [Spent(one, plates_of(one, month), costs.get(one.pk, NOTHING)) for one in people]
