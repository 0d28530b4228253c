"""What text messages cost by month (G10): parts taken at their batch's price, by the batch's night."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from outreach import sms_planning
from outreach.models import SmsBatch, SmsMessage
from outreach.sms_costs import costs_by_month
from outreach.tests.sms_factories import make_campaign, make_reader, make_sms_batch
from staff.models import User

pytestmark = pytest.mark.django_db
TONIGHT = dt.date(2026, 11, 27)


@pytest.fixture
def batches(settings: Any) -> list[SmsBatch]:
    """Three messages each on three nights, at two prices; what was failed, left out or never sent costs nothing."""
    for _ in range(3):
        make_reader()
    settings.SMS_SEGMENT_PRICE = "0.045"
    october = make_sms_batch(night=dt.date(2026, 10, 31), name="十月场")
    settings.SMS_SEGMENT_PRICE = "0.0505"
    november = make_sms_batch(night=dt.date(2026, 11, 20), name="周五欢唱")
    other = make_sms_batch(night=dt.date(2026, 11, 27), name="红酒夜", message_zh="字" * 80)
    for batch in (october, november, other):
        SmsMessage.objects.filter(batch=batch).update(state="delivered", reason="")
    first, second, _third = november.messages.order_by("pk")
    SmsMessage.objects.filter(pk=first.pk).update(state="failed")
    SmsMessage.objects.filter(pk=second.pk).update(state="unknown")
    return [october, november, other]


def test_each_month_stands_with_its_campaigns_and_its_sum(batches: list[SmsBatch]) -> None:
    november, october = costs_by_month(TONIGHT)
    assert [(one.campaign, one.messages, one.parts, one.cost) for one in november.campaigns] == [
        ("红酒夜", 3, 6, Decimal("0.3030")),
        ("周五欢唱", 2, 2, Decimal("0.1010")),
    ]
    assert (november.first, november.messages, november.parts, november.cost) == (
        dt.date(2026, 11, 1), 5, 8, Decimal("0.40"),
    )  # fmt: skip
    assert (october.first, october.cost) == (dt.date(2026, 10, 1), Decimal("0.14"))
    this_month = SmsBatch.objects.filter(night__gte=dt.date(2026, 11, 1))
    assert november.cost == sms_planning.cost(this_month)  # what the page of batches says


def test_a_year_back_and_no_farther(batches: list[SmsBatch]) -> None:
    assert [month.first.month for month in costs_by_month(dt.date(2027, 10, 5))] == [11]
    assert costs_by_month(dt.date(2027, 11, 5)) == []


def test_operations_read_it(batches: list[SmsBatch], ops: User, signed_in: Any) -> None:
    with time_machine.travel(dt.datetime.fromisoformat("2026-11-27T19:00+08:00"), tick=False):
        page = signed_in(ops).get("/outreach/sms/costs/").content.decode()
        assert "2026-11" in page and "¥0.40" in page and "红酒夜" in page
        make_campaign()
        assert "/outreach/sms/costs/" in signed_in(ops).get("/outreach/sms/").content.decode()
