"""What the database itself refuses to the ledger, however a row comes in (promises.md, "Every yuan is explained")."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, InternalError, connection, transaction
from django.test import TestCase

from customers.models import Erasure
from customers.tests.factories import make_customer
from staff.models import User
from staff.tests.factories import make_user
from targets.models import Charge
from targets.tests.bills import make_charge, refund, row, take
from targets.tests.factories import close_by, make_plan
from vipdesk.appendonly import erasing
from vipdesk.database_roles import analyze
from visits.models import Room
from visits.tests.factories import make_room

pytestmark = pytest.mark.servers

JUNE, JULY, AUGUST = (dt.date(2026, month, 1) for month in (6, 7, 8))


@time_machine.travel(dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC), tick=False)
class Ledger(TestCase):
    manager: User
    bill: Charge
    given_back: Charge
    room: Room

    @classmethod
    def setUpTestData(cls) -> None:
        cls.manager, cls.room = make_user("mgr1"), make_room("888")
        with time_machine.travel(dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC), tick=False):
            take(row("B1", room="888"), refund("B1", "-400.00", "R1"))
        cls.bill, cls.given_back = Charge.objects.get(bill_no="B1"), Charge.objects.get(bill_no="R1")

    def refused(self, work: Callable[[], Any], error: type[Exception] = IntegrityError) -> str:
        with pytest.raises(error) as raised, transaction.atomic():
            work()
        return str(raised.value)

    def copy_of(self, charge: Charge, **facts: Any) -> Charge:
        found: Charge = Charge.objects.get(pk=charge.pk)
        found.pk, found._state.adding = None, True
        for name, value in facts.items():
            setattr(found, name, value)
        return found

    def test_row_is_never_changed_or_taken_out(self) -> None:
        everything = Charge.objects.filter(pk=self.bill.pk)
        self.refused(lambda: everything.update(amount=1), InternalError)
        self.refused(self.given_back.delete, InternalError)
        with connection.cursor() as cursor:
            self.refused(lambda: cursor.execute("UPDATE targets_charge SET manager_id = NULL"), InternalError)
        guest = make_customer()
        with erasing([guest.pk]):
            everything.update(reason="")
            self.refused(lambda: everything.update(amount=1), InternalError)
            self.refused(self.given_back.delete, InternalError)
            Erasure.objects.create(customer=guest, cause="retention", identity="not_needed", erased_by=self.manager)

    def test_number_comes_once(self) -> None:
        assert "bill_came_once" in self.refused(self.copy_of(self.bill).save)

    def test_sign_is_what_the_row_is(self) -> None:
        for facts in ({"amount": -1}, {"amount": 0}, {"amount": 1, "refund_of": self.bill}):
            assert "sign" in self.refused(self.copy_of(self.bill, bill_no="B2", **facts).save)

    def test_card_sale_has_no_room(self) -> None:
        assert "card_sale" in self.refused(self.copy_of(self.bill, bill_no="B2", kind="card").save)

    def test_refunds_stay_within_their_bill(self) -> None:
        another = {"bill_no": "R2", "amount": Decimal("-600.01")}
        assert "no such refund" in self.refused(self.copy_of(self.given_back, **another).save)
        self.copy_of(self.given_back, bill_no="R2", amount=Decimal("-600.00")).save()

    def test_refund_of_a_refund_or_otherwise_than_its_bill(self) -> None:
        for facts in ({"refund_of": self.given_back}, {"payment": "wechat"}):
            refund_row = self.copy_of(self.given_back, bill_no="R2", amount=Decimal("-1.00"), **facts)
            assert "no such refund" in self.refused(refund_row.save)

    def test_refunds_in_one_statement_are_summed(self) -> None:
        two = [self.copy_of(self.given_back, bill_no=f"R{n}", amount=Decimal("-301.00")) for n in (2, 3)]
        assert "no such refund" in self.refused(lambda: Charge.objects.bulk_create(two))

    def test_closed_month_takes_nothing(self) -> None:
        close_by(make_plan(), JUNE)
        assert "closed month" in self.refused(self.copy_of(self.bill, bill_no="B2").save)
        assert "before its night" in self.refused(
            self.copy_of(self.bill, bill_no="B2", booked_month=dt.date(2026, 5, 1)).save
        )
        self.copy_of(self.bill, bill_no="B2", booked_month=JULY).save()

    def test_bill_of_a_closed_month_is_booked_in_the_first_open_one_after_it(self) -> None:
        plan = make_plan()
        for month in (JUNE, JULY):
            close_by(plan, month)
        late = make_charge(self.manager)
        assert (late.night, late.booked_month) == (dt.date(2026, 6, 5), AUGUST)

    def test_correction_changes_who_gets_it_and_nothing_else(self) -> None:
        mgr2 = make_user("mgr2")
        facts = {"entry": "reversal", "corrects": self.bill, "amount": -self.bill.amount, "reason": "x"}
        for wrong in (
            {"amount": Decimal("-999.00")},
            {"manager": mgr2},
            {"night": JULY},
            {"bill_no": "B2"},
            {"payment": "wechat"},
        ):
            assert "nothing else" in self.refused(
                self.copy_of(self.bill, **(facts | {"booked_month": JULY} | wrong)).save
            )
        assert "reason" in self.refused(self.copy_of(self.bill, **(facts | {"reason": ""})).save)
        self.copy_of(self.bill, **facts).save()
        self.copy_of(self.bill, **(facts | {"entry": "moved", "amount": self.bill.amount, "manager": mgr2})).save()
        assert "corrected_once" in self.refused(self.copy_of(self.bill, **facts).save)
        assert [one.manager for one in Charge.objects.filter(bill_no="B1").standing()] == [mgr2]


@pytest.mark.django_db
def test_a_bill_and_what_is_nobody_s_are_found_by_their_indexes():
    """Of five million rows none of these may read all; among a few thousand the planner says so already."""
    first = make_charge(make_user())
    fields = [field.attname for field in Charge._meta.concrete_fields if field.attname not in ("id", "bill_no")]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO targets_charge (bill_no, {', '.join(fields)})"
            f" SELECT 'X' || n, {', '.join(fields)} FROM targets_charge, generate_series(1, 5000) n WHERE id = %s",
            [first.pk],
        )
        analyze("targets_charge")
        cursor.execute("SET LOCAL enable_seqscan = off")
    for rows, index in [
        (Charge.objects.of_bill("B1", 7), "charge_refunds"),
        (Charge.objects.of_bill("B1"), "charge_corrections_of_bill"),
        (Charge.objects.of_bill("B1"), "bill_came_once"),
        (Charge.objects.unassigned(), "charge_of_nobody"),
        (Charge.objects.filter(party=7).standing(), "charge_of_party"),
        (Charge.objects.in_month("2026-06").filter(manager=7), "charge_by_night"),
    ]:
        plan = rows.order_by().explain()
        assert index in plan and "Seq Scan on targets_charge" not in plan, plan
