"""What waits on a tablet goes out when what held it up is over, in a real Chromium: a key that was missing, a session
that had ended, a clock that was wrong."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.models import Customer
from staff.tests.browser.test_offline import Tablet, capture, sign_in, until_kept, until_sent, waiting
from staff.tests.factories import PASSWORD, make_user
from vipdesk import sealing
from vipdesk.tests.served import Server, served

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# As if the desk's clock were a day behind the tablet's when it made what is kept.
A_DAY_AHEAD = """async () => {
    const screens = await caches.open("desk-screens"), day = 86_400;
    for (const request of await screens.keys()) {
        const kept = await screens.match(request), headers = new Headers(kept.headers);
        headers.set("Desk-Night-Ends", String(Number(headers.get("Desk-Night-Ends")) - day));
        headers.set("Desk-Seen", new Date(Date.parse(headers.get("Desk-Seen")) - day * 1000).toISOString());
        await screens.put(request, new Response(await kept.text(), { headers }));
    }
}"""


@pytest.fixture
def server(tmp_path: Path, furnished: None) -> Iterator[Server]:
    make_user("mgr1", display_name="林静")
    with served(tmp_path) as server:
        yield server


@pytest.fixture
def page(chromium: Any, tmp_path: Path, server: Server) -> Iterator[Page]:
    tablet = Tablet(chromium.browser_type, tmp_path / "profile", server.url)
    yield tablet.page
    if tablet.context:
        tablet.context.close()


def start_and_capture(page: Page, server: Server, settings_from: dict[str, str] | None = None) -> None:
    server.start(settings_from=settings_from)
    sign_in(page, "mgr1")
    until_kept(page)
    page.goto("/customers/new/")
    server.kill()
    capture(page, "司马明", "13900010001")


def test_a_form_sealed_to_a_missing_key_goes_out_once_the_key_is_back(page: Page, server: Server) -> None:
    first, second = sealing.make_key(), sealing.make_key()
    start_and_capture(page, server, {"OFFLINE_KEYS": first})
    page.goto("/offline/")
    server.start(settings_from={"OFFLINE_KEYS": second})
    page.evaluate("desk.queue.run()")
    expect(page.locator("#own")).to_contain_text("cannot be opened")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/entries/" in request.url else None)
    page.evaluate("desk.queue.run()")
    assert sent == [], "what cannot be opened is not sent over and over"
    with page.expect_request(re.compile("/offline/entries/")):
        page.get_by_role("button", name="Send now").click()
    expect(page.locator("#own")).to_contain_text("cannot be opened")

    server.kill()
    server.start(settings_from={"OFFLINE_KEYS": f"{second},{first}"})
    page.evaluate("desk.queue.run()")
    until_sent(page)
    assert Customer.objects.get().name == "司马明"


def test_a_session_that_ended_is_said_once_with_a_button_to_sign_in(page: Page, server: Server) -> None:
    start_and_capture(page, server)
    page.context.clear_cookies()
    server.start()
    for _round in range(2):
        page.evaluate("desk.queue.run()")
    message = page.locator("#toasts .flash", has_text="You were signed out")
    expect(message).to_have_count(1)
    message.get_by_role("button", name="Sign in").click()
    page.locator("#signin [name=username]").fill("mgr1")
    page.keyboard.press("Escape")  # not now: the button stays
    expect(message.get_by_role("button", name="Sign in")).to_be_visible()

    server.kill()
    page.goto("/offline/")
    server.start()
    page.evaluate("desk.queue.run()")
    page.locator("#signed-out").get_by_role("button", name="Sign in").click()
    page.locator("#signin [name=username]").fill("mgr1")
    page.locator("#signin [name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    until_sent(page)
    expect(page.locator("#signed-out")).to_be_hidden()
    assert Customer.objects.get().name == "司马明"


def test_a_clock_ahead_throws_nothing_away_and_gets_its_guests_their_own_time(page: Page, server: Server) -> None:
    before = timezone.now()
    page.clock.install(time=before + dt.timedelta(days=10))
    start_and_capture(page, server)
    page.evaluate(A_DAY_AHEAD)
    page.goto("/visits/rooms/")
    expect(page.locator("#as-of")).to_be_visible()
    page.goto("/customers/new/")
    page.evaluate("void desk.queue.run()")  # a try while it is ahead
    page.wait_for_timeout(1500)
    page.clock.set_system_time(before)  # put right: what waits does not wait for the time it was ahead
    server.start()
    page.evaluate("void desk.queue.run()")
    until_sent(page, patience=20)

    server.kill()
    page.clock.set_system_time(before + dt.timedelta(days=3 * 365))
    capture(page, "王芳", "13900010002")
    page.goto("/customers/new/")
    assert waiting(page) == 1
    server.start()
    page.evaluate("void desk.queue.run()")
    until_sent(page, patience=20)
    moments = Customer.objects.values_list("captured_at", flat=True)
    assert len(moments) == 2
    assert all(before - dt.timedelta(minutes=2) < at <= timezone.now() for at in moments)
