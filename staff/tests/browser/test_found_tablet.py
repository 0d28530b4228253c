"""A found tablet shows nothing: masked numbers in what is kept, and none of it after the idle time, in a real Chromium."""

import datetime as dt
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.models import Customer
from customers.tests.factories import make_customer, make_prospect
from staff.models import User
from staff.tests.browser.test_offline import Tablet, sign_in, until_kept, until_sent, waiting
from staff.tests.factories import make_user
from vipdesk.tests.served import Server, served
from visits.tests.factories import make_party, make_reservation, make_room

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GUEST = ("欧阳密语", "13977776666")
MINUTE = 60_000
# What is kept, screen by screen, as somebody with the tablet open on a bench would read it.
KEPT = """async () => {
    const screens = await caches.open("desk-screens"), found = {};
    for (const request of await screens.keys())
        found[new URL(request.url).pathname] = await (await screens.match(request)).text();
    return found;
}"""
# The tablet's clock as the service worker knows it: how long ago somebody touched it, and the highest moment it showed.
SHIFT = """async ({ last, high }) => {
    const note = await caches.open("desk-lock"), state = await (await note.match("/desk-lock")).json();
    const moved = { ...state, last: state.last + last, high: state.high + high };
    await note.put("/desk-lock", new Response(JSON.stringify(moved)));
}"""


@pytest.fixture
def server(tmp_path: Path, furnished: None) -> Iterator[Server]:
    with served(tmp_path) as server:
        yield server


@pytest.fixture
def tablet(chromium: Any, tmp_path: Path, server: Server) -> Iterator[Tablet]:
    mgr1 = make_user("mgr1", display_name="林静")
    _fill_the_house(mgr1)
    server.start()
    tablet = Tablet(chromium.browser_type, tmp_path / "profile", server.url)
    sign_in(tablet.page, "mgr1")
    until_kept(tablet.page)
    yield tablet
    if tablet.context:
        tablet.context.close()


def _fill_the_house(mgr1: User) -> None:
    """Numbers that this manager may ring, on every screen that is kept."""
    now = timezone.now()
    guest = make_customer(name=GUEST[0], phone=f"+86{GUEST[1]}", owner=mgr1, call_consent=True)
    room = make_room("888")
    make_party(by=mgr1, room=room, now=now, customer=guest)
    make_prospect(mgr1, phone="+8613700001234", call_consent=True)
    make_reservation(by=mgr1, starts_at=now + dt.timedelta(minutes=30), now=now, room=make_room("666"))


