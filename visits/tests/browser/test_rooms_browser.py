"""The room board in a real browser: two managers look at it, one seats and closes, the other's follows by itself."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.models import MembershipTier
from customers.tests.factories import make_customer
from staff.models import User
from visits.forms.reservations import end_of
from visits.models import Party, Reservation
from visits.tests.factories import make_party, make_reservation, make_room

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_walk_in_is_seated_moved_and_closed_and_the_other_board_follows(
    mgr1: User, mgr2: User, open_page: Any, flaws: Any
) -> None:
    vip = MembershipTier.objects.filter(is_vip=True).order_by("rank").last()
    make_customer(name="赵伟", phone="+8613816552203", tier=vip)
    make_room("601"), make_room("602")
    mine: Page = open_page(mgr1, size=(390, 844))
    other: Page = open_page(mgr2)
    other.goto("/visits/rooms/")
    assert flaws(other) == []

    mine.goto("/visits/rooms/")
    mine.get_by_role("link", name="601").click()
    mine.fill("#id_phone", "138 1655 2203")
    expect(mine.locator("#phone-answer")).to_contain_text("赵伟")
    mine.get_by_role("button", name="Seat them").click()
    expect(mine.locator(".invalid-feedback")).to_contain_text("How many")
    expect(mine.locator("#id_phone")).to_have_value("138 1655 2203")
    mine.get_by_role("button", name="6", exact=True).click()
    expect(mine.locator("#id_people")).to_have_value("6")
    mine.get_by_role("button", name="Seat them").click()
    mine.wait_for_url("**/visits/parties/*/")
    assert flaws(mine) == []

    expect(other.locator(".tile.has-vip")).to_contain_text("赵伟", timeout=25_000)
    mine.select_option("#id_room", label="602 · Medium room · 8")
    mine.get_by_role("button", name="Move them").click()
    expect(mine.locator("h1")).to_have_text("Room 602")
    mine.get_by_role("button", name="They have paid and gone").click()
    mine.get_by_role("button", name="Close", exact=True).click()
    mine.wait_for_url("**/visits/rooms/")
    expect(mine.locator(".tile.is-to_clean")).to_have_count(2)
    mine.get_by_role("button", name="Cleaned").first.click()
    expect(mine.locator(".tile.is-to_clean")).to_have_count(1)
    assert Party.objects.get().closed_by == mgr1


def test_a_reservation_is_taken_by_phone_and_asked_after(mgr1: User, open_page: Any, flaws: Any) -> None:
    room = make_room("888")
    now = timezone.now()
    span = {"starts_at": now, "ends_at": end_of(now)}  # whatever the hour, within one night
    make_reservation(by=mgr1, now=now, room=make_room(), guest_name="钱进", **span)
    page: Page = open_page(mgr1)
    page.goto("/visits/reservations/new/?room=888")
    expect(page.locator("#id_place")).to_have_value(f"room:{room.pk}")
    assert flaws(page) == []
    page.fill("#id_phone", "13816552204")
    page.fill("#id_name", "孙丽")
    page.fill("#id_people", "8")
    page.get_by_role("button", name="Reserve").click()
    page.wait_for_url("**/visits/reservations/?night=*")
    assert Reservation.objects.get(guest_name="孙丽").room == room

    page.goto("/visits/reservations/")
    assert flaws(page) == []
    row = page.locator(".ask", has_text="钱进")
    row.get_by_role("button", name="confirmed").click()
    expect(page.locator(".ask", has_text="钱进")).to_have_count(0)


def test_a_host_captured_from_the_party_is_its_host_and_the_next_guest_is_not_of_it(
    mgr1: User, open_page: Any, flaws: Any
) -> None:
    party = make_party(
        by=mgr1, room=make_room("601"), now=timezone.now(), host_name="李雷", host_phone="+8613816552204"
    )
    page: Page = open_page(mgr1)
    page.goto(f"/visits/parties/{party.pk}/")
    page.get_by_role("button", name="New guest").click()
    expect(page.locator("#id_phone")).to_have_value("138 1655 2204")
    for name, value in {"birthday_month": "5", "birthday_day": "17", "home_address": "黄浦区南京东路1号"}.items():
        page.fill(f"[name={name}]", value)
    page.check("[name=consent]")
    page.get_by_role("button", name="Save, next guest").click()
    expect(page.get_by_role("link", name="Back to the party")).to_be_visible()
    assert flaws(page) == []
    expect(page.locator("#capture [name=party]")).to_have_count(0)
    page.get_by_role("link", name="Back to the party").click()
    expect(page.locator("[aria-labelledby=guests-title]")).to_contain_text("李雷")
    party.refresh_from_db()
    assert party.customer is not None
