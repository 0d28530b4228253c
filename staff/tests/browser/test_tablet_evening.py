"""Two managers share a tablet for an evening, in a real Chromium; and the doors that a tablet has."""

from functools import partial
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Page, expect

from customers.models import Customer
from customers.tests.factories import make_customer
from staff import roles, tablets
from staff.models import PinTries, Tablet, TabletSession, User
from staff.tests.factories import PASSWORD, give_pin, make_user
from staff.views import doors
from vipdesk.middleware import NIGHT_ENDS, SEEN

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PINS = {"mgr1": "246813", "mgr2": "880517"}


@pytest.fixture
def managers(furnished: None) -> list[User]:
    return [make_user("mgr1", display_name="林静"), make_user("mgr2", display_name="高强")]


def tap(page: Page, pin: str, door: str = "main") -> None:
    expect(page.locator(f"{door} .pad.is-live")).to_be_visible()
    for digit in pin:
        page.click(f"{door} [data-key='{digit}']")


def choose_pin(page: Page, pin: str) -> None:
    page.goto("/pin/")
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=pin]", pin)
    page.fill("[name=again]", pin)
    page.get_by_role("button", name="Save the PIN").click()
    expect(page.locator("#toasts")).to_contain_text("PIN saved")


def type_guest(page: Page, phone: str, name: str) -> None:
    page.goto("/customers/new/")
    page.fill("#id_phone", phone)
    page.fill("#id_name", name)
    page.fill("#id_birthday_month", "5")
    page.fill("#id_birthday_day", "17")
    page.fill("#id_home_address", "黄浦区南京东路1号")
    page.check("#id_consent")
    page.wait_for_load_state("networkidle")


def save(page: Page, name: str) -> None:
    page.get_by_role("button", name="Save, next guest").click()
    expect(page.locator("#capture-answer")).to_contain_text(name)


def switch(page: Page) -> None:
    page.click("[data-who-menu] summary")
    page.get_by_role("button", name="Switch").click()
    expect(page.locator(".tiles")).to_be_visible()


def move_clock(**changes: float) -> None:
    """What the clock would have done to the one session there is: the server runs in this process's own time."""
    for row in Session.objects.filter(session_key__in=TabletSession.objects.values("session_key")):
        session = SessionStore(row.session_key)
        for key, value in changes.items():
            session[key] = value
        session.save()


def test_two_managers_share_a_tablet_for_an_evening(open_page: Any, managers: list[User]) -> None:
    mgr1 = managers[0]
    # Operations add the tablet and read the code out; both managers choose a PIN at a desk of their own.
    office: Page = open_page(make_user("ops", roles.OPERATIONS, display_name="周岚"))
    office.goto("/tablets/")
    office.fill("[name=name]", "Hall 1")
    office.get_by_role("button", name="Add and show its code").click()
    code = office.locator("#code").inner_text()
    for user in managers:
        choose_pin(open_page(user), PINS[user.username])

    tablet: Page = open_page()
    tablet.goto("/login/")
    tablet.get_by_role("link", name="Enrol this tablet").click()
    tablet.fill("[name=code]", code)
    tablet.get_by_role("button", name="Enrol").click()
    expect(tablet.locator(".tile")).to_have_count(2)

    # 林静 comes in by PIN and captures a guest.
    tablet.get_by_role("link", name="林静").click()
    tap(tablet, PINS["mgr1"])
    tablet.wait_for_url("**/tonight/")
    type_guest(tablet, "13816552201", "王芳")
    expect(tablet.locator(".who-name")).to_have_text("林静")
    save(tablet, "王芳")

    # 高强 takes over, and captures the next one.
    switch(tablet)
    tablet.locator(".tile", has_text="高强").click()
    expect(tablet.locator(".pad.is-live")).to_be_visible()
    tablet.keyboard.type(PINS["mgr2"])
    tablet.wait_for_url("**/tonight/")
    type_guest(tablet, "13816552202", "李明")
    expect(tablet.locator("#capture .btn-primary")).to_contain_text("高强")
    save(tablet, "李明")

    # Ten idle minutes over a form half typed: the PIN is asked over the page, and nothing is lost.
    type_guest(tablet, "13816552203", "赵伟")
    move_clock(**{SEEN: timezone.now().timestamp() - 601})
    tablet.locator("#capture .btn-primary").click()
    expect(tablet.locator("#signin .pad-who")).to_contain_text("高强")
    tap(tablet, PINS["mgr2"], "#signin")
    expect(tablet.locator("#signin")).to_be_hidden()
    expect(tablet.locator("#id_name")).to_have_value("赵伟")
    save(tablet, "赵伟")

    # Somebody guesses: five, then only the password; and with it the PIN opens again.
    switch(tablet)
    tablet.locator(".tile", has_text="林静").click()
    for left in ("4 tries", "3 tries", "2 tries", "1 try"):
        tap(tablet, "000000")
        expect(tablet.locator(".pad-wrong")).to_have_text(f"Wrong PIN, {left} left.")
    tap(tablet, "000000")
    expect(tablet.locator(".door-why")).to_contain_text("Sign in with your password")
    expect(tablet.locator("[name=username]")).to_have_value("mgr1")
    tablet.fill("[name=password]", PASSWORD)
    tablet.press("[name=password]", "Enter")
    tablet.wait_for_url("**/tonight/")
    assert PinTries.objects.get(user=mgr1).tries == 0
    switch(tablet)
    tablet.locator(".tile", has_text="林静").click()
    tap(tablet, PINS["mgr1"])
    tablet.wait_for_url("**/tonight/")

    # The night ends, however busy; and a revoked tablet knows nobody any more.
    move_clock(**{NIGHT_ENDS: timezone.now().timestamp() - 1, SEEN: timezone.now().timestamp()})
    tablet.goto("/customers/new/")
    expect(tablet.locator(".tiles")).to_be_visible()
    tablet.locator(".tile", has_text="林静").click()
    tap(tablet, PINS["mgr1"])
    tablet.wait_for_url("**/customers/new/")
    office.reload()
    office.goto("/tablets/")
    office.get_by_role("link", name="Revoke").click()
    office.get_by_role("button", name="Revoke this tablet").click()
    expect(office.locator("table")).to_contain_text("revoked")
    tablet.goto("/tonight/")
    expect(tablet.locator("[name=username]")).to_be_visible()
    expect(tablet.locator(".tiles")).to_have_count(0)

    authors = dict(Customer.objects.values_list("name", "captured_by__username"))
    assert authors == {"王芳": "mgr1", "李明": "mgr2", "赵伟": "mgr2"}
    assert set(Customer.objects.values_list("owner__username", flat=True)) == {"mgr1", "mgr2"}


