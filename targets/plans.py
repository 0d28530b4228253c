"""Plans and targets in the database: which plan is in force, loading one, copying one, setting a manager's target.

A closed month keeps the plan it was closed by. So a plan that a closed month used cannot change, and a newer one with
an earlier month only counts for the months of its time that are still open.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from staff.models import User
from targets import months
from targets.commission import Bonus, Gifts, Terms, Tier
from targets.models import BonusBand, CommissionPlan, CommissionTier, GiftBand, MonthClosing, Target
from targets.plan_files import MOST_YUAN, PlanFile


class CannotPlan(Exception):
    """What was asked for cannot be done; the message is one line for a person."""


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


# --- reading -------------------------------------------------------------------------------------------------------


def plan_in_force(month: dt.date) -> CommissionPlan | None:
    """The plan a month is closed by; of an open one the plan with the newest `effective_from` at or before it."""
    closing = MonthClosing.objects.filter(month=month).select_related("plan").first()
    return closing.plan if closing else newest_plan(month)


def newest_plan(month: dt.date) -> CommissionPlan | None:
    """The plan that an open month goes by."""
    return newest(month).first()


def newest(month: dt.date) -> QuerySet[CommissionPlan]:
    """Plans that an open month could go by, the one it does first."""
    return CommissionPlan.objects.standing().filter(effective_from__lte=month).order_by("-effective_from")


def earliest_month() -> dt.date | None:
    """Before it no plan was ever in force."""
    found: dt.date | None = CommissionPlan.objects.standing().aggregate(first=Min("effective_from"))["first"]
    return found


def terms_of(plan: CommissionPlan) -> Terms:
    """A plan's rows as the pure module takes them."""
    return Terms(
        floor=plan.floor,
        tiers=tuple(Tier(one.over, one.rate) for one in plan.tiers.all()),
        card_rate=plan.card_rate,
        card_paid_rooms_count=plan.card_paid_rooms_count,
        bonus=tuple(Bonus(one.completion, one.amount) for one in plan.bonus_bands.all()),
        min_party_spend=plan.min_party_spend,
        gifts=tuple(Gifts(one.completion, one.plates) for one in plan.gift_bands.all()),
    )


def as_file(plan: CommissionPlan) -> PlanFile:
    return PlanFile(plan.code, plan.effective_from, terms_of(plan))


def own_targets(month: dt.date, people: Iterable[int] | None = None) -> dict[int, Decimal]:
    """Targets that were set for the month, by manager's key; everybody else's is the plan's floor."""
    found = Target.objects.filter(month=month)
    found = found if people is None else found.filter(manager__in=people)
    return dict(found.values_list("manager", "amount"))


# --- plans ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def load_plan(*, plan: PlanFile, by: User | None = None) -> Outcome:
    """Takes a plan in, or the new content of one; CannotPlan where its month has another, or a closed month used it.

    The shipped sample gives way to a house's own plan for the same month, as long as no month was closed by it. Who
    loads the sample's very figures says that they are the house's own.
    """
    months.hold_closings()
    standing = CommissionPlan.objects.filter(code=plan.code).first()
    if standing and not standing.withdrawn_at and as_file(standing) == plan:
        _confirm(standing, by)
        return Outcome.UNCHANGED
    if standing:
        _refuse_used(standing)
    _free_the_month(plan)
    row = standing or CommissionPlan(code=plan.code)
    _write(row, plan, by)
    return Outcome.UPDATED if standing else Outcome.CREATED


def _refuse_used(plan: CommissionPlan) -> None:
    used = plan.closings.order_by("month").first()
    if used:
        facts = {"code": plan.code, "month": months.name_of(used.month)}
        raise CannotPlan(_("The closed month %(month)s used plan %(code)s: it cannot change.") % facts)


