"""Erasing a guest: reasons lose the number, bills and their sums stay (PIPL; domain.md, "Erasure")."""

import datetime as dt

import pytest
import time_machine

from customers.models import Erasure
from customers.tests.factories import make_customer
from staff.models import User
from targets.claims import reject_claim
from targets.correcting import give_bill
from targets.models import Charge, Claim
from targets.personal_data import LEDGER
from targets.tests.bills import make_charge, make_claim, refund, take
from vipdesk.appendonly import erasing
from vipdesk.personal import Person
from visits.tests.factories import make_party, make_room

NOW = dt.datetime(2026, 6, 5, 15, tzinfo=dt.UTC)  # 23:00 at the venue
NUMBER = "+8613816552203"


@pytest.mark.venue_zone
@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_erasing_a_guest_strikes_reasons_and_keeps_sums(mgr1: User, mgr2: User, ops: User):
    guest = make_customer(name="王芳", phone=NUMBER)
    make_party(by=mgr1, room=make_room("888"), now=NOW - dt.timedelta(hours=3), customer=guest)
    bill = make_charge(mgr1, room="888", paid_at="2026-06-05T22:00")
    take(refund(bill.bill_no, "-100.00", paid_at="2026-06-05T22:30"))
    give_bill(bill=bill, to=mgr2, by=ops, reason="the guest 138 1655 2203 says so")
    reject_claim(claim=make_claim(mgr1), by=ops, reason="ask 13816552203")
    person = Person(keys=(guest.pk,), numbers=frozenset({NUMBER}), names=frozenset({"王芳"}))

    told = {section.title: section.rows for section in LEDGER.collect(person)}
    with erasing([guest.pk]):
        erased = LEDGER.erase(person)
        Erasure.objects.create(customer=guest, cause="retention", identity="not_needed", erased_by=ops)

    assert [len(rows) for rows in told.values()] == [2, 5]
    assert list(erased.kept.values()) == ["2, ¥900.00"] and erased.removed == {"targets.Charge": 4, "targets.Claim": 1}
    reasons = [*Charge.objects.values_list("reason", flat=True), *Claim.objects.values_list("reason", flat=True)]
    assert not any("2203" in reason for reason in reasons) and Charge.objects.total() == 900
    assert not list(LEDGER.collect(Person(keys=(0,))))
