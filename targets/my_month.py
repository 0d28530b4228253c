"""My month: how far a manager is, where this night should be, what more would bring, and where it came from (S6 S7)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncMonth

from staff.models import User
from targets import commission, months, plans
from targets.choices import ChargeKind, Payment
from targets.commission import ZERO, Terms, Totals
from targets.models import Charge, CommissionPlan, Statement, Target
from targets.statements import MonthStatement
from targets.sums import totals_of
from vipdesk import nights

STEP = Decimal("1000.00")
BARS = 12
MOST_ROOMS = 12


@dataclass(frozen=True)
class Goal:
    """One amount to reach: how far it is, and how far it should be by the end of tonight."""

    amount: Decimal
    reached: Decimal
    pace: Decimal

    @property
    def missing(self) -> Decimal:
        return max(self.amount - self.reached, ZERO)

    @property
    def is_reached(self) -> bool:
        return self.reached >= self.amount

    @property
    def ahead(self) -> Decimal:
        """Before the pace; behind it where negative."""
        return self.reached - self.pace

    @property
    def behind(self) -> Decimal:
        return -self.ahead

    @property
    def percent(self) -> int:
        """Of the goal, cut off, 0 to 100: how long the bar is."""
        return min(int(max(self.reached, ZERO) * 100 / self.amount), 100)

    @property
    def pace_percent(self) -> int:
        return min(int(self.pace * 100 / self.amount), 100)


def goal_of(amount: Decimal, reached: Decimal, month: dt.date, tonight: dt.date) -> Goal:
    """Each night of the month brings as much as any other; a month that is over should be all there."""
    of_month = months.nights_of(month)
    gone = sum(night <= tonight for night in of_month)
    return Goal(amount, reached, commission.to_cents(amount * gone / len(of_month)))


@dataclass(frozen=True)
class Ahead:
    """What more sales would bring now: the next 1,000 yuan; all up to just past the next amount where something
    changes; and 1,000 yuan more beyond that."""

    next_step: Decimal
    edge: Decimal | None
    to_edge: Decimal
    at_edge: Decimal
    beyond: Decimal


def ahead_of(terms: Terms, target: Decimal, totals: Totals) -> Ahead:
    edge = commission.next_edge(terms, target=target, room_total=totals.rooms)
    just_past = ZERO if edge is None else edge - totals.rooms + commission.CENT
    there = totals.plus(Totals(rooms=just_past))
    return Ahead(
        next_step=commission.brings(terms, target=target, totals=totals, more=STEP),
        edge=edge,
        to_edge=ZERO if edge is None else edge - totals.rooms,
        at_edge=commission.brings(terms, target=target, totals=totals, more=just_past),
        beyond=commission.brings(terms, target=target, totals=there, more=STEP),
    )


# --- so far, for Tonight ---------------------------------------------------------------------------------------------


def so_far(user: User, now_month: dt.date) -> tuple[CommissionPlan, Decimal, Totals] | None:
    """The plan, the target and what was sold in the month that is running; None where no plan is in force."""
    own = Target.objects.filter(month=now_month, manager=user).values("amount")
    plan: Any = plans.newest(now_month).annotate(own_target=Subquery(own[:1])).first()
    if plan is None:
        return None
    target = plan.own_target or plan.floor
    sold = totals_of(now_month, counts_cards=plan.card_paid_rooms_count, people=[user.pk])
    return plan, target, sold.get(user.pk, Totals())


# --- the last twelve months ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bar:
    """A month's room total, frozen or as it stands; `percent` of the highest of them, `place` from the left."""

    month: dt.date
    rooms: Decimal
    percent: int
    place: int

    @property
    def x(self) -> int:
        """Where it stands in a drawing of twelve bars of 20 units and 100 high."""
        return self.place * 20 + 4

    @property
    def y(self) -> int:
        return 100 - self.percent

    @property
    def thousands(self) -> str:
        """In thousands of yuan, where a bar has no place for more."""
        return f"{int(self.rooms / 1000)}k" if self.rooms else ""


