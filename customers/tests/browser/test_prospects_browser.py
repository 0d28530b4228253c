"""From somebody met outside to a guest, in a browser: logged, spoken with, captured by another, counted for who found
them (T12 G14)."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from customers.models import Customer, Prospect
from customers.tests.browser.test_capture_browser import save, type_guest
from customers.tests.factories import make_customer
from staff.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE, NARROW = "138 1655 2204", (390, 844)


def log(page: Page, phone: str, where: str, *, may_be_called: bool = False) -> None:
    page.fill("#id_phone", phone)
    page.get_by_label(where, exact=True).check()
    if may_be_called:
        page.check("#id_call_consent")
    page.get_by_role("button", name="Log").click()


def opened(page: Page, name: str) -> Any:
    """A prospect's card, with what may have come of it unfolded."""
    card = page.get_by_role("article", name=name)
    card.locator("summary").first.click()
    return card


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_somebody_met_outside_becomes_a_guest_and_counts_for_who_found_them(
    mgr1: User, mgr2: User, ops: User, open_page: Any, flaws: Any
) -> None:
    page: Page = open_page(mgr1, size=NARROW)
    page.goto("/customers/prospects/")
    expect(page.locator("main")).to_contain_text("Nobody to be won right now")
    page.locator("main").get_by_role("link", name="Log a prospect").click()
    assert flaws(page) == [] and fits(page)
    log(page, PHONE, "WeChat", may_be_called=True)

    card = page.get_by_role("article")
    expect(card).to_have_count(1)
    expect(card.locator("a[href^='tel:']")).to_have_attribute("href", "tel:+8613816552204")
    card.locator("summary").first.click()
    assert flaws(page) == [] and fits(page)
    card.get_by_label("By phone", exact=True).check()
    card.locator("[name=note]").fill("周六六个人")
    card.get_by_role("button", name="Thinking about it").click()
    expect(page.get_by_role("article")).to_contain_text("by phone: thinking about it, 周六六个人")

    other: Page = open_page(mgr2)
    other.goto("/customers/prospects/")
    expect(other.locator("article")).to_have_count(0)
    other.goto("/customers/new/")
    type_guest(other, phone=PHONE, name="陈晨")
    other.check("#id_consent")
    save(other)
    expect(other.locator("#capture-answer")).to_contain_text("陈晨")

    page.goto("/customers/prospects/")
    expect(page.locator("article")).to_have_count(0)
    expect(page.locator("section", has_text="Became guests")).to_contain_text("陈晨")
    assert Prospect.objects.get().customer == Customer.objects.get() and flaws(page) == []

    office: Page = open_page(ops)
    office.goto("/customers/prospects/sources/")
    expect(office.locator("tr", has_text="WeChat").first).to_contain_text("1")
    assert flaws(office) == [] and fits(office)


def test_a_prospect_is_taken_in_from_their_card_with_what_is_known(mgr1: User, open_page: Any) -> None:
    page: Page = open_page(mgr1)
    page.goto("/customers/prospects/new/")
    page.fill("#id_name", "陈晨")
    log(page, PHONE, "An event outside")
    page.get_by_role("button", name="Take in 陈晨 as a guest").click()
    expect(page.locator("#id_phone")).to_have_value(PHONE)
    expect(page.locator("#id_name")).to_have_value("陈晨")
    assert PHONE not in page.url and "1381655" not in page.url


def test_a_guests_number_is_answered_at_the_field_and_what_was_typed_stays(mgr1: User, open_page: Any) -> None:
    make_customer(name="赵伟", phone="+8613816552203", owner=mgr1)
    page: Page = open_page(mgr1)
    page.goto("/customers/prospects/new/")
    page.fill("#id_where", "静安寺")
    log(page, "13816552203", "Cards given out")
    expect(page.locator("#prospect-form .known")).to_contain_text("赵伟")
    expect(page.locator("#id_where")).to_have_value("静安寺")
    log(page, "1381655", "Cards given out")
    expect(page.locator("#div_id_phone .invalid-feedback")).to_be_visible()
    expect(page.locator("#id_where")).to_have_value("静安寺")
    assert not Prospect.objects.exists()


def test_who_does_not_want_to_be_called_cannot_be_and_giving_up_says_why(mgr1: User, open_page: Any) -> None:
    page: Page = open_page(mgr1, size=NARROW)
    page.goto("/customers/prospects/new/")
    page.fill("#id_name", "陈晨")
    log(page, PHONE, "A company visited")
    card = opened(page, "陈晨")
    expect(card).to_contain_text("no calls")
    expect(card.locator("a[href^='tel:']")).to_have_count(0)
    expect(card.get_by_label("By phone", exact=True)).to_have_count(0)
    card.locator("summary", has_text="Give up").click()
    card.get_by_role("button", name="Never reached").click()
    expect(page.locator("article")).to_have_count(0)
    assert Prospect.objects.get().state == "given_up"
