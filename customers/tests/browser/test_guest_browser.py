"""A guest's page in a real Chromium: a taste written down in place, the past paged, a card that did not load."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.models import Customer, IntakeReview
from customers.tests.factories import change, make_vip
from staff.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_manager_taps_a_taste_writes_it_down_and_the_past_tells_it(
    mgr1: User, mgr2: User, open_page: Any, flaws: Any
) -> None:
    guest = make_vip(owner=mgr1)
    page: Page = open_page(mgr1)
    page.goto(f"/customers/{guest.pk}/")
    assert flaws(page) == []
    page.get_by_role("link", name="Dislikes 火龙果").click()
    field = page.get_by_label("Dislikes", exact=True)
    expect(field).to_be_focused()
    assert flaws(page) == []

    field.fill("香菜")
    change(guest, mgr2, dislikes="烟味")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody changed this guest while you were typing.")).to_be_visible()
    expect(page.get_by_text("On file now: 烟味")).to_be_visible()
    expect(field).to_have_value("香菜")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("link", name="Dislikes 香菜")).to_be_visible()
    expect(page.get_by_role("region", name="What happened")).to_contain_text(
        "林静 changed the dislikes from 烟味 to 香菜"
    )
    assert Customer.objects.get(pk=guest.pk).dislikes == "香菜"

    page.get_by_role("link", name="Write down").click()
    page.get_by_label("Drinks").fill("山崎")
    page.get_by_role("link", name="Leave as it was").click()
    expect(page.get_by_role("link", name="Drinks 麦卡伦")).to_be_visible()


def test_the_past_unfolds_twenty_at_a_time(mgr1: User, open_page: Any) -> None:
    guest = make_vip(owner=mgr1)
    for days in range(30):
        at = timezone.now() - dt.timedelta(days=days + 1)
        IntakeReview.objects.create(customer=guest, status="accepted", reviewed_by=mgr1, reviewed_at=at)
    page: Page = open_page(mgr1, size=(390, 844))
    page.goto(f"/customers/{guest.pk}/")
    accepted = page.get_by_text("accepted the record")
    expect(accepted).to_have_count(20)
    page.get_by_role("link", name="Older…").click()
    expect(accepted).to_have_count(30)
    expect(page.get_by_text("captured the guest")).to_be_visible()
    expect(page.get_by_role("link", name="Older…")).to_have_count(0)


def test_a_card_that_did_not_load_says_so_and_comes_on_the_next_try(
    mgr1: User, mgr2: User, open_page: Any, settings: Any
) -> None:
    settings.GUEST_CARDS = ["customers:habits", "customers:reveal"]  # the second answers 405 to a GET
    guest = make_vip(owner=mgr1)
    page: Page = open_page(mgr1)
    page.route("**/habits/", lambda route: route.abort())
    page.goto(f"/customers/{guest.pk}/")
    frames = page.locator("[data-frame]")
    expect(frames.get_by_text("This part did not load.")).to_have_count(2)
    expect(page.locator(".flash")).to_have_count(0)

    page.unroute("**/habits/")
    frames.first.get_by_role("button", name="Try again").click()
    expect(page.get_by_label("Drinks")).to_be_visible()
    expect(frames).to_have_count(1)


def test_a_card_that_is_not_for_this_person_leaves(mgr1: User, mgr2: User, open_page: Any, settings: Any) -> None:
    settings.GUEST_CARDS = ["customers:habits"]
    guest = make_vip(owner=mgr1)
    page: Page = open_page(mgr2)
    page.goto(f"/customers/{guest.pk}/")
    expect(page.locator("[data-frame]")).to_have_count(0)
    expect(page.locator(".flash")).to_have_count(0)
