"""The list of guests in a real Chromium: by keyboard alone, by thumb, overtaken requests, filters beside what is typed."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from customers.models import MembershipTier, SavedFilter
from customers.tests.factories import make_customer
from staff.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_manager_finds_and_opens_a_guest_by_keyboard_alone(mgr1: User, open_page: Any, flaws: Any) -> None:
    for name in ("张伟", "张文", "李娜"):
        make_customer(name=name, owner=mgr1)
    page: Page = open_page(mgr1)
    page.goto("/customers/")
    rows = page.locator("#rows a.item")

    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("zhang w")
    expect(rows).to_have_count(2)
    expect(page.locator("#told")).to_have_text("2 guests shown")
    assert flaws(page) == []

    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator("#q")).to_have_value("")
    expect(rows).to_have_count(3)

    page.keyboard.type("lina")
    expect(rows).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("李娜")


def test_an_answer_that_was_overtaken_is_never_shown(mgr1: User, open_page: Any) -> None:
    make_customer(name="张伟")
    make_customer(name="李娜")
    page: Page = open_page(mgr1)
    page.goto("/customers/")
    held = []

    def hold_first(route: Any) -> None:
        if held or "q=zhang" not in (route.request.post_data or ""):
            route.continue_()
        else:
            held.append(route)

    page.route("**/customers/", hold_first)
    with page.expect_request(lambda request: "q=zhang" in (request.post_data or "")) as overtaken:
        page.locator("#q").fill("zhang")
    with page.expect_event("requestfailed", lambda request: request == overtaken.value):
        page.locator("#q").fill("li")

    expect(page.locator("#rows a.item")).to_have_count(1)
    expect(page.locator("#rows")).to_contain_text("李娜")
    expect(page.locator(".flash")).to_have_count(0)


@pytest.mark.parametrize("size", [(1024, 768), (390, 844)])
def test_filters_are_chosen_beside_what_is_typed_and_taken_away_one_by_one(
    mgr1: User, open_page: Any, flaws: Any, size: tuple[int, int]
) -> None:
    gold = MembershipTier.objects.get(code="gold")
    for name, tier in (("张伟", gold), ("张文", None), ("李娜", gold)):
        make_customer(name=name, tier=tier, sms_consent=name == "张文")
    page: Page = open_page(mgr1, size=size)
    page.goto("/customers/")
    rows = page.locator("#rows a.item")
    page.locator("#q").fill("张")
    expect(rows).to_have_count(2)

    page.locator("#filters > summary").click()
    assert flaws(page) == []
    page.get_by_label("Tier").select_option(str(gold.pk))
    expect(rows).to_have_count(1)
    page.get_by_text("no consent").click()
    expect(page.get_by_role("group", name="Chosen filters").get_by_role("button")).to_have_count(2)
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#filter-fields")).to_be_hidden()
    assert f"tier={gold.pk}" in page.url and "no_consent=1" in page.url and "张" not in page.url

    page.get_by_role("button", name="Take away: Gold").click()
    expect(page.get_by_role("group", name="Chosen filters").get_by_role("button")).to_have_count(1)
    expect(page.locator("#q")).to_have_value("张")
    page.locator("#filters > summary").click()
    expect(page.get_by_label("Tier")).to_have_value("")
    page.get_by_role("button", name="Clear all").click()
    expect(rows).to_have_count(2)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size[0]


def test_enter_in_the_box_searches_and_takes_no_filter_away(mgr1: User, open_page: Any) -> None:
    make_customer(name="张伟")
    page: Page = open_page(mgr1)
    page.goto("/customers/?seen=never")
    page.locator("#q").fill("zhang")
    page.keyboard.press("Enter")
    expect(page.locator("#rows")).to_contain_text("张伟")
    expect(page.get_by_role("button", name="Take away: never seen since capture")).to_be_visible()


def test_office_saves_a_filter_after_a_name_was_refused(ops: User, open_page: Any, flaws: Any) -> None:
    SavedFilter.objects.create(name="taken", query={"seen": "7"}, created_by=ops)
    page: Page = open_page(ops)
    page.goto("/customers/?seen=never")
    page.get_by_text("Save as …").click()
    name = page.get_by_label("Name of the filter")
    name.fill("taken")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Another filter has this name.")).to_be_visible()
    expect(name).to_have_value("taken")
    assert flaws(page) == []

    name.fill("never came back")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="never came back")).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Delete this filter").click()
    expect(page.get_by_role("link", name="never came back")).to_have_count(0)


def test_without_scripts_search_and_filters_work_page_by_page(mgr1: User, open_page: Any) -> None:
    make_customer(name="张伟")
    make_customer(name="李娜")
    page: Page = open_page(mgr1, java_script_enabled=False)
    page.goto("/customers/")
    page.locator("#q").fill("zhang")
    page.locator("#filters > summary").click()
    page.get_by_label("Last seen").select_option("never")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#rows a.item")).to_have_count(1)
    page.get_by_role("button", name="Take away: never seen since capture").click()
    expect(page.locator("#q")).to_have_value("zhang")
    expect(page.get_by_role("group", name="Chosen filters")).to_have_count(0)
