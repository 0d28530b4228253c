"""Something between a tablet and the desk answers instead of it, in a real Chromium: no form is lost or taken for taken
in, no screen changes, and the person is told once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from customers.models import CaptureNote, Customer
from staff.tests.browser.test_offline import Tablet, sign_in, until_kept, until_sent, waiting
from staff.tests.factories import make_user
from vipdesk.held import HeldSubmission
from vipdesk.submissions import Submission, SubmissionConflict
from vipdesk.tests.gateway import Gateway, gateway
from vipdesk.tests.served import Server, served

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STATUSES = (200, 401, 403, 404, 409, 413, 422, 429, 500, 502)
ALL: tuple[int | str, ...] = (*STATUSES, "redirect", "reset", "lose", "hang")
BETWEEN = "Something between this tablet and the desk"
# Types a guest and saves: how long it took until the form was free for the next one, in ms.
TYPE = """async (phone) => {
    const form = document.getElementById("capture"), values = {
        phone, name: "王芳", birthday_month: "5", birthday_day: "17", home_address: "南京路1号" };
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    form.elements.consent.checked = true;
    const typed = performance.now();
    form.querySelector(".btn-primary").click();
    while (form.elements.name.value && performance.now() - typed < 20_000)
        await new Promise((next) => setTimeout(next, 20));
    return performance.now() - typed;
}"""
# The required fields that a message on the screen lies over.
COVERED = """() => {
    const boxes = [...document.querySelectorAll("#toasts .flash")].map((flash) => flash.getBoundingClientRect());
    const fields = ["id_phone", "id_name", "id_birthday_month", "id_birthday_day", "id_home_address", "id_consent"];
    return fields.filter((id) => {
        const field = document.getElementById(id).getBoundingClientRect();
        return boxes.some((box) => box.left < field.right && field.left < box.right &&
            box.top < field.bottom && field.top < box.bottom);
    });
}"""


@pytest.fixture
def server(tmp_path: Path, furnished: None) -> Iterator[Server]:
    with served(tmp_path) as server:
        yield server


@pytest.fixture
def between(server: Server) -> Iterator[Gateway]:
    make_user("mgr1", display_name="林静")
    server.start()
    with gateway(server.port) as between:
        yield between


@pytest.fixture
def page(chromium: Any, tmp_path: Path, between: Gateway) -> Iterator[Page]:
    tablet = Tablet(chromium.browser_type, tmp_path / "profile", between.url)
    sign_in(tablet.page, "mgr1")
    until_kept(tablet.page)
    tablet.page.goto("/customers/new/")
    yield tablet.page
    if tablet.context:
        tablet.context.close()


def test_only_the_desks_own_receipt_ends_a_form(page: Page, between: Gateway) -> None:
    for n, answer in enumerate(ALL):
        between.answers_with = answer
        spent = page.evaluate(TYPE, f"1390001{n:04}")
        expect(page.locator("#id_name")).to_have_value("")
        assert waiting(page) == n + 1, answer
        assert spent < 3200, f"{answer}: a form is free after three seconds, and what a busy machine adds"
        expect(page.locator("#toasts .flash", has_text="Kept on this tablet")).to_have_count(1)
        expect(page.locator("#toasts")).not_to_contain_text("ave again")
        if n == 0:
            expect(page.locator("#toasts .flash", has_text=BETWEEN)).to_have_count(1)
            page.wait_for_timeout(300)
            assert_nothing_is_covered(page)
            page.locator("#toasts .flash", has_text=BETWEEN).locator(".flash-close").click()
        if answer in (200, 409, 422):
            page.evaluate("desk.queue.run()")
            assert waiting(page) == n + 1, "what the gateway says of the queue ends nothing either"
    between.answers_with = 200
    page.fill("#id_phone", "13900011111")  # its look-up while typing
    page.wait_for_timeout(700)
    expect(page.locator("body")).not_to_contain_text("Welcome to the Wi-Fi")
    expect(page.locator("#toasts .flash", has_text=BETWEEN)).to_have_count(0)
    page.goto("/visits/rooms/")
    expect(page.locator("#as-of")).to_be_visible()
    page.goto("/offline/")
    expect(page.locator("#own li").first).to_contain_text("between the tablet and the desk")

    between.answers_with = None
    page.get_by_role("button", name="Send now").click()
    until_sent(page)
    assert Customer.objects.count() == Submission.objects.count() == len(ALL)
    assert not HeldSubmission.objects.exists() and not SubmissionConflict.objects.exists()
    assert not CaptureNote.objects.exists()


def assert_nothing_is_covered(page: Page) -> None:
    for width, height in ((390, 844), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(COVERED) == [], f"at {width}"
