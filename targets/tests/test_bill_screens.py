"""Screens of bills: claims on the tablet, what operations settle, one bill; the tills in the admin."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from staff import roles
from staff.models import User
from staff.tests.factories import make_user
from targets.forms.bills import MomentField
from targets.models import Charge, Claim, Till
from targets.tests.bills import make_charge, make_claim, refund, row, take
from targets.tills import till_of
from vipdesk.submissions import SubmissionConflict
from visits.tests.factories import make_room

SAID = {"bill_no": "B1", "kind": "room", "amount": "1280.50", "payment": "wechat", "room": "888"}


class BillScreens(TestCase):
    manager: User
    other: User
    ops: User

    @classmethod
    def setUpTestData(cls) -> None:
        cls.manager, cls.other, cls.ops = make_user("mgr1"), make_user("mgr2"), make_user("ops", roles.OPERATIONS)
        make_room("888")

    def as_(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="staff.backends.RoleBackend")
        return client

    def post(self, user: User, name: str, *args: Any, **said: Any) -> Any:
        return self.as_(user).post(reverse(f"targets:{name}", args=args), said)


class Claims(BillScreens):
    def claim(self, **facts: Any) -> Any:
        form = self.as_(self.manager).get(reverse("targets:claim")).context["form"]
        moment = form["paid_at"].value().strftime("%Y-%m-%dT%H:%M")
        return self.post(self.manager, "claim", **(SAID | {"paid_at": moment} | facts))

    def test_manager_claims_a_bill_and_sees_it(self) -> None:
        client_id = str(uuid.uuid4())
        answer = self.claim(client_id=client_id)
        assert answer.status_code == 303 and answer["Desk-Receipt"] == client_id
        claim = Claim.objects.get()
        assert (claim.manager, str(claim.room), str(claim.amount)) == (self.manager, "888", "1280.50")
        self.assertContains(self.as_(self.manager).get(reverse("targets:claim")), "¥1,280.50")
        self.assertNotContains(self.as_(self.other).get(reverse("targets:claim")), "¥1,280.50")

    def test_claim_sent_twice_is_kept_once(self) -> None:
        client_id = str(uuid.uuid4())
        moment = {"paid_at": "2020-01-01T00:00"}
        assert [self.claim(client_id=client_id).status_code for _again in range(2)] == [303, 303]
        assert Claim.objects.count() == 1
        assert self.claim(client_id=client_id, amount="1").status_code == 409
        assert SubmissionConflict.objects.count() == 1 and self.claim(**moment, bill_no="B2").status_code == 422

    def test_claim_that_cannot_be_comes_back_with_the_reason_at_its_field(self) -> None:
        take(row("B9"))
        answer = self.claim(bill_no="B9")
        assert answer.status_code == 422 and "bill_no" in answer.context["form"].errors
        for wrong in ({"amount": "0"}, {"amount": "1.005"}, {"bill_no": " "}, {"payment": "gold"}, {"room": "999"}):
            answer = self.claim(**wrong)
            assert answer.status_code == 422 and list(answer.context["form"].errors) == list(wrong)
        assert not Claim.objects.exists()


class Operations(BillScreens):
    def test_lists_what_is_nobody_s_and_what_is_claimed(self) -> None:
        take(row("B1", manager=""), refund("B1", "-1.00"), row("B2"))
        claim = make_claim(self.manager)
        answer = self.as_(self.ops).get(reverse("targets:bills"))
        assert [bill.bill_no for bill in answer.context["bills"]] == ["B1"] and answer.context["bills_count"] == 1
        self.assertContains(answer, claim.bill_no)

    def test_confirms_and_rejects_claims(self) -> None:
        good, bad = make_claim(self.manager), make_claim(self.manager)
        assert self.post(self.ops, "confirm_claim", good.pk).status_code == 303
        assert self.post(self.ops, "reject_claim", bad.pk, reason=" ").status_code == 422
        assert self.post(self.ops, "reject_claim", bad.pk, reason="no such bill").status_code == 303
        assert [claim.state for claim in Claim.objects.order_by("pk")] == ["confirmed", "rejected"]
        assert Charge.objects.get().bill_no == good.bill_no
        assert self.post(self.ops, "reject_claim", bad.pk, reason="again").status_code == 422
        self.assertContains(self.as_(self.manager).get(reverse("targets:claim")), "no such bill")

    def test_gives_a_bill_with_a_reason(self) -> None:
        bill = make_charge()
        assert self.post(self.ops, "give_bill", bill.pk, to=self.manager.pk).status_code == 422
        assert self.post(self.ops, "give_bill", bill.pk, to=self.ops.pk, reason="x").status_code == 422
        assert self.post(self.ops, "give_bill", bill.pk, to=self.manager.pk, reason="was there").status_code == 303
        page = self.as_(self.ops).get(reverse("targets:bill", args=[bill.pk]))
        self.assertContains(page, "was there")
        assert page.context["bill"].manager == self.manager and not Charge.objects.unassigned().exists()
        assert self.post(self.ops, "give_bill", bill.pk, to=self.manager.pk, reason="x").status_code == 422

    def test_bill_is_seen_by_whom_it_is_or_was_and_nobody_else(self) -> None:
        bill = make_charge(self.manager)
        url, third = reverse("targets:bill", args=[bill.pk]), make_user("mgr3")
        assert [self.as_(who).get(url).status_code for who in (self.manager, self.other)] == [200, 404]
        self.post(self.ops, "give_bill", bill.pk, to=self.other.pk, reason="x")
        assert [self.as_(who).get(url).status_code for who in (self.manager, self.other, third)] == [200, 200, 404]

    def test_ledger_opens_a_bill_from_any_of_its_rows(self) -> None:
        bill = make_charge(self.manager)
        self.post(self.ops, "give_bill", bill.pk, to=self.other.pk, reason="x")
        client = self.as_(self.ops)
        for charge in Charge.objects.all():
            answer = client.get(reverse("admin:targets_charge_change", args=[charge.pk]))
            assert answer["Location"] == reverse("targets:bill", args=[bill.pk])
        for query in (
            "",
            "?whose=nobody",
            "?whose=somebody",
            f"?q={bill.bill_no}",
            f"?who={self.manager.pk}",
            "?night=month",
        ):
            assert client.get(reverse("admin:targets_charge_changelist") + query).status_code == 200
        assert client.get(reverse("admin:targets_claim_changelist")).status_code == 200

    def test_adds_a_till_whose_token_is_shown_once(self) -> None:
        client = self.as_(self.ops)
        answer = client.post(reverse("admin:targets_till_add"), {"name": "Bar"})
        (shown,) = [
            str(message)
            for message in get_messages(answer.wsgi_request)
            if "Bar" in str(message) and ": " in str(message)
        ]
        token = shown.rsplit(": ", 1)[1]
        assert till_of(token) == Till.objects.get() and Till.objects.get().created_by == self.ops
        changelist = reverse("admin:targets_till_changelist")
        assert token not in client.get(changelist).content.decode().replace(shown, "")
        assert token not in client.get(changelist).content.decode()
        client.post(changelist, {"action": "revoke", "_selected_action": [Till.objects.get().pk]})
        assert till_of(token) is None
        assert client.post(reverse("admin:targets_till_add"), {"name": "Bar"}).status_code == 200
        assert Till.objects.count() == 1


@pytest.mark.parametrize(
    ("now", "typed", "moment"),
    [
        ("2027-10-31T00:40Z", "2027-10-31T02:30", "2027-10-31T00:30Z"),  # the hour's first time; the second is to come
        ("2027-10-31T01:40Z", "2027-10-31T02:30", "2027-10-31T01:30Z"),
        ("2027-10-31T01:10Z", "2027-10-31T02:30", "2027-10-31T00:30Z"),
        ("2027-03-28T01:40Z", "2027-03-28T02:30", "2027-03-28T01:30Z"),  # the hour that is skipped
        ("2027-03-28T08:00Z", "2027-03-28T09:15", "2027-03-28T07:15Z"),
        ("2027-03-28T08:00Z", "2027-03-28T09:15+08:00", "2027-03-28T01:15Z"),
    ],
)
def test_a_time_that_the_clocks_show_twice_or_skip_is_taken(now: str, typed: str, moment: str) -> None:
    with time_machine.travel(dt.datetime.fromisoformat(now), tick=False), timezone.override("Europe/Berlin"):
        assert MomentField().clean(typed) == dt.datetime.fromisoformat(moment)


@pytest.mark.parametrize("typed", ["2027-02-30T02:30", "yesterday", "2027-10-31T25:00", ""])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        MomentField().clean(typed)
