"""The shell in a real browser: nothing typed is lost when the session or the network ends; the doors are accessible."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from staff import roles
from staff.models import User
from staff.tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OpenPage = Callable[..., Any]


@pytest.fixture
def manager() -> User:
    return make_user("mgr1", display_name="林静")


def fill_in_a_guest(page: Any, phone: str = "13816552203") -> None:
    page.goto("/customers/new/")
    page.fill("[name=phone]", phone)
    page.fill("[name=name]", "欧阳子涵")
    page.fill("[name=birthday_month]", "8")
    page.fill("[name=birthday_day]", "15")
    page.fill("[name=home_address]", "黄浦区南京东路")
    page.check("[name=consent]")
    page.wait_for_load_state("networkidle")  # the look-ups while typing are done


def save(page: Any) -> None:
    page.click("#capture .btn-primary")


def serious(page: Any) -> list[str]:
    """What axe calls serious or critical on the page."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]


def test_manager_signed_out_while_typing_signs_in_over_the_page_and_saves(open_page: OpenPage, manager: User) -> None:
    page = open_page(manager)
    fill_in_a_guest(page)
    page.context.clear_cookies(name="desk_session")
    page.fill("[name=phone]", "13816552204")  # its look-up fails too, while the dialog is being filled in
    page.locator("#capture .btn-primary").evaluate("button => button.click()")

    dialog = page.locator("dialog#signin")
    dialog.locator("[name=username]").fill(manager.username)
    page.wait_for_load_state("networkidle")
    expect(dialog.locator("[name=username]")).to_have_value(manager.username)
    dialog.locator("[name=password]").fill("not the password")
    dialog.locator(".btn-primary").click()
    expect(dialog.locator(".alert")).to_be_visible()
    dialog.locator("[name=username]").fill(manager.username)
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.locator(".btn-primary").click()

    expect(dialog).to_be_hidden()
    expect(page.locator("[name=name]")).to_have_value("欧阳子涵")
    save(page)
    expect(page.locator("#capture-answer")).to_contain_text("欧阳子涵")


def test_manager_whose_tablet_changed_hands_is_told_whose_guest_it_will_be(open_page: OpenPage, manager: User) -> None:
    other = make_user("mgr2", display_name="高强")
    page = open_page(manager)
    fill_in_a_guest(page)
    elsewhere = page.context.new_page()
    page.context.clear_cookies()
    elsewhere.goto("/login/")
    elsewhere.fill("[name=username]", other.username)
    elsewhere.fill("[name=password]", PASSWORD)
    elsewhere.press("[name=password]", "Enter")
    elsewhere.wait_for_url("**/tonight/")

    save(page)

    expect(page.locator("#other")).to_contain_text("You are 高强 now")
    page.get_by_role("button", name="Go on here as 高强").click()
    expect(page.locator(".who-name")).to_have_text("高强")
    expect(page.locator("[name=name]")).to_have_value("欧阳子涵")


def test_manager_without_a_network_keeps_what_was_typed_and_is_told(open_page: OpenPage, manager: User) -> None:
    page = open_page(manager)
    fill_in_a_guest(page)
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    save(page)
    expect(page.locator("#toasts .flash-error")).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value("欧阳子涵")

    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    save(page)
    expect(page.locator("#capture-answer")).to_contain_text("欧阳子涵")
    expect(page.locator("#toasts .flash-error")).to_have_count(0)


def test_manager_tapping_save_three_times_sends_once(open_page: OpenPage, manager: User) -> None:
    page = open_page(manager)
    fill_in_a_guest(page)
    page.locator("#capture").evaluate("form => form.removeAttribute('hx-disabled-elt')")  # the shell's guard, alone
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator("#capture .btn-primary").evaluate("button => { button.click(); button.click(); button.click(); }")
    expect(page.locator("#capture-answer")).to_contain_text("欧阳子涵")
    assert len([url for url in sent if url.endswith("/customers/new/")]) == 1


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [(1024, 768), (390, 844)], ids=["tablet", "phone"])
def test_axe_finds_nothing_serious_on_the_doors(open_page: OpenPage, theme: str, size: tuple[int, int]) -> None:
    desk = make_user("desk", roles.AFTERSALES, theme=theme)
    page = open_page(size=size)
    page.goto("/login/")
    assert serious(page) == []
    page = open_page(desk, size=size)
    for path in ("/password/", "/tonight/", "/nowhere/"):
        page.goto(path)
        assert serious(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
