"""What settles for closed months (promises.md, "Every yuan is explained").

A closed month's figures stand; what arrived for it afterwards is an adjustment of the first open month after it: due
with everything known, minus all that was paid for it, so that whatever is closed, refunded and closed again sums to the
truth.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from targets import plans
from targets.commission import ZERO, Totals, earned
from targets.models import Adjustment, MonthClosing, Statement
from targets.sums import rows_of, totals_of


@dataclass(frozen=True)
class Settled:
    """What a month pays, or takes back, for an earlier month that was closed."""

    month: dt.date
    amount: Decimal


def settled_in(month: dt.date, people: Iterable[int] | None = None) -> dict[int, tuple[Settled, ...]]:
    """By manager's key, what an open month pays for months closed before it; nothing that comes to zero.

    Only what is booked in this month can be due: everything that came earlier was settled where it was booked.
    """
    late = _came_late(month, people)
    closings = MonthClosing.objects.filter(month__in=late).select_related("plan").order_by("month")
    found: dict[int, list[Settled]] = defaultdict(list)
    for closing in closings:
        managers = late[closing.month]
        due, paid = _due(closing, managers), _paid(closing, managers)
        for manager in managers:
            if amount := due[manager] - paid[manager]:
                found[manager].append(Settled(closing.month, amount))
    return {manager: tuple(settled) for manager, settled in found.items()}


def _came_late(month: dt.date, people: Iterable[int] | None) -> dict[dt.date, list[int]]:
    """Of which earlier months charges are booked in this one, and whose they are."""
    late: dict[dt.date, list[int]] = defaultdict(list)
    only = [] if people is None else [list(people)]
    for of, manager in rows_of(f"{_LATE} AND manager_id = ANY(%s)" if only else _LATE, month, *only):
        late[of].append(manager)
    return late


_LATE = """
    SELECT DISTINCT date_trunc('month', night::timestamp)::date, manager_id FROM targets_charge
    WHERE booked_month > night AND booked_month = %s AND manager_id IS NOT NULL
"""


def _due(closing: MonthClosing, managers: Iterable[int]) -> dict[int, Decimal]:
    """What a closed month is worth with everything known, by the plan and the targets it was closed with."""
    terms, own = plans.terms_of(closing.plan), plans.own_targets(closing.month)
    sold = totals_of(closing.month, counts_cards=terms.card_paid_rooms_count, people=managers)
    targets = {manager: own.get(manager, closing.plan.floor) for manager in managers}
    return {
        manager: earned(terms, target=target, totals=sold.get(manager, Totals())).own
        for manager, target in targets.items()
    }


def _paid(closing: MonthClosing, managers: Iterable[int]) -> dict[int, Decimal]:
    """What closed statements paid for a month: its own, and what later ones adjusted."""
    own = Statement.objects.filter(closing=closing, manager__in=managers).values_list("manager", "own")
    later = Adjustment.objects.filter(month=closing.month, statement__manager__in=managers)
    paid: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for manager, amount in [*own, *later.values_list("statement__manager", "amount")]:
        paid[manager] += amount
    return paid