@pytest.fixture
def tablet(open_page: Any, managers: list[User]) -> Page:
    """An enrolled tablet on which 林静 has come in by PIN."""
    for user in managers:
        give_pin(user, PINS[user.username])
    _waiting, code = tablets.add_tablet(name="Hall 1", by=managers[0])
    page: Page = open_page()
    page.goto("/tablet/enrol/")
    page.fill("[name=code]", code)
    page.press("[name=code]", "Enter")
    page.locator(".tile", has_text="林静").click()
    tap(page, PINS["mgr1"])
    page.wait_for_url("**/tonight/")
    return page


def sign_in_over_the_page_as_other(page: Page) -> None:
    page.context.clear_cookies(name="desk_session")
    page.get_by_role("button", name="Save, next guest").click()
    expect(page.locator("#signin .pad-who")).to_contain_text("林静")
    page.locator("#signin").get_by_text("Somebody else").click()
    page.locator("#signin .tile", has_text="高强").click()
    tap(page, PINS["mgr2"], "#signin")
    expect(page.locator("#other")).to_be_visible()


def test_what_one_manager_typed_is_sent_under_the_others_name_only_after_saying_so(tablet: Page) -> None:
    type_guest(tablet, "13816552201", "王芳")
    sign_in_over_the_page_as_other(tablet)
    expect(tablet.locator("#other")).to_contain_text("You are 高强 now")
    expect(tablet.locator("#other")).to_contain_text("typed by 林静")

    # Closed unread, the page still is the first one's: the server refuses it, and the question comes again.
    tablet.keyboard.press("Escape")
    expect(tablet.locator(".who-name")).to_have_text("林静")
    tablet.get_by_role("button", name="Save, next guest").click()
    expect(tablet.locator("#other")).to_be_visible()
    assert not Customer.objects.exists()

    tablet.get_by_role("button", name="Go on here as 高强").click()
    expect(tablet.locator(".who-name")).to_have_text("高强")
    expect(tablet.locator("#capture .btn-primary")).to_contain_text("高强")
    expect(tablet.locator("#id_name")).to_have_value("王芳")
    save(tablet, "王芳")
    assert Customer.objects.get().captured_by.username == "mgr2"  # type: ignore[union-attr]


