"""Any order of selling, refunding, giving a bill to somebody else and closing months, against a model that knows no
database: every statement is the model's, and all of them together sum to the truth (promises.md, "Every yuan")."""

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from staff.models import User
from staff.tests.factories import make_user
from targets import months, plans
from targets.closing import close_month
from targets.commission import Sale, Terms, add_up, earned
from targets.models import Charge
from targets.statements import statement_of
from targets.tests.factories import make_plan
from vipdesk import nights

MARCH = dt.date(2025, 3, 1)
MONTHS = [MARCH.replace(month=3 + n) for n in range(5)]  # any of them may be closed
AFTER = MARCH.replace(month=8)  # never closed: where the last adjustments live
NOW = dt.datetime(2025, 12, 24, 12, tzinfo=dt.UTC)
_numbers = itertools.count(1)

some_month, somebody, some_bill = st.integers(0, 4), st.integers(0, 1), st.integers(0, 99)
selling = st.tuples(
    st.just("sell"), somebody, some_month, st.sampled_from(["room", "room", "card"]), st.integers(1, 9_000_000)
)
refunding = st.tuples(st.just("refund"), some_bill, some_month, st.integers(1, 100))
moving = st.tuples(st.just("move"), some_bill)
closing = st.tuples(st.just("close"), some_month)
histories = st.lists(st.one_of(selling, refunding, moving, closing, closing), min_size=4, max_size=16)


@dataclass
class Model:
    """What the rules say, without a ledger that knows what came late: only nights, people and amounts."""

    terms: Terms
    sales: list[tuple[dt.date, int, Sale]] = field(default_factory=list)
    paid: dict[dt.date, list[tuple[Decimal, dict[dt.date, Decimal]]]] = field(default_factory=dict)

    def due(self, month: dt.date, who: int) -> Decimal:
        totals = add_up(sale for of, whose, sale in self.sales if (of, whose) == (month, who))
        return earned(self.terms, target=self.terms.floor, totals=totals).own

    def statement(self, month: dt.date, who: int) -> tuple[Decimal, dict[dt.date, Decimal]]:
        if month in self.paid:
            return self.paid[month][who]
        return self.due(month, who), dict(self.adjustments(month, who))

    def adjustments(self, month: dt.date, who: int) -> Iterator[tuple[dt.date, Decimal]]:
        earlier = months.preceding(month)
        while earlier in self.paid:
            own, _settled = self.paid[earlier][who]
            later = sum((settled[who][1].get(earlier, Decimal(0)) for settled in self.paid.values()), Decimal(0))
            if amount := self.due(earlier, who) - own - later:
                yield earlier, amount
            earlier = months.preceding(earlier)

    def close(self, month: dt.date) -> None:
        self.paid.setdefault(month, [self.statement(month, who) for who in (0, 1)])


class Desk:
    """The same in the database."""

    def __init__(self, people: list[User], model: Model) -> None:
        self.people, self.model = people, model
        self.bills: list[Charge] = []

    def sell(self, who: int, month: int, kind: str, fen: int) -> None:
        sale = Sale(kind, Decimal(fen) / 100, "cash")
        self.bills.append(self.write(sale, MONTHS[month], who))

    def refund(self, which: int, month: int, percent: int) -> None:
        if bill := self.pick(which):
            left = bill.amount + sum(one.amount for one in bill.refunds.filter(corrects=None))
            amount = -(left * percent / 100).quantize(Decimal("0.01"))
            if amount:
                who = self.people.index(self.row_now(bill).manager)
                self.write(Sale(bill.kind, amount, "cash"), MONTHS[month], who, refund_of=bill)

    def move(self, which: int) -> None:
        if bill := self.pick(which):
            row = self.row_now(bill)
            old = self.people.index(row.manager)
            of, same = months.month_of(bill.night), {"corrects": row, "bill_no": bill.bill_no, "reason": "x"}
            self.write(Sale(bill.kind, -bill.amount, "cash"), of, old, entry="reversal", **same)
            self.write(Sale(bill.kind, bill.amount, "cash"), of, 1 - old, entry="moved", **same)

    def close(self, month: int) -> None:
        close_month(month=MONTHS[month])
        self.model.close(MONTHS[month])

    def pick(self, which: int) -> Charge | None:
        return self.bills[which % len(self.bills)] if self.bills else None

    def row_now(self, bill: Charge) -> Charge:
        return Charge.objects.standing().get(bill_no=bill.bill_no)

    def write(self, sale: Sale, month: dt.date, who: int, **facts: Any) -> Charge:
        night = month.replace(day=15)
        said = {"bill_no": f"H{next(_numbers)}", "kind": sale.kind, "payment": "cash", "amount": sale.amount} | facts
        with transaction.atomic():
            booked = months.open_month_for(month)
            at = nights.night_bounds(night)[0]
            row = Charge.objects.create(night=night, booked_month=booked, paid_at=at, manager=self.people[who], **said)
        self.model.sales.append((month, who, sale))
        return row


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
@settings(max_examples=25)
@given(histories)
def test_every_history_of_closings_sums_to_the_truth(history):
    with transaction.atomic():
        plan = make_plan(effective_from="2025-01")
        model = Model(plans.terms_of(plan))
        desk = Desk([make_user("ha"), make_user("hb")], model)
        for verb, *facts in history:
            getattr(desk, verb)(*facts)
        for who, user in enumerate(desk.people):
            paid = Decimal(0)
            for month in [*MONTHS, AFTER]:
                found = statement_of(month, user)
                own, settled = model.statement(month, who)
                assert found.earned.own == own
                assert {one.month: one.amount for one in found.adjustments} == settled
                paid += found.total
            assert paid == sum((model.due(month, who) for month in MONTHS), Decimal(0)), "all paid is all due"
        transaction.set_rollback(True)
