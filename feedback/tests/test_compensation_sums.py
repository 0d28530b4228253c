"""Compensation without operations is limited by sums: of a complaint, of a party or guest and night, of a month."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.tests.factories import make_customer
from feedback.models import Compensation, CompensationLimit, Complaint
from feedback.tests.complaint_factories import make_complaint
from staff.models import User
from vipdesk.tests.at_once import at_once
from visits.models import PartyGuest
from visits.tests.factories import make_party, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("limits", "ordinary_evening")]


@pytest.fixture
def limits(db: None) -> None:
    facts = {"amount": Decimal(200), "month_amount": Decimal(500)}
    CompensationLimit.objects.update_or_create(role="manager", defaults=facts)


def ask(client: Client, complaint: Complaint, value: str = "150", kind: str = "drinks") -> str:
    """What became of it, as it stands in the database."""
    client_id = str(uuid.uuid4())
    form = {"kind": kind, "value": value, "reason": "等太久", "client_id": client_id}
    assert client.post(f"/feedback/complaints/{complaint.pk}/compensation/", form).status_code == 303
    return Compensation.objects.latest("pk").state


def test_two_complaints_of_one_party_share_the_nights_limit(mgr1: User, signed_in: Any) -> None:
    client, party = signed_in(mgr1), make_party(by=mgr1, room=make_room(), now=timezone.now())
    first, second = make_complaint(by=mgr1, party=party), make_complaint(by=mgr1, party=party)
    assert [ask(client, first), ask(client, second)] == ["approved", "asked"]
    page = client.get(f"/feedback/complaints/{second.pk}/").content.decode()
    assert "for this party or guest tonight it is above your limit of ¥200.00" in page
    assert ask(client, second, "50") == "asked", "what waits is part of the sum"


def test_why_it_waits_is_said_in_chinese_too(mgr1: User, signed_in: Any) -> None:
    client, mine = signed_in(mgr1), make_complaint(by=mgr1)
    client.cookies["django_language"] = "zh-hans"
    ask(client, mine, "201")
    assert "超出您的限额 ¥200.00" in client.get(f"/feedback/complaints/{mine.pk}/").content.decode()


def test_two_managers_share_a_partys_limit(mgr1: User, mgr2: User, signed_in: Any) -> None:
    party = make_party(by=mgr1, room=make_room(), now=timezone.now())
    states = [ask(signed_in(by), make_complaint(by=by, party=party)) for by in (mgr1, mgr2)]
    assert states == ["approved", "asked"]


def test_a_guest_and_their_party_are_one_sum(mgr1: User, signed_in: Any) -> None:
    client, host, friend = signed_in(mgr1), make_customer(owner=mgr1), make_customer(owner=mgr1)
    party = make_party(by=mgr1, room=make_room(), now=timezone.now(), customer=host)
    PartyGuest.objects.create(party=party, customer=friend, added_by=mgr1)
    complaints = [make_complaint(by=mgr1, **of) for of in ({"customer": friend}, {"party": party}, {"customer": host})]
    assert [ask(client, one) for one in complaints] == ["approved", "asked", "asked"]


def test_complaints_of_no_party_and_no_guest_are_limited_by_the_month(mgr1: User, signed_in: Any) -> None:
    states = [ask(signed_in(mgr1), make_complaint(by=mgr1), "200") for _n in range(3)]
    assert states == ["approved", "approved", "asked"]


def test_another_party_and_another_night_have_their_own_until_the_month_is_full(
    mgr1: User, signed_in: Any, ordinary_evening: Any
) -> None:
    def new() -> Complaint:
        return make_complaint(by=mgr1, party=make_party(by=mgr1, room=make_room(), now=timezone.now()))

    assert [ask(signed_in(mgr1), new()) for _n in range(2)] == ["approved"] * 2
    ordinary_evening.move_to(timezone.now() + dt.timedelta(days=1))
    assert [ask(signed_in(mgr1), new(), "200") for _n in range(2)] == ["approved", "asked"], "500 a month"
    ordinary_evening.move_to(dt.datetime(2026, 12, 1, 3, tzinfo=dt.UTC))
    assert ask(signed_in(mgr1), new()) == "asked", "before noon it is the last night of November"
    ordinary_evening.move_to(dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC))
    assert ask(signed_in(mgr1), new()) == "approved"


def test_what_operations_approved_is_no_part_of_a_managers_month(mgr1: User, ops: User, signed_in: Any) -> None:
    big = make_complaint(by=mgr1)
    ask(signed_in(mgr1), big, "900")
    signed_in(ops).post(f"/feedback/compensations/{Compensation.objects.get().pk}/approve/")
    assert Compensation.objects.get().state == "approved"
    party = make_party(by=mgr1, room=make_room(), now=timezone.now())
    assert ask(signed_in(mgr1), make_complaint(by=mgr1, party=party)) == "approved"


def test_operations_with_a_limit_do_not_approve_their_own_above_its_sums(ops: User, mgr1: User, signed_in: Any) -> None:
    CompensationLimit.objects.create(role="operations", amount=Decimal(200), month_amount=Decimal(500))
    party = make_party(by=mgr1, room=make_room(), now=timezone.now())
    first, second = make_complaint(by=mgr1, party=party), make_complaint(by=mgr1, party=party)
    assert [ask(signed_in(ops), first), ask(signed_in(ops), second)] == ["approved", "asked"]
    own = Compensation.objects.latest("pk").pk
    assert signed_in(ops).post(f"/feedback/compensations/{own}/approve/").status_code == 422
    assert Compensation.objects.get(pk=own).state == "asked"


def test_a_third_plate_waits_for_operations_however_little_it_is_worth(mgr1: User, signed_in: Any) -> None:
    client, party = signed_in(mgr1), make_party(by=mgr1, room=make_room(), now=timezone.now())
    complaints = [make_complaint(by=mgr1, party=party) for _n in range(3)]
    assert [ask(client, one, "0", "fruit") for one in complaints] == ["approved", "approved", "asked"]
    assert ask(client, complaints[2], "0") == "approved"


@pytest.mark.django_db(transaction=True)
def test_of_ten_asked_at_once_for_one_party_one_passes(furnished: None, mgr1: User, signed_in: Any) -> None:
    party = make_party(by=mgr1, room=make_room(), now=timezone.now())
    complaints = [make_complaint(by=mgr1, party=party) for _n in range(10)]
    clients = [signed_in(mgr1) for _n in range(10)]
    at_once(10, lambda n: ask(clients[n], complaints[n]))
    states = sorted(Compensation.objects.values_list("state", flat=True))
    assert states == ["approved"] + ["asked"] * 9
