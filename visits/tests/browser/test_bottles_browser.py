"""Taking out of a bottle as a manager does it, in a real Chromium: from the guest's page, refused once, then done."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.tests.factories import make_customer
from staff.models import User
from visits.models import StoredBottle
from visits.tests.factories import make_bottle, make_party, make_room

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_manager_stores_a_bottle_and_takes_some_out_from_the_guests_page(mgr1: User, open_page: Any) -> None:
    guest = make_customer(name="赵伟", owner=mgr1)
    make_party(by=mgr1, room=make_room("888"), now=timezone.now(), customer=guest)
    make_bottle(make_customer(), bottle_no="K0041")
    page: Page = open_page(mgr1)
    page.goto(f"/customers/{guest.pk}/")

    page.get_by_role("link", name="Store a bottle").click()
    page.fill("#id_product", "山崎12年")
    page.get_by_label("¾").check(force=True)
    page.get_by_role("button", name="Store").click()
    expect(page.locator("h1")).to_have_text("山崎12年")
    expect(page.locator(".toasts")).to_contain_text("Stored as K0042.")

    page.goto(f"/customers/{guest.pk}/")
    page.get_by_role("link", name="Take out").click()
    expect(page.get_by_label("Percent")).to_be_hidden()
    page.get_by_label("%", exact=True).check(force=True)
    page.get_by_label("Percent").fill("80")
    page.get_by_role("button", name="Take out").click()
    expect(page.locator(".invalid-feedback:visible")).to_have_text("Only 75 % is left.")
    expect(page.get_by_label("Percent")).to_have_value("80")
    page.get_by_label("Percent").fill("30")
    page.get_by_role("button", name="Take out").click()
    expect(page.locator(".trail")).to_contain_text("took out 30 % for room 888; 45 % left")
    expect(page.locator(".big")).to_contain_text("45")

    assert StoredBottle.objects.get(bottle_no="K0042").remaining == Decimal("0.45")


def test_manager_finds_a_bottle_while_typing_and_narrows_the_list(mgr1: User, open_page: Any) -> None:
    guest = make_customer(name="赵伟", owner=mgr1)
    make_bottle(guest, bottle_no="K1", category="wine", product="奔富407")
    make_bottle(guest, bottle_no="K2")
    page: Page = open_page(mgr1)
    page.goto("/visits/bottles/")

    page.fill("#q", "赵伟")
    page.get_by_label("Wine").check(force=True)
    expect(page.locator("#rows .who")).to_have_count(1)
    expect(page.locator("#rows .who")).to_contain_text("奔富407")
    page.get_by_label("Expired").check(force=True)
    expect(page.locator("#rows")).to_contain_text("No such bottle")
    assert "赵" not in page.url
