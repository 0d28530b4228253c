"""What a plan that begins in the past changes of months that are open: whose figures, from what to what.

Closed months stand as they were closed. The running month is among the past ones: part of it is sold.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from staff.models import User
from targets import months, plans
from targets.commission import Earned, Terms, Totals, earned
from targets.models import Charge, CommissionPlan
from targets.plan_files import PlanFile
from targets.statements import people_of
from targets.sums import totals_of


@dataclass(frozen=True)
class Change:
    """One manager's month under the terms it goes by now (None: it has no plan) and under the new ones."""

    month: dt.date
    manager: User
    before: Earned | None
    after: Earned

    @property
    def difference(self) -> Decimal:
        return self.after.own - (self.before.own if self.before else Decimal(0))

    @property
    def plates_before(self) -> int:
        return self.before.plates if self.before else 0

    @property
    def has_effect(self) -> bool:
        """Whether pay or plates change."""
        return bool(self.difference) or self.after.plates != self.plates_before


def changes_by(plan: PlanFile) -> list[Change]:
    """What taking in this plan changes, the newest month first, by login name."""
    return _changes(plan.effective_from, plan.terms)


def changes_without(plan: CommissionPlan) -> list[Change]:
    """What withdrawing this plan changes; nothing where no earlier plan would take its place."""
    before = plans.plan_before(plan)
    if before is None:
        return []
    return _changes(plan.effective_from, plans.terms_of(before))


def begins_in_the_past(month: dt.date) -> bool:
    return month <= months.current()


def _changes(since: dt.date, terms: Terms) -> list[Change]:
    return [
        change
        for month in sorted(_open_months(since), reverse=True)
        for change in _changes_in(month, terms)
        if change.has_effect
    ]


def _open_months(since: dt.date) -> set[dt.date]:
    """Months from `since` to the running one in which something was sold, and the two last ones, whose completion
    grants plates; without closed ones, and up to the next plan."""
    current = months.current()
    later = CommissionPlan.objects.standing().filter(effective_from__gt=since).order_by("effective_from").first()
    until = min(current, months.preceding(later.effective_from)) if later else current
    sold = Charge.objects.filter(night__gte=since, night__lt=months.following(until)) if since <= until else None
    found = {months.month_of(night) for night in sold.dates("night", "month")} if sold is not None else set()
    found |= {month for month in (current, months.preceding(current)) if since <= month <= until}
    return found - months.closed_months()


def _changes_in(month: dt.date, terms: Terms) -> list[Change]:
    standing = plans.newest_plan(month)
    old = plans.terms_of(standing) if standing else None
    own = plans.own_targets(month)
    sold = {by_card: totals_of(month, counts_cards=by_card) for by_card in (True, False)}

    def figures(manager: int, by: Terms) -> Earned:
        totals = sold[by.card_paid_rooms_count].get(manager, Totals())
        return earned(by, target=own.get(manager, by.floor), totals=totals)

    people = people_of(set(sold[True]) | set(sold[False]))
    return [
        Change(month, user, figures(key, old) if old else None, figures(key, terms)) for key, user in people.items()
    ]