def _free_the_month(plan: PlanFile) -> None:
    same_month = CommissionPlan.objects.standing().filter(effective_from=plan.effective_from)
    other = same_month.exclude(code=plan.code).first()
    if other and other.is_sample and not other.closings.exists():
        other.delete()
    elif other:
        facts = {"code": other.code, "month": months.name_of(plan.effective_from)}
        raise CannotPlan(_("From %(month)s on there is plan %(code)s already: one plan per month.") % facts)


def _write(row: CommissionPlan, plan: PlanFile, by: User | None) -> None:
    terms = plan.terms
    row.effective_from, row.floor, row.card_rate = plan.effective_from, terms.floor, terms.card_rate
    row.card_paid_rooms_count, row.min_party_spend = terms.card_paid_rooms_count, terms.min_party_spend
    row.is_sample, row.confirmed_by, row.confirmed_at = False, by, timezone.now()
    row.updated_at = timezone.now()
    row.withdrawn_by = row.withdrawn_at = None
    row.save()
    for parts in (row.tiers, row.bonus_bands, row.gift_bands):
        parts.all().delete()
    CommissionTier.objects.bulk_create(CommissionTier(plan=row, over=one.over, rate=one.rate) for one in terms.tiers)
    BonusBand.objects.bulk_create(
        BonusBand(plan=row, completion=one.completion, amount=one.amount) for one in terms.bonus
    )
    GiftBand.objects.bulk_create(
        GiftBand(plan=row, completion=one.completion, plates=one.plates) for one in terms.gifts
    )


@transaction.atomic
def confirm_plan(*, plan: CommissionPlan, by: User) -> None:
    """Operations say that the sample's figures are the house's own; months closed before keep their mark."""
    months.hold_closings()
    _confirm(plan, by)


@transaction.atomic
def withdraw_plan(*, plan: CommissionPlan, by: User) -> None:
    """Take a plan back: its months go by the plan before it again. The row stays on file. CannotPlan where a closed
    month used it, where no earlier plan would take its place, and where it was withdrawn before."""
    months.hold_closings()
    on_file = CommissionPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if on_file.withdrawn_at:
        raise CannotPlan(_("This plan was withdrawn before."))
    _refuse_used(on_file)
    if plan_before(on_file) is None:
        raise CannotPlan(_("No earlier plan would take its place: load or copy that one first."))
    on_file.withdrawn_by, on_file.withdrawn_at = by, timezone.now()
    on_file.save(update_fields=["withdrawn_by", "withdrawn_at"])


def plan_before(plan: CommissionPlan) -> CommissionPlan | None:
    """The plan by which the months of this one would go without it."""
    return newest(months.preceding(plan.effective_from)).first()


def _confirm(plan: CommissionPlan, by: User | None) -> None:
    sample = CommissionPlan.objects.filter(pk=plan.pk, is_sample=True)
    sample.update(is_sample=False, confirmed_by=by, confirmed_at=timezone.now())


# --- targets -------------------------------------------------------------------------------------------------------


@transaction.atomic
def set_target(*, manager: User, month: dt.date, amount: Decimal, by: User | None = None) -> Outcome:
    """A manager's own target of one month, in yuan; CannotPlan where the month is closed or the amount is none."""
    if not 0 < amount <= MOST_YUAN:
        raise CannotPlan(_("A target is more than 0."))
    if months.open_month_for(month) != month:
        raise CannotPlan(_("%(month)s is closed: its targets stand.") % {"month": months.name_of(month)})
    standing = Target.objects.select_for_update().filter(manager=manager, month=month).first()
    if standing and standing.amount == amount:
        return Outcome.UNCHANGED
    facts = {"amount": amount, "set_by": by, "set_at": timezone.now()}
    Target.objects.update_or_create(manager=manager, month=month, defaults=facts)
    return Outcome.UPDATED if standing else Outcome.CREATED


@transaction.atomic
def drop_target(*, manager: User, month: dt.date) -> None:
    """Back to the plan's floor."""
    if months.open_month_for(month) != month:
        raise CannotPlan(_("%(month)s is closed: its targets stand.") % {"month": months.name_of(month)})
    Target.objects.filter(manager=manager, month=month).delete()