def last_months(user: User, until: dt.date) -> list[Bar]:
    """Oldest first, the month that is running last."""
    shown = [until]
    while len(shown) < BARS:
        shown.insert(0, months.preceding(shown[0]))
    sold = _rooms_by_month(user, shown)
    frozen = dict(
        Statement.objects.filter(manager=user, closing__month__in=shown).values_list("closing__month", "room_total")
    )
    rooms = {month: frozen.get(month, sold.get(month, ZERO)) for month in shown}
    highest = max(*rooms.values(), Decimal(1))
    return [
        Bar(month, total, percent=int(max(total, ZERO) * 100 / highest), place=place)
        for place, (month, total) in enumerate(rooms.items())
    ]


def _rooms_by_month(user: User, shown: list[dt.date]) -> dict[dt.date, Decimal]:
    rows = Charge.objects.filter(manager=user, kind=ChargeKind.ROOM, night__gte=shown[0])
    by_month = rows.order_by().annotate(month=TruncMonth("night")).values_list("month")
    cards = Q(payment=Payment.STORED_VALUE)
    found = by_month.annotate(all=Sum("amount"), by_card=Sum("amount", filter=cards, default=ZERO))
    without = [plan for plan in CommissionPlan.objects.standing() if not plan.card_paid_rooms_count]
    return {month: total - (by_card if _leaves_out(without, month) else 0) for month, total, by_card in found}


def _leaves_out(without: Iterable[CommissionPlan], month: dt.date) -> bool:
    plan = plans.newest_plan(month) if without else None
    return plan is not None and plan in without


# --- where a statement comes from ------------------------------------------------------------------------------------


def bills_of(it: MonthStatement) -> "QuerySet[Charge]":
    """The rows that the statement's own figures are made of: those of its nights that came before it was closed."""
    return Charge.objects.filter(manager=it.manager, night__in=months.nights_of(it.month), booked_month=it.month)


def late_bills_of(it: MonthStatement, of: dt.date) -> "QuerySet[Charge]":
    """The rows of an earlier, closed month that this one settles."""
    return Charge.objects.filter(manager=it.manager, night__in=months.nights_of(of), booked_month=it.month)


@dataclass(frozen=True)
class Part:
    """What one night or one room brought."""

    what: object
    rooms: Decimal
    cards: Decimal
    bills: int


def by_night(it: MonthStatement) -> list[Part]:
    return _parts(it, "night", order="-night")


@dataclass(frozen=True)
class ByRoom:
    """The rooms that brought most, and one part for all others, whose `what` is how many these are; together the
    month's room total. A part without a room: none was named on the bill."""

    shown: list[Part]
    rest: Part | None


def by_room(it: MonthStatement, most: int = MOST_ROOMS) -> ByRoom:
    """Bills of rooms alone, those that count."""
    rows = counted_rooms_of(it).order_by("room__number").values_list("room__number")
    found = rows.annotate(rooms=Sum("amount"), bills=Count("bill_no", distinct=True))
    rooms = sorted((Part(what, total, ZERO, bills) for what, total, bills in found), key=lambda part: -part.rooms)
    shown, others = rooms[:most], rooms[most:]
    bills = sum(part.bills for part in others)
    rest = Part(len(others), sum((part.rooms for part in others), ZERO), ZERO, bills) if others else None
    return ByRoom(shown, rest)


def counted_rooms_of(it: MonthStatement) -> "QuerySet[Charge]":
    """The rows that the statement's room total is the sum of."""
    return bills_of(it).filter(_counts(it))


def uncounted_rooms_of(it: MonthStatement) -> "QuerySet[Charge]":
    """Bills of rooms that were paid with a stored-value card, where the plan counts these nowhere."""
    return bills_of(it).filter(~_counts(it), kind=ChargeKind.ROOM)


def _counts(it: MonthStatement) -> Q:
    counted = Q(kind=ChargeKind.ROOM)
    return counted if it.plan.card_paid_rooms_count else counted & ~Q(payment=Payment.STORED_VALUE)


def _parts(it: MonthStatement, what: str, order: str) -> list[Part]:
    counted = _counts(it)
    rows = bills_of(it).order_by(F(order[1:]).desc() if order.startswith("-") else order).values_list(what)
    found = rows.annotate(
        rooms=Sum("amount", filter=counted, default=ZERO),
        cards=Sum("amount", filter=Q(kind=ChargeKind.CARD), default=ZERO),
        bills=Count("bill_no", distinct=True),
    )
    return [Part(*row) for row in found]


def running() -> tuple[dt.date, dt.date]:
    """The month that is running, and tonight."""
    tonight = nights.tonight()
    return months.month_of(tonight), tonight
