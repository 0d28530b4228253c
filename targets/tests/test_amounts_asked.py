"""Amounts of operations and of claims: understood as they are typed, asked about where they are unusual, in yuan or in
percent as their field is."""

import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from feedback.models import Compensation
from feedback.tests.complaint_factories import make_complaint
from targets import months
from targets.models import Claim, CommissionPlan, Target
from targets.tests.test_month_screens import typed, words
from visits.models import Room
from visits.tests.factories import make_room

pytestmark = pytest.mark.django_db


def token(answer: Any) -> str:
    (found,) = re.findall(r'name="sure"\s+value="([^"]+)"', answer.content.decode())
    return str(found)


@pytest.mark.django_db(transaction=True)
def test_a_claim_of_an_unusual_amount_is_confirmed_once(mgr1, signed_in, furnished):
    now = timezone.localtime()
    form = {"bill_no": "B1", "kind": "room", "payment": "cash", "paid_at": f"{now:%Y-%m-%dT%H:%M}"}
    form |= {"client_id": str(uuid.uuid4()), "amount": "１２８，０００"}
    client = signed_in(mgr1)
    answer = client.post("/targets/charges/new/", form)
    assert answer.status_code == 422 and "¥128,000.00 is unusually much." in answer.content.decode()
    assert client.post("/targets/charges/new/", form | {"sure": token(answer)}).status_code == 303
    assert Claim.objects.get().amount == Decimal(128000)


def test_an_amount_below_the_least_is_refused_in_yuan(mgr1, signed_in):
    answer = signed_in(mgr1).post("/targets/charges/new/", {"bill_no": "B1", "amount": "0"})
    assert "At least ¥0.01." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_compensation_of_an_unusual_value_is_confirmed_once(mgr1, signed_in, furnished):
    complaint = make_complaint(by=mgr1)
    form = {"kind": "refund", "value": "88，000", "reason": "等太久", "client_id": str(uuid.uuid4())}
    client, url = signed_in(mgr1), f"/feedback/complaints/{complaint.pk}/compensation/"
    answer = client.post(url, form)
    assert answer.status_code == 422 and not Compensation.objects.exists()
    client.post(url, form | {"sure": token(answer)})
    assert Compensation.objects.get().value == Decimal(88000)


def test_a_target_of_an_unusual_amount_is_confirmed_once(mgr1, ops, signed_in):
    month, client = months.name_of(months.current()), signed_in(ops)
    url = f"/targets/statements/{month}/{mgr1.pk}/target/"
    answer = client.post(url, {"amount": "5,000,000"})
    assert "¥5,000,000.00 is unusually much." in answer.content.decode() and not Target.objects.exists()
    client.post(url, {"amount": "5,000,000", "sure": token(answer)})
    assert Target.objects.get().amount == Decimal(5000000)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tier_rate_0": "600"}, "must lie between 0 and 100"),
        ({"card_rate": "1.255"}, "has more than 2 decimals"),
        ({"gift_completion_0": "10000000"}, "must lie between 0 and 99999.99"),
        ({"floor": "0"}, "must lie between 0.01 and"),
        ({"floor": "1.234"}, "has more than 2 decimals"),
    ],
)
def test_a_plans_errors_are_in_the_unit_of_their_field(ops, signed_in, changes, message):
    plan, client = CommissionPlan.objects.get(), signed_in(ops)
    answer = client.post(f"/targets/plans/{plan.pk}/copy/", typed(client, plan, **changes))
    assert answer.status_code == 422 and message in words(answer)


def test_a_plans_amounts_are_understood_in_full_width(ops, signed_in):
    plan, client = CommissionPlan.objects.get(), signed_in(ops)
    client.post(f"/targets/plans/{plan.pk}/copy/", typed(client, plan, floor="４０，０００", min_party_spend="1,200元"))
    made = CommissionPlan.objects.get(code="copy")
    assert (made.floor, made.min_party_spend) == (Decimal(40000), Decimal(1200))


def test_amounts_of_the_admin_are_read_the_same(ops, signed_in):
    room = make_room("888")
    facts = {"number": "888", "kind": room.kind, "floor": room.floor, "capacity": room.capacity, "is_in_service": "on"}
    answer = signed_in(ops).post(f"/admin/visits/room/{room.pk}/change/", facts | {"minimum_spend": "1，280"})
    assert answer.status_code == 302 and Room.objects.get().minimum_spend == Decimal(1280)