def test_what_one_manager_typed_goes_back_to_them(tablet: Page) -> None:
    type_guest(tablet, "13816552201", "王芳")
    sign_in_over_the_page_as_other(tablet)
    tablet.get_by_role("button", name="Back to 林静").click()
    expect(tablet.locator("#signin .pad-who")).to_contain_text("林静")
    tap(tablet, PINS["mgr1"], "#signin")
    expect(tablet.locator("#signin")).to_be_hidden()
    expect(tablet.locator("#other")).to_be_hidden()
    expect(tablet.locator("#id_name")).to_have_value("王芳")
    save(tablet, "王芳")
    assert Customer.objects.get().captured_by.username == "mgr1"  # type: ignore[union-attr]


def test_manager_switching_over_something_typed_is_asked_first(tablet: Page) -> None:
    type_guest(tablet, "13816552201", "王芳")
    tablet.click("[data-who-menu] summary")
    tablet.get_by_role("button", name="Switch").click()
    expect(tablet.locator("#leaving")).to_be_visible()
    tablet.get_by_role("button", name="Stay here").click()
    expect(tablet.locator("#id_name")).to_have_value("王芳")
    tablet.get_by_role("button", name="Save, next guest").click()
    expect(tablet.locator("#capture-answer")).to_contain_text("王芳")
    switch(tablet)  # saved: nothing to ask


def test_manager_who_leaves_something_typed_all_the_same_is_out(tablet: Page) -> None:
    type_guest(tablet, "13816552201", "王芳")
    tablet.click("[data-who-menu] summary")
    tablet.get_by_role("button", name="Switch").click()
    tablet.get_by_role("button", name="Leave without it").click()
    expect(tablet.locator(".tiles")).to_be_visible()
    assert not Customer.objects.exists()


def test_locked_pin_over_the_page_gives_way_to_the_password_and_nothing_typed_is_lost(tablet: Page) -> None:
    type_guest(tablet, "13816552201", "王芳")
    tablet.context.clear_cookies(name="desk_session")
    tablet.get_by_role("button", name="Save, next guest").click()
    for _try in range(5):
        tap(tablet, "000000", "#signin")
        tablet.wait_for_load_state("networkidle")
    dialog = tablet.locator("#signin")
    expect(dialog).to_contain_text("Sign in with your password")
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.locator("[name=password]").press("Enter")
    expect(dialog).to_be_hidden()
    save(tablet, "王芳")
    assert Customer.objects.get().captured_by.username == "mgr1"  # type: ignore[union-attr]


def test_tablet_works_without_javascript(open_page: Any, managers: list[User]) -> None:
    give_pin(managers[0], PINS["mgr1"])
    _waiting, code = tablets.add_tablet(name="Hall 1", by=managers[0])
    page: Page = open_page(java_script_enabled=False)
    page.goto("/tablet/enrol/")
    page.fill("[name=code]", code)
    page.get_by_role("button", name="Enrol").click()
    page.get_by_role("link", name="林静").click()
    expect(page.locator(".pad-keys")).to_be_hidden()
    page.fill("[name=pin]", "000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".pad-wrong")).to_contain_text("4 tries left")
    page.fill("[name=pin]", PINS["mgr1"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/tonight/")
    page.click("[data-who-menu] summary")
    page.get_by_role("button", name="Switch").click()
    expect(page.locator(".tiles")).to_be_visible()


def keep_errors(said: list[str], message: ConsoleMessage) -> None:
    if message.type == "error":
        said.append(message.text)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [(1024, 768), (390, 844)], ids=["tablet", "phone"])
def test_axe_finds_nothing_serious_on_the_tablets_screens(
    open_page: Any, live_server: Any, flaws: Any, managers: list[User], theme: str, size: tuple[int, int]
) -> None:
    ops = make_user("ops", roles.OPERATIONS, display_name="周岚")
    make_customer(owner=managers[0])
    give_pin(managers[0])
    _waiting, code = tablets.add_tablet(name="Hall 1", by=ops)
    tablet, token = tablets.enrol(code=code)
    tablets.revoke(tablet=Tablet.objects.create(name="Bar", added_by=ops), by=ops)
    pad = f"/login/pin/{managers[0].pk}/"
    screens = {
        "": ["/login/", "/login/?by=password", pad, "/tablet/enrol/"],
        "mgr1": ["/pin/"],
        "ops": ["/tablets/", f"/tablets/{tablet.pk}/revoke/"],
    }
    for who, urls in screens.items():
        page: Page = open_page(User.objects.filter(username=who).first(), size=size)
        said: list[str] = []
        page.on("console", partial(keep_errors, said))
        if not who:
            page.context.add_cookies([{"name": doors.TABLET_COOKIE, "value": token, "url": live_server.url}])
        for url in urls:
            page.goto(url)
            page.evaluate("theme => document.documentElement.dataset.bsTheme = theme", theme)
            page.wait_for_timeout(200)  # colours fade into the other theme
            assert flaws(page) == [], url
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0], url
        assert said == [], who
