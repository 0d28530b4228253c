"""Bills given to somebody else, and claims: what the ledger holds afterwards."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.test import TestCase

from staff import roles
from staff.models import User
from staff.tests.factories import make_user
from targets import claims
from targets.choices import ClaimState
from targets.claims import CannotClaim, claim_bill, reject_claim
from targets.confirming import confirm_claim
from targets.correcting import CannotGive, give_bill
from targets.models import Charge, Claim
from targets.tests.bills import make_charge, refund, row, take
from targets.tests.factories import close_by, make_plan
from visits.models import Party
from visits.seating import attribute_party
from visits.tests.factories import make_party, make_room

pytestmark = pytest.mark.venue_zone

NOW = dt.datetime(2026, 6, 5, 15, tzinfo=dt.UTC)  # 23:00 at the venue


@time_machine.travel(NOW, tick=False)
class WhoseItIs(TestCase):
    mgr1: User
    mgr2: User
    ops: User
    party: Party

    @classmethod
    def setUpTestData(cls) -> None:
        cls.mgr1, cls.mgr2, cls.ops = make_user("mgr1"), make_user("mgr2"), make_user("ops", roles.OPERATIONS)
        cls.party = make_party(by=cls.mgr1, room=make_room("888"), now=NOW - dt.timedelta(hours=3))

    def of(self, manager: User | None) -> int:
        return int(Charge.objects.filter(manager=manager).total())

    def test_bill_moves_with_its_refunds_and_keeps_its_night(self) -> None:
        take(row("B1"), refund("B1", "-300.00", "R1", paid_at="2026-06-05T22:00"))
        bill = Charge.objects.get(bill_no="R1")
        assert give_bill(bill=bill, to=self.mgr2, by=self.ops, reason="mgr2 sat them") == 2
        assert (self.of(self.mgr1), self.of(self.mgr2)) == (0, 700)
        rows = Charge.objects.exclude(entry="bill")
        assert {one.night for one in rows} == {dt.date(2026, 6, 5)} and rows.count() == 4
        assert {(one.corrects.bill_no, one.reason, one.entered_by) for one in rows} == {
            ("B1", "mgr2 sat them", self.ops), ("R1", "mgr2 sat them", self.ops)}  # fmt: skip

    def test_bill_moves_as_often_as_needed(self) -> None:
        bill = make_charge(self.mgr1, paid_at="2026-06-05T22:00")
        for to in (self.mgr2, self.mgr1, None, self.mgr2):
            give_bill(bill=bill, to=to, by=self.ops, reason="again")
            assert [one.manager for one in Charge.objects.standing()] == [to]
            assert Charge.objects.total() == self.of(to) == 1000
        with pytest.raises(CannotGive):
            give_bill(bill=bill, to=self.mgr2, by=self.ops, reason="again")

    def test_refund_goes_to_whom_the_bill_was_given(self) -> None:
        bill = make_charge(self.mgr1, bill_no="B1", paid_at="2026-06-05T22:00")
        give_bill(bill=bill, to=self.mgr2, by=self.ops, reason="x")
        take(refund("B1", "-10.00", paid_at="2026-06-05T22:30"))
        assert (self.of(self.mgr1), self.of(self.mgr2)) == (0, 990)

    def test_bill_given_on_is_still_the_same_bill_to_the_till(self) -> None:
        bill = make_charge(self.mgr1, bill_no="B1", paid_at="2026-06-05T22:00")
        give_bill(bill=bill, to=self.mgr2, by=self.ops, reason="x")
        assert take(row("B1", paid_at="2026-06-05T22:00")).unchanged == 1

    def test_bill_of_a_closed_month_is_corrected_in_an_open_one(self) -> None:
        bill = make_charge(self.mgr1, paid_at="2026-05-05T22:00")
        close_by(make_plan(), dt.date(2026, 5, 1))
        give_bill(bill=bill, to=self.mgr2, by=self.ops, reason="x")
        assert {one.booked_month for one in Charge.objects.exclude(entry="bill")} == {dt.date(2026, 6, 1)}
        assert Charge.objects.in_month("2026-05").filter(manager=self.mgr2).total() == 1000

    def test_giving_needs_a_reason_and_somebody_who_sells(self) -> None:
        bill = make_charge(self.mgr1, paid_at="2026-06-05T22:00")
        for to, reason in ((self.mgr2, " "), (self.ops, "x"), (self.mgr1, "x")):
            with pytest.raises(CannotGive):
                give_bill(bill=bill, to=to, by=self.ops, reason=reason)
        assert Charge.objects.count() == 1

    def test_bills_follow_their_party(self) -> None:
        take(
            row("B1", room="888", paid_at="2026-06-05T22:00"),
            refund("B1", "-1.00", paid_at="2026-06-05T22:30"),
            row("B2", paid_at="2026-06-05T22:00"),
        )
        assert Charge.objects.unassigned().count() == 2
        attribute_party(party=self.party, to=self.mgr2, by=self.ops, reason="she brought them")
        assert (self.of(None), self.of(self.mgr2), self.of(self.mgr1)) == (0, 999, 1000)
        assert not Charge.objects.unassigned().exists()
        attribute_party(party=self.party, to=self.mgr2, by=self.ops, reason="again")
        assert Charge.objects.count() == 3 + 4

    # --- claims ----------------------------------------------------------------------------------------------------

    def claim(self, **facts: object) -> Claim:
        said = {"manager": self.mgr1, "bill_no": "B1", "amount": Decimal("500.00"), "paid_at": NOW, "payment": "cash"}
        return claim_bill(claim=Claim(**(said | facts)))

    def test_claim_counts_nowhere(self) -> None:
        claim = self.claim()
        assert (claim.night, claim.state) == (dt.date(2026, 6, 5), ClaimState.OPEN) and not Charge.objects.exists()

    def test_till_s_bill_replaces_the_claim_whatever_its_amount(self) -> None:
        claim = self.claim()
        bill = make_charge(self.mgr1, bill_no="B1", amount="480.00", paid_at="2026-06-05T22:00")
        claim.refresh_from_db()
        assert (claim.state, claim.charge) == (ClaimState.REPLACED, bill) and self.of(self.mgr1) == 480

    def test_claim_confirmed_is_a_bill_by_the_rules_of_any_bill(self) -> None:
        claim = self.claim(room=self.party.room)
        charge = confirm_claim(claim=claim, by=self.ops)
        claim.refresh_from_db()
        assert (claim.state, claim.charge, claim.settled_by) == (ClaimState.CONFIRMED, charge, self.ops)
        assert (charge.source, charge.party, charge.manager, charge.named) == ("claim", self.party, None, self.mgr1)

    def test_settled_claim_stays_settled(self) -> None:
        claim = self.claim()
        reject_claim(claim=claim, by=self.ops, reason="no such bill")
        for act in (
            lambda: confirm_claim(claim=claim, by=self.ops),
            lambda: reject_claim(claim=claim, by=self.ops, reason="x"),
        ):
            with pytest.raises(CannotClaim):
                act()
        assert not Charge.objects.exists()
        self.claim()  # the number is free again

    def test_what_cannot_be_claimed(self) -> None:
        self.claim()
        make_charge(self.mgr1, bill_no="B2", paid_at="2026-06-05T22:00")
        for facts, field in [
            ({"bill_no": "B1"}, "bill_no"), ({"bill_no": "B2"}, "bill_no"),
            ({"bill_no": "B3", "paid_at": NOW + dt.timedelta(hours=1)}, "paid_at"),
            ({"bill_no": "B3", "paid_at": NOW - dt.timedelta(hours=73)}, "paid_at"),
            ({"bill_no": "B3", "kind": "card", "room": self.party.room}, "room"),
        ]:  # fmt: skip
            with pytest.raises(CannotClaim) as refused:
                self.claim(**facts)
            assert refused.value.field == field
        assert Claim.objects.count() == 1 and claims.settle_by_bills([]) == 0
