"""An unusual amount in a browser: the form comes back with what was typed, the box to tick has the focus, one tap more."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers.tests.factories import make_customer
from staff.models import User
from visits.models import RoomVisit, SecondSale
from visits.tests.factories import make_party, make_room

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_visit_with_an_unusual_sale_is_logged_after_two_ticks(mgr1: User, open_page: Any) -> None:
    guest = make_customer(name="赵伟")
    party = make_party(by=mgr1, room=make_room("888"), customer=guest, now=timezone.now())
    page = open_page(mgr1)
    page.goto(f"/visits/parties/{party.pk}/visit/")
    expect(page.locator("[name=met]")).not_to_be_checked()
    page.locator("label.chip:has([name=met])").click()
    page.locator("details.fold summary").first.click()
    page.fill("#id_item", "香槟")
    page.fill("#id_amount", "128，000")
    page.check("#id_outcome_0")
    page.get_by_role("button", name="Log visit").click()

    sure = page.get_by_label("Yes, it really is ¥128,000.00.")
    expect(sure).to_be_focused()
    expect(page.locator("#id_amount")).to_have_value("128，000")
    expect(page.locator("[name=met]")).to_be_checked()
    assert not RoomVisit.objects.exists()
    sure.check()
    page.get_by_role("button", name="Log visit").click()
    page.wait_for_url("**/parties/*/")
    assert int(SecondSale.objects.get().amount) == 128_000 and RoomVisit.objects.get().met.count() == 1


def test_a_capture_of_a_number_of_one_digit_is_saved_after_one_tick(mgr1: User, open_page: Any) -> None:
    page = open_page(mgr1, size=(390, 844))
    page.goto("/customers/new/")
    typed = {"#id_phone": "13333333333", "#id_name": "王芳", "#id_birthday_month": "5", "#id_birthday_day": "17"}
    for field, text in (typed | {"#id_home_address": "黄浦区南京东路1号"}).items():
        page.fill(field, text)
    page.check("#id_consent")
    page.get_by_role("button", name="Save, next guest").click()
    page.get_by_label("Yes, it really is 133 3333 3333.").check()
    page.get_by_role("button", name="Save, next guest").click()
    expect(page.locator("#capture-answer")).to_contain_text("王芳")
    expect(page.locator("#id_phone")).to_have_value("")
    expect(page.locator("[name=sure]")).to_have_count(0)
