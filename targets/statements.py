"""Statements of a month: live from the ledger while it is open, from frozen rows once it is closed (S6 S7).

A month's own figures are those of all charges whose night lies in it (`targets.sums`). A closed month's figures stand;
what arrived for it afterwards is an adjustment of the first open month after it (`targets.settling`).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from staff import roles
from staff.models import User
from targets import months, plans
from targets.commission import (
    ZERO,
    Earned,
    Slice,
    Totals,
    earned,
    print_completion,
    print_money,
    print_rate,
)
from targets.models import CommissionPlan, MonthClosing, Statement
from targets.settling import Settled, settled_in
from targets.sums import totals_of


class NoPlan(Exception):
    """No plan is in force in the month; the message is one line for a person."""


@dataclass(frozen=True)
class MonthStatement:
    """One manager's month, live or frozen."""

    month: dt.date
    is_closed: bool
    manager: User
    plan: CommissionPlan
    is_sample: bool
    earned: Earned
    adjustments: tuple[Settled, ...] = ()

    @property
    def commission(self) -> Decimal:
        """Of rooms and of cards."""
        return self.earned.room_commission + self.earned.card_commission

    @property
    def adjusted(self) -> Decimal:
        return sum((one.amount for one in self.adjustments), ZERO)

    @property
    def total(self) -> Decimal:
        return self.earned.own + self.adjusted

    def as_json(self) -> dict[str, Any]:
        """As contract.md, "Statement", prints it."""
        it = self.earned
        return {
            "month": months.name_of(self.month),
            "status": "closed" if self.is_closed else "open",
            "manager": self.manager.username,
            "plan": self.plan.code,
            "floor": print_money(self.plan.floor),
            "target": print_money(it.target),
            "room_total": print_money(it.totals.rooms),
            "card_total": print_money(it.totals.cards),
            "completion": print_completion(it.completion),
            "tiers": [print_slice(one) for one in it.slices],
            "room_commission": print_money(it.room_commission),
            "card_commission": print_money(it.card_commission),
            "bonus": print_money(it.bonus),
            "adjustments": [
                {"month": months.name_of(one.month), "amount": print_money(one.amount)} for one in self.adjustments
            ],
            "total": print_money(self.total),
            "gifts_next_month": it.plates,
        }


def print_slice(one: Slice) -> dict[str, str | None]:
    return {
        "over": print_money(one.over),
        "up_to": None if one.up_to is None else print_money(one.up_to),
        "rate": print_rate(one.rate),
        "amount": print_money(one.amount),
        "commission": print_money(one.commission),
    }


# --- a month's statements --------------------------------------------------------------------------------------------


def statements_of(month: dt.date) -> list[MonthStatement]:
    """Everybody's, sorted by login name: of every active manager and of anyone with charges or an adjustment; of a
    closed month those it was closed with. NoPlan where none is in force."""
    closing = MonthClosing.objects.filter(month=month).select_related("plan").first()
    return frozen(closing) if closing else live(month)


def everybodys_statements(month: dt.date) -> list[MonthStatement]:
    """As the contract lists them: of a closed month also those who came, or whose charges came, after it was closed;
    theirs are empty, for what is due to them settles in an open month."""
    closing = MonthClosing.objects.filter(month=month).select_related("plan").first()
    if closing is None:
        return live(month)
    found = frozen(closing)
    there = {one.manager.pk for one in found}
    sold = totals_of(month, counts_cards=closing.plan.card_paid_rooms_count)
    missing = [user for key, user in people_of(set(sold)).items() if key not in there]
    return sorted(found + [_nothing(closing, user) for user in missing], key=lambda one: one.manager.username)


def statement_of(month: dt.date, manager: User) -> MonthStatement:
    """One manager's; nothing was sold where there is no trace of them."""
    closing = MonthClosing.objects.filter(month=month).select_related("plan").first()
    if closing is None:
        return live(month, [manager])[0]
    return next(iter(frozen(closing, manager)), None) or _nothing(closing, manager)


def live(month: dt.date, only: Iterable[User] | None = None) -> list[MonthStatement]:
    """An open month as it stands now, of these people or of everybody."""
    plan = plans.newest_plan(month)
    if plan is None:
        raise NoPlan(f"No commission plan is in force in {months.name_of(month)}: load one first (load_plan).")
    terms, own = plans.terms_of(plan), plans.own_targets(month)
    people = None if only is None else {user.pk: user for user in only}
    sold, settled = totals_of(month, counts_cards=plan.card_paid_rooms_count, people=people), settled_in(month, people)
    if people is None:
        people = people_of(sold.keys() | settled.keys())
    return [
        MonthStatement(
            month=month,
            is_closed=False,
            manager=user,
            plan=plan,
            is_sample=plan.is_sample,
            earned=earned(terms, target=own.get(key, plan.floor), totals=sold.get(key, Totals())),
            adjustments=settled.get(key, ()),
        )
        for key, user in people.items()
    ]


def frozen(closing: MonthClosing, manager: User | None = None) -> list[MonthStatement]:
    """The statements a month was closed with."""
    rows = Statement.objects.filter(closing=closing).order_by("manager__username").select_related("manager")
    if manager:
        rows = rows.filter(manager=manager)
    return [_thawed(closing, row) for row in rows.prefetch_related("adjustments")]


def _thawed(closing: MonthClosing, row: Statement) -> MonthStatement:
    return MonthStatement(
        month=closing.month,
        is_closed=True,
        manager=row.manager,
        plan=closing.plan,
        is_sample=closing.was_sample,
        earned=Earned(
            target=row.target,
            totals=Totals(row.room_total, row.card_total),
            slices=tuple(_read_slice(one) for one in row.tiers),
            card_commission=row.card_commission,
            bonus=row.bonus,
            plates=row.gifts_next_month,
        ),
        adjustments=tuple(Settled(one.month, one.amount) for one in row.adjustments.all()),
    )


def _read_slice(one: Mapping[str, str | None]) -> Slice:
    def number(key: str) -> Decimal:
        return Decimal(one[key] or 0)

    up_to = None if one["up_to"] is None else number("up_to")
    return Slice(number("over"), up_to, number("rate"), number("amount"), number("commission"))


def _nothing(closing: MonthClosing, manager: User) -> MonthStatement:
    """Of somebody who came after the month was closed."""
    target = plans.own_targets(closing.month).get(manager.pk, closing.plan.floor)
    nothing = earned(plans.terms_of(closing.plan), target=target, totals=Totals())
    return MonthStatement(closing.month, True, manager, closing.plan, closing.was_sample, nothing)


def people_of(others: set[int]) -> dict[int, User]:
    """Active managers and these others, by key, sorted by login name."""
    managers = User.objects.managers().values_list("pk", flat=True)
    found = User.objects.filter(pk__in={*managers, *others}).order_by("username")
    return {user.pk: user for user in found}


def find_manager(username: str) -> User | None:
    """Whose statement may be asked for: who works or worked as a manager, or has money in the ledger."""
    user: User | None = User.objects.filter(username=username).first()
    if user is None or user.groups.filter(name=roles.MANAGER).exists():
        return user
    return user if user.charges.exists() or user.statements.exists() else None
