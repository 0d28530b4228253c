"""Capture as a manager does it, in a real Chromium: what it says while one types, ready for the next guest."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from customers.models import Consent, Customer
from customers.tests.factories import make_customer
from staff.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def type_guest(page: Page, *, phone: str, name: str, month: str = "5", day: str = "17", lunar: bool = False) -> None:
    page.fill("#id_phone", phone)
    page.fill("#id_name", name)
    page.check(f"[name=birthday_calendar][value={'lunar' if lunar else 'solar'}]")
    page.fill("#id_birthday_month", month)
    page.fill("#id_birthday_day", day)
    page.fill("#id_home_address", "黄浦区南京东路1号")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save, next guest").click()


def test_manager_captures_two_guests_in_a_row_without_leaving_the_page(mgr1: User, open_page: Any) -> None:
    page: Page = open_page(mgr1)
    page.goto("/customers/new/")
    for n, name in enumerate(["王芳", "李明"], start=2):
        type_guest(page, phone=f"1381655220{n}", name=name, lunar=True, month="8", day="15")
        expect(page.locator("#birthday-answer")).to_contain_text("next")
        expect(page.locator("#phone-answer")).to_contain_text("New number")
        page.check("#id_consent")
        page.check("#id_sms_consent")
        save(page)
        expect(page.locator("#capture-answer")).to_contain_text(name)
        expect(page.locator("#capture-count")).to_contain_text(f"{n} of 10")
        # Nothing of the last guest stays, least of all what they agreed to.
        expect(page.locator("#id_phone")).to_be_focused()
        for field in ("phone", "name", "birthday_month", "home_address"):
            expect(page.locator(f"#id_{field}")).to_have_value("")
        for box in ("consent", "sms_consent"):
            expect(page.locator(f"#id_{box}")).not_to_be_checked()

    assert list(Customer.objects.order_by("pk").values_list("name", "birthday_calendar")) == [
        ("王芳", "lunar"),
        ("李明", "lunar"),
    ]
    assert Consent.objects.filter(kind="sms", action="granted").count() == 2


def test_a_known_number_shows_its_guest_while_it_is_typed(mgr1: User, mgr2: User, open_page: Any) -> None:
    known = make_customer(name="赵伟", phone="+8613816552203", owner=mgr2)
    page: Page = open_page(mgr1)
    page.goto("/customers/new/")
    page.locator("#id_phone").press_sequentially("138 1655 2203")

    panel = page.locator("#phone-answer .known")
    expect(panel).to_contain_text("赵伟 · 138****2203")
    panel.get_by_role("link", name="Open").click()
    page.wait_for_url(f"**/customers/{known.pk}/")


def test_a_refused_form_keeps_what_was_typed_and_is_saved_after_mending(mgr1: User, open_page: Any) -> None:
    page: Page = open_page(mgr1)
    page.goto("/customers/new/")
    type_guest(page, phone="12345", name="王芳", day="31", month="4")
    page.check("#id_consent")
    save(page)

    expect(page.locator("#id_phone.is-invalid")).to_be_visible()
    expect(page.locator("#id_birthday_day.is-invalid")).to_be_visible()
    expect(page.locator("#id_name")).to_have_value("王芳")
    expect(page.locator("#id_consent")).to_be_checked()
    page.fill("#id_phone", "13816552203")
    page.fill("#id_birthday_day", "30")
    save(page)
    expect(page.locator("#capture-answer")).to_contain_text("王芳")
    expect(page.locator(".is-invalid")).to_have_count(0)
    assert Customer.objects.count() == 1


def test_a_double_tap_makes_one_guest(mgr1: User, open_page: Any) -> None:
    page: Page = open_page(mgr1)
    page.goto("/customers/new/")
    type_guest(page, phone="13816552203", name="王芳")
    page.check("#id_consent")
    page.get_by_role("button", name="Save, next guest").dblclick()
    expect(page.locator("#capture-answer")).to_contain_text("王芳")
    assert Customer.objects.count() == 1


def test_a_session_that_ended_loses_nothing_that_was_typed(mgr1: User, open_page: Any) -> None:
    from staff.tests.factories import PASSWORD

    page: Page = open_page(mgr1)
    page.goto("/customers/new/")
    type_guest(page, phone="13816552203", name="王芳")
    page.check("#id_consent")
    # All that the page asks by itself has been answered, or it would be that which finds the session over.
    expect(page.locator("#phone-answer")).to_contain_text("New number")
    expect(page.locator("#birthday-answer")).to_contain_text("next")
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()
    save(page)

    dialog = page.locator("#signin")
    expect(dialog).to_be_visible()
    dialog.locator("[name=username]").fill(mgr1.username)
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.locator("[name=password]").press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#id_name")).to_have_value("王芳")
    save(page)
    expect(page.locator("#capture-answer")).to_contain_text("王芳")
    assert Customer.objects.get().captured_by == mgr1


def test_the_form_works_without_javascript(mgr1: User, open_page: Any) -> None:
    page: Page = open_page(mgr1, java_script_enabled=False)
    page.goto("/customers/new/")
    type_guest(page, phone="12345", name="王芳")
    page.check("#id_consent")
    save(page)
    expect(page.locator("#id_phone.is-invalid")).to_be_visible()
    page.fill("#id_phone", "13816552203")
    save(page)
    expect(page.locator("#capture-answer")).to_contain_text("王芳")
    expect(page.locator("#id_name")).to_have_value("")
    assert Customer.objects.count() == 1


def test_guests_are_found_as_one_types_and_no_name_enters_the_address(mgr1: User, open_page: Any) -> None:
    make_customer(name="赵伟", owner=mgr1)
    make_customer(name="钱二", owner=mgr1)
    page: Page = open_page(mgr1)
    page.goto("/customers/")
    page.locator("#q").press_sequentially("赵")

    expect(page.locator("#rows")).not_to_contain_text("钱二")
    expect(page.locator("#rows")).to_contain_text("赵伟")
    assert page.url.endswith("/customers/")
