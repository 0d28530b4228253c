"""Closing a month (月结): statements become rows that cannot change, and nothing is booked into the month any more."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from staff.models import User
from targets import months, plans
from targets.choices import ClaimState
from targets.models import Adjustment, Charge, Claim, MonthClosing, Statement
from targets.statements import MonthStatement, live, print_slice


class CannotClose(Exception):
    """The month cannot be closed; the message is one line for a person."""


@transaction.atomic
def close_month(*, month: dt.date, by: User | None = None) -> tuple[MonthClosing, bool]:
    """The month's closing, and whether it was made now: a closed month stays as it is. CannotClose for the month that
    is running, for coming ones, and where no plan is in force.

    Waits for everybody who writes into the month, and keeps new ones waiting, until the transaction ends
    (`targets.months`); what they have written by then is in the statements.
    """
    if month >= months.current():
        raise CannotClose(_("%(month)s is not over yet.") % {"month": months.name_of(month)})
    months.hold_closings()
    closing = MonthClosing.objects.filter(month=month).first()
    if closing:
        return closing, False
    months.hold_month(month)
    plan = plans.newest_plan(month)
    if plan is None:
        raise CannotClose(_("No commission plan is in force in %(month)s.") % {"month": months.name_of(month)})
    statements = live(month)
    closing = MonthClosing.objects.create(month=month, plan=plan, was_sample=plan.is_sample, closed_by=by)
    _freeze(closing, statements)
    return closing, True


def _freeze(closing: MonthClosing, statements: Iterable[MonthStatement]) -> None:
    frozen = [(_row(closing, one), one.adjustments) for one in statements]
    Statement.objects.bulk_create(row for row, _settled in frozen)
    Adjustment.objects.bulk_create(
        Adjustment(statement=row, month=one.month, amount=one.amount) for row, settled in frozen for one in settled
    )


def _row(closing: MonthClosing, one: MonthStatement) -> Statement:
    it = one.earned
    return Statement(
        closing=closing,
        manager=one.manager,
        target=it.target,
        room_total=it.totals.rooms,
        card_total=it.totals.cards,
        tiers=[print_slice(part) for part in it.slices],
        room_commission=it.room_commission,
        card_commission=it.card_commission,
        bonus=it.bonus,
        own=it.own,
        total=one.total,
        gifts_next_month=it.plates,
    )


# --- before it is closed ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CheckList:
    """What is better settled before a month is closed. Nothing of it stops the closing: what comes later settles."""

    open_claims: int
    unassigned: int
    unassigned_total: Decimal
    is_sample: bool
    open_before: list[dt.date]

    @property
    def is_clear(self) -> bool:
        return not (self.open_claims or self.unassigned or self.is_sample)


def check_list(month: dt.date) -> CheckList:
    of_month = months.nights_of(month)
    nobodys = Charge.objects.filter(night__in=of_month).unassigned()
    plan = plans.newest_plan(month)
    return CheckList(
        open_claims=Claim.objects.filter(state=ClaimState.OPEN, night__in=of_month).count(),
        unassigned=nobodys.count(),
        unassigned_total=nobodys.total(),
        is_sample=plan is not None and plan.is_sample,
        open_before=_open_before(month),
    )


def _open_before(month: dt.date) -> list[dt.date]:
    """Months with charges that are not closed yet though they are over."""
    earlier = Charge.objects.filter(night__lt=month, booked_month__lt=month)
    found = earlier.order_by().annotate(month=TruncMonth("night")).values_list("month", flat=True).distinct()
    return sorted(set(found) - months.closed_months())
