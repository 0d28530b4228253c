"""A guest's page: who sees what of it, consent, guests who are merged or erased, and what it costs."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from customers.models import (
    AccessLog,
    CareGrant,
    Consent,
    Customer,
    Erasure,
    IntakeReview,
    MembershipTier,
    Merge,
    PhoneNumber,
    PrivacyNotice,
)
from customers.tests.factories import change, make_customer, make_vip
from staff.models import User

pytestmark = pytest.mark.django_db
EVENING = dt.datetime.fromisoformat("2026-11-20T22:41+08:00")
NIGHT = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def evening() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def guest(mgr1: User) -> Customer:
    return make_vip(owner=mgr1)


NUMBER, MASKED = "138 1655 2203", "138****2203"


def page_of(client: Any, guest: Customer) -> str:
    return " ".join(client.get(f"/customers/{guest.pk}/").content.decode().split())


# --- who sees what ---------------------------------------------------------------------------------------------------


def test_owner_sees_at_once_who_it_is_and_what_they_drink_and_hate(guest: Customer, mgr1: User, signed_in: Any) -> None:
    page = page_of(signed_in(mgr1), guest)
    for word in (
        "周子昂",
        "VIP",
        "Diamond",
        "with 林静",
        "last here Fri 6 Nov",
        "麦卡伦",
        "火龙果",
        "司机姓李",
        NUMBER,
    ):
        assert word in page, word


def test_another_manager_sees_tastes_but_no_number_address_notes_or_history(
    guest: Customer, mgr2: User, signed_in: Any
) -> None:
    page = page_of(signed_in(mgr2), guest)
    assert MASKED in page and "麦卡伦" in page and "open to 林静" in page
    for word in (NUMBER, "16552203", "南京东路", "司机姓李", "What happened", "Who looked", "/edit/", "/habits/"):
        assert word not in page, word


def test_who_cares_for_the_guest_tonight_sees_all_but_who_looked(guest: Customer, mgr2: User, signed_in: Any) -> None:
    CareGrant.objects.create(customer=guest, user=mgr2, night=NIGHT)
    page = page_of(signed_in(mgr2), guest)
    assert NUMBER in page and "司机姓李" in page and "What happened" in page and "Who looked" not in page


@pytest.mark.parametrize("office", ["ops", "desk_user"])
def test_office_sees_everything_masked_until_it_reveals(
    guest: Customer, office: str, request: pytest.FixtureRequest, signed_in: Any
) -> None:
    user = request.getfixturevalue(office)
    change(guest, user, home_address="淮海路9号")
    client = signed_in(user)
    page = page_of(client, guest)
    assert MASKED in page and "changed the home address" in page
    assert NUMBER not in page and "淮海路" not in page and "南京东路" not in page

    revealed = client.post(f"/customers/{guest.pk}/reveal/").content.decode()
    assert NUMBER in revealed and "changed the home address from 南京东路1号 to 淮海路9号" in revealed


def test_office_and_owner_see_who_looked_newest_first_and_twenty_at_most(
    guest: Customer, mgr1: User, ops: User, desk_user: User, signed_in: Any
) -> None:
    for hours in range(25):
        AccessLog.objects.create(
            user=ops, customer=guest, night=NIGHT, kind="reveal", at=EVENING - dt.timedelta(hours=hours + 1)
        )
    AccessLog.objects.create(user=desk_user, customer=guest, night=NIGHT, kind="reveal", at=EVENING)
    AccessLog.objects.create(user=desk_user, customer=make_customer(), night=NIGHT, kind="reveal", at=EVENING)
    for user in (mgr1, ops):
        looks = list(signed_in(user).get(f"/customers/{guest.pk}/").context["looks"])
        assert len(looks) == 20 and looks[0].user == desk_user and {look.user for look in looks[1:]} == {ops}


# --- consent ---------------------------------------------------------------------------------------------------------


def test_consent_says_what_stands_now_and_how_it_came_about(guest: Customer, mgr1: User, signed_in: Any) -> None:
    notice = PrivacyNotice.objects.in_force()
    Consent.objects.create(
        customer=guest, kind="sms", action="granted", notice=notice, channel="tablet", recorded_by=mgr1
    )
    change(guest, mgr1, call_consent=False)
    page = page_of(signed_in(mgr1), guest)
    assert 'Phone calls <span class="tag tag-red">no</span>' in page
    assert 'SMS offers <span class="tag tag-green">yes</span>' in page
    assert f"notice {notice}" in page and "withdrew" in page


# --- merged and erased -----------------------------------------------------------------------------------------------


def test_a_merged_guest_leads_to_who_goes_on_for_them(guest: Customer, mgr1: User, ops: User, signed_in: Any) -> None:
    first, middle = make_customer(owner=mgr1), make_customer(owner=mgr1)
    Customer.objects.filter(pk=first.pk).update(phone=None, merged_into=middle)
    Customer.objects.filter(pk=middle.pk).update(phone=None, merged_into=guest)
    for user in (mgr1, ops):
        answer = signed_in(user).get(f"/customers/{first.pk}/")
        assert answer.status_code == 302 and answer["Location"] == f"/customers/{guest.pk}/"


@pytest.mark.parametrize("fate", ["merged", "erased"])
def test_who_is_merged_or_erased_can_be_neither_changed_nor_revealed(
    guest: Customer, mgr1: User, ops: User, signed_in: Any, fate: str
) -> None:
    end = {"merged_into": make_customer()} if fate == "merged" else {"erased_at": EVENING}
    Customer.objects.filter(pk=guest.pk).update(phone=None, home_address="", **end)
    for user in (mgr1, ops):
        client = signed_in(user)
        for way in ("edit", "habits", "history"):
            assert client.get(f"/customers/{guest.pk}/{way}/").status_code == 404, way
        for way in ("edit", "habits", "reveal", "contacted"):
            assert client.post(f"/customers/{guest.pk}/{way}/").status_code == 404, way
    assert not AccessLog.objects.exists()


def test_an_erased_guest_is_gone_for_managers_and_told_to_the_office(
    guest: Customer, mgr1: User, ops: User, signed_in: Any
) -> None:
    Customer.objects.filter(pk=guest.pk).update(phone=None, home_address="", erased_at=EVENING)
    Erasure.objects.create(customer=guest, cause="request", identity="in_person", erased_by=ops)
    assert signed_in(mgr1).get(f"/customers/{guest.pk}/").status_code == 404
    answer = signed_in(ops).get(f"/customers/{guest.pk}/")
    assert answer.status_code == 200 and answer.templates[0].name == "customers/erased.html"


# --- the price -------------------------------------------------------------------------------------------------------


def test_page_costs_few_statements_however_much_happened(
    guest: Customer, mgr1: User, mgr2: User, ops: User, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    tiers = list(MembershipTier.objects.all())
    for number in range(30):
        change(guest, (mgr1, mgr2, ops)[number % 3], tier=tiers[number % len(tiers)], source=f"s{number}")
    for number in range(10):
        PhoneNumber.objects.create(customer=guest, number=f"+861390000{number:04d}", added_by=mgr2)
        IntakeReview.objects.create(customer=guest, status="accepted", reviewed_by=ops)
        Consent.objects.create(customer=guest, kind="sms", action="granted", channel="desk", recorded_by=mgr2)
        AccessLog.objects.create(user=ops, customer=guest, night=NIGHT, kind="reveal")
        merged = make_customer(phone=None, merged_into=guest, owner=mgr2)
        Merge.objects.create(kept=guest, merged=merged, merged_by=ops)
    for user in (mgr1, ops):
        client = signed_in(user)
        client.get(f"/customers/{guest.pk}/")
        with django_assert_max_num_queries(14):
            client.get(f"/customers/{guest.pk}/")