def open_offline(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state()


def assert_only_the_empty_form_opens(page: Page) -> None:
    for path in ("/tonight/", "/visits/rooms/", "/visits/new/", "/feedback/surveys/new/", "/offline/", "/"):
        open_offline(page, path)
        html = page.content()
        assert GUEST[0] not in html and "6666" not in html, path
        expect(page.locator("#capture")).to_be_visible()
    assert list(page.evaluate(KEPT)) == ["/customers/new/"], "the others are gone from the tablet's disk too"
    expect(page.locator("#locked")).to_be_visible()


def test_what_a_tablet_keeps_holds_masked_numbers_only(tablet: Tablet) -> None:
    page = tablet.page
    page.goto("/tonight/")
    page.goto("/visits/rooms/")
    time.sleep(1)
    kept = page.evaluate(KEPT)
    assert len(kept) >= 6 and GUEST[0] in "".join(kept.values())
    assert "888" in kept["/visits/rooms/"]
    for path, html in kept.items():
        assert "tel:" not in html, path
        digits = [re.sub(r"\D", "", found) for found in re.findall(r"\+?\d[\d\s-]{9,}\d", html)]
        assert not [one for one in digits if re.search(r"1[3-9]\d{9}$", one)], path


def test_numbers_are_masked_however_they_are_written(tablet: Tablet) -> None:
    source = tablet.page.evaluate("async () => (await fetch('/sw.js')).text()")
    masked = source[source.index("function masked") : source.index("async function find")]
    html = (
        '<a class="btn" href="tel:+8613977776666">139 7777 6666</a> 13977776666 +86 139-7777-6666 +8613977776666 '
        '<a href="tel:+85291234567">+852 9123 4567</a> 9123 4567, 13800001111 +44 20 7946 0958 '
        '<input value="3f2504e0-4f89-11d3-9a0c-13977776666a"> ¥13,977 2026-11-30 22:41'
    )
    kept = tablet.page.evaluate(f"(html) => {{ {masked}; return masked(html); }}", html)
    assert "tel:" not in kept and kept.count("139****6666") == 4 and "138****1111" in kept
    assert not re.search(r"9123|7777 ?6|8000|7946", kept.replace("13977776666a", ""))
    assert "3f2504e0-4f89-11d3-9a0c-13977776666a" in kept, "what is no number stays"
    assert kept.endswith("¥13,977 2026-11-30 22:41")


def test_within_the_idle_time_the_screens_open_without_a_network(tablet: Tablet, server: Server) -> None:
    page = tablet.page
    server.kill()
    page.evaluate(SHIFT, {"last": -9 * MINUTE, "high": 0})
    open_offline(page, "/visits/rooms/")
    expect(page.locator("#as-of")).to_be_visible()
    expect(page.get_by_text("888").first).to_be_visible()


@pytest.mark.parametrize(
    "clock",
    [{"last": -11 * MINUTE, "high": 0}, {"last": 180 * MINUTE, "high": 180 * MINUTE}],
    ids=["eleven minutes later", "set back by three hours"],
)
def test_after_the_idle_time_only_the_form_of_a_new_guest_opens_and_what_is_typed_is_sealed(
    tablet: Tablet, server: Server, clock: dict[str, int]
) -> None:
    page = tablet.page
    server.kill()
    page.evaluate(SHIFT, clock)
    assert_only_the_empty_form_opens(page)
    page.evaluate(SHIFT, {"last": 0, "high": -600 * MINUTE})
    assert_only_the_empty_form_opens(page)

    page.fill("#id_phone", "13900010001")
    page.fill("#id_name", "司马明")
    page.fill("#id_birthday_month", "5")
    page.fill("#id_birthday_day", "17")
    page.fill("#id_home_address", "南京东路1号")
    page.check("#id_consent")
    page.get_by_role("button", name="Save, next guest").click()
    expect(page.locator("#toasts")).to_contain_text("Kept on this tablet")
    sealed = page.evaluate("async () => JSON.stringify(await desk.queue.all())")
    assert waiting(page) == 1 and "司马明" not in sealed and "13900010001" not in sealed

    # Somebody signs in on the desk: it opens again, and what was typed goes out.
    server.start()
    if tablet.context:
        tablet.context.clear_cookies()
    sign_in(page, "mgr1")
    until_kept(page)
    until_sent(page)
    assert Customer.objects.filter(name="司马明").count() == 1
    server.kill()
    open_offline(page, "/visits/rooms/")
    expect(page.get_by_text("888").first).to_be_visible()


@pytest.mark.parametrize("network", ["with a network", "without"])
def test_a_screen_left_open_is_covered_after_the_idle_time(tablet: Tablet, server: Server, network: str) -> None:
    page = tablet.page
    page.clock.install()
    page.goto("/visits/rooms/")
    if network == "without":
        server.kill()
    expect(page.get_by_text("888").first).to_be_visible()
    page.clock.fast_forward(9 * MINUTE)
    expect(page.locator("#cover")).to_be_hidden()
    page.clock.fast_forward(2 * MINUTE)
    expect(page.locator("#cover")).to_be_visible()
    expect(page.get_by_text("888").first).to_be_hidden()
    page.keyboard.press("Escape")
    page.mouse.click(300, 300)
    expect(page.locator("#cover")).to_be_visible()
    if network == "without":
        page.get_by_role("link", name="New guest").last.click()
        expect(page.locator("#capture")).to_be_visible()
        assert_only_the_empty_form_opens(page)
        return
    page.get_by_role("button", name="Sign in again").click()
    expect(page.locator("#cover")).to_be_hidden()
    expect(page.get_by_text("888").first).to_be_visible()
