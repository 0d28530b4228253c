"""From a call or an SMS to a visit and what was spent: each visit once, for the last that reached a guest of it."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from customers.models import Customer
from outreach.building import build_call_list
from outreach.models import CallListEntry, Campaign, SmsAttempt, SmsBatch, SmsMessage
from outreach.tests.factories import entry_of, make_call, make_guest
from outreach.trace import Brought, trace
from staff.models import User
from targets.models import Charge
from visits.models import Party, PartyGuest, PartySpend
from visits.tests.factories import make_room

pytestmark = pytest.mark.django_db
NIGHT = dt.date(2026, 9, 23)
SIX = dt.datetime.fromisoformat("2026-09-23T18:10+08:00")


@pytest.fixture(autouse=True)
def at_six() -> Any:
    with time_machine.travel(SIX, tick=False) as clock:
        yield clock


def guest_of(mgr: User, **facts: Any) -> Customer:
    return make_guest(**({"owner": mgr, "birthday_month": 9, "birthday_day": 25} | facts))


def called(guest: Customer, outcome: str = "coming", minutes: int = 0) -> CallListEntry:
    """Whoever is on file by the first call is on the list."""
    build_call_list(night=NIGHT)
    entry = entry_of(guest, NIGHT)
    make_call(entry, outcome, at=SIX + dt.timedelta(minutes=minutes))
    return entry


def came(guest: Customer, mgr: User, *, days: int = 3, spent: str = "", **facts: Any) -> Party:
    at = SIX + dt.timedelta(days=days, hours=3)
    known = {"room": make_room(), "people": 4, "seated_by": mgr, "closed_at": at + dt.timedelta(hours=3)}
    party = Party.objects.create(
        **({"customer": guest, "night": NIGHT + dt.timedelta(days=days), "seated_at": at} | known | facts)
    )
    if spent:
        PartySpend.objects.create(party=party, amount=spent, at=at)
    return party


def found(days: int = 14) -> Any:
    return trace(first=NIGHT, last=NIGHT + dt.timedelta(days=30), days=days)


def test_a_visit_after_a_call_counts_for_its_first_reason_and_its_caller(mgr1: User, mgr2: User) -> None:
    first, second, third = guest_of(mgr1), guest_of(mgr2), guest_of(mgr2)
    called(first)
    called(second, "thinking")
    called(third, "no_answer")
    came(first, mgr1, spent="1280.50")
    told = found()
    assert told.by_reason == [Brought("birthday", 2, 1, 1, Decimal("1280.50"))]
    assert {row.name: (row.reached, row.parties) for row in told.by_manager} == {
        str(mgr1.pk): (1, 1),
        str(mgr2.pk): (1, 0),
    }
    assert told.total.spent == Decimal("1280.50") and told.total.is_small


def test_only_visits_after_the_call_and_within_the_days_count(mgr1: User) -> None:
    entry = called(guest_of(mgr1))
    came(entry.customer, mgr1, days=15)
    came(entry.customer, mgr1, days=0, seated_at=SIX - dt.timedelta(minutes=1))
    assert found().total.parties == 0
    same_evening = came(entry.customer, mgr1, days=0)
    came(entry.customer, mgr1, days=14)
    assert found().total.parties == 2
    assert found(days=13).total.parties == 1
    assert same_evening.night == NIGHT


def test_a_party_with_two_called_guests_counts_once_for_the_later_call(mgr1: User, mgr2: User) -> None:
    first, second = guest_of(mgr1), guest_of(mgr2)
    called(first)
    called(second, minutes=5)
    party = came(first, mgr1, spent="900")
    PartyGuest.objects.create(party=party, customer=second, added_by=mgr1)
    told = found()
    assert told.total.parties == 1 and told.total.spent == 900
    assert {row.name: row.parties for row in told.by_manager} == {str(mgr1.pk): 0, str(mgr2.pk): 1}


def test_spent_is_the_larger_of_bills_and_what_was_noted(mgr1: User) -> None:
    entry = called(guest_of(mgr1))
    party = came(entry.customer, mgr1, spent="900")
    room = {"kind": "room", "party": party, "room": party.room}
    at = {"night": party.night, "booked_month": party.night.replace(day=1), "paid_at": party.seated_at}
    Charge.objects.create(bill_no="B1", entry="bill", payment="cash", amount="1500.00", manager=mgr1, **room, **at)
    assert found().total.spent == Decimal("1500.00")


def test_a_visit_of_a_guest_merged_since_is_still_theirs(mgr1: User) -> None:
    entry = called(guest_of(mgr1))
    kept = make_guest(owner=mgr1)
    Customer.objects.filter(pk=entry.customer_id).update(phone=None, merged_into=kept.pk)
    came(kept, mgr1)
    assert found().total.parties == 1


def test_an_sms_counts_by_campaign_and_takes_the_visit_from_an_earlier_call(mgr1: User, at_six: Any) -> None:
    entry = called(guest_of(mgr1))
    at_six.move_to(SIX + dt.timedelta(days=1))
    campaign = Campaign.objects.create(code="autumn", name="秋", offer="x", signature="星海会所", message_zh="x")
    batch = SmsBatch.objects.create(
        night=NIGHT + dt.timedelta(days=1), campaign=campaign, text_zh="x", signature="星海会所"
    )
    message = SmsMessage.objects.create(batch=batch, customer=entry.customer, state="delivered")
    facts = {"n": 1, "gateway": "console", "number": entry.customer.phone, "night": batch.night}
    SmsAttempt.objects.create(id=uuid.uuid4(), message=message, state="delivered", started_at=timezone.now(), **facts)
    came(entry.customer, mgr1, spent="700")
    told = found()
    assert told.by_campaign == [Brought("autumn", 1, 1, 1, Decimal(700))]
    assert told.by_reason == [Brought("birthday", 1, 0, 0, Decimal(0))]


def test_operations_read_what_calls_brought_and_that_one_call_means_nothing(
    mgr1: User, ops: User, signed_in: Any
) -> None:
    empty = signed_in(ops).get("/outreach/calls/trace/").content.decode()
    assert "No call and no message reached anybody" in empty
    came(called(guest_of(mgr1)).customer, mgr1, spent="1280.50")
    with time_machine.travel(SIX + dt.timedelta(days=4)):
        page = signed_in(ops).get("/outreach/calls/trace/?nights=14").content.decode()
    assert "¥1,280.50" in page and "too few to say" in page and "at most 14 days before" in page
    assert signed_in(mgr1).get("/outreach/calls/trace/").status_code == 403
