"""What a guest refused leaves nothing, neither on the tablet nor on the server, in a real Chromium on a real server."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from customers.models import CaptureNote, Customer
from customers.tests.dump import dump, where
from customers.tests.factories import make_customer
from staff.tests.browser.test_offline import Tablet, sign_in, until_kept, until_sent, waiting
from staff.tests.factories import make_user
from vipdesk import nights
from vipdesk.held import HeldSubmission
from vipdesk.submissions import Submission, SubmissionConflict
from vipdesk.tests.served import Server, served

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GUEST = ("司马不愿", "13977776666")
SAVE = "Save, next guest"


@pytest.fixture
def server(tmp_path: Path, furnished: None) -> Iterator[Server]:
    with served(tmp_path) as server:
        yield server


@pytest.fixture
def tablet(chromium: Any, tmp_path: Path, server: Server) -> Iterator[Tablet]:
    make_user("mgr1", display_name="林静")
    server.start()
    tablet = Tablet(chromium.browser_type, tmp_path / "profile", server.url)
    sign_in(tablet.page, "mgr1")
    until_kept(tablet.page)
    tablet.page.goto("/customers/new/")
    yield tablet
    if tablet.context:
        tablet.context.close()


def fill(page: Page, *, year: str = "", consent: bool = True) -> None:
    page.fill("#id_name", GUEST[0])
    page.fill("#id_phone", GUEST[1])
    page.fill("#id_birthday_month", "5")
    page.fill("#id_birthday_day", "17")
    page.fill("#id_birthday_year", year)
    page.fill("#id_home_address", "南京东路1号")
    page.set_checked("#id_consent", consent)


def until_empty(page: Page) -> None:
    deadline = time.monotonic() + 10
    while waiting(page):
        assert time.monotonic() < deadline, "something still waits"
        page.wait_for_timeout(50)


def assert_nothing_anywhere(page: Page) -> None:
    assert waiting(page) == 0
    assert not Customer.objects.exists() and not HeldSubmission.objects.exists() and not Submission.objects.exists()
    assert where(dump(), *GUEST) == []


@pytest.mark.parametrize("leave", ["go elsewhere", "kill the browser"])
def test_a_refused_form_that_is_abandoned_does_not_come_back(tablet: Tablet, leave: str) -> None:
    page = tablet.page
    fill(page, year=str(nights.tonight().year + 50))  # a slip that the desk refuses, of a guest who agreed
    page.get_by_role("button", name=SAVE).click()
    expect(page.locator("#id_birthday_year")).to_have_class(re.compile("is-invalid"))
    if leave == "go elsewhere":
        page.goto("/tonight/")
    else:
        until_empty(page)
        tablet.kill()
        tablet.open()
        page = tablet.page
        sign_in(page, "mgr1")
    page.goto("/offline/")
    expect(page.locator("#none")).to_be_visible()
    page.evaluate("desk.queue.run()")
    page.wait_for_timeout(1500)
    assert_nothing_anywhere(page)
    page.reload()
    expect(page.locator("#unsent")).to_be_hidden()
    expect(page.get_by_text("to mend")).to_have_count(0)


def test_a_number_on_file_that_is_refused_and_left_becomes_no_note(tablet: Tablet) -> None:
    page = tablet.page
    known = make_customer(phone=f"+86{GUEST[1]}")
    fill(page)
    page.get_by_role("button", name=SAVE).click()
    expect(page.locator("#id_phone")).to_have_class(re.compile("is-invalid"))
    page.goto("/customers/new/")
    page.evaluate("desk.queue.run()")
    page.wait_for_timeout(1500)
    assert waiting(page) == 0 and Customer.objects.get() == known
    assert not CaptureNote.objects.exists() and not HeldSubmission.objects.exists()

    # Refused once more and put right, it is one new guest.
    fill(page)
    page.get_by_role("button", name=SAVE).click()
    expect(page.locator("#id_phone")).to_have_class(re.compile("is-invalid"))
    page.fill("#id_phone", "13977776667")
    page.get_by_role("button", name=SAVE).click()
    expect(page.locator("#capture-answer")).to_contain_text(GUEST[0])
    assert waiting(page) == 0 and Customer.objects.count() == 2 and not SubmissionConflict.objects.exists()


def test_a_refused_form_is_mended_on_the_spot_and_taken_in_once(tablet: Tablet) -> None:
    page = tablet.page
    fill(page, year=str(nights.tonight().year + 50))
    page.get_by_role("button", name=SAVE).click()
    expect(page.locator("#id_birthday_year")).to_have_class(re.compile("is-invalid"))
    page.fill("#id_birthday_year", "1990")
    page.get_by_role("button", name=SAVE).click()
    expect(page.locator("#capture-answer")).to_contain_text(GUEST[0])
    assert waiting(page) == 0 and Customer.objects.get().name == GUEST[0]


def test_a_guest_under_18_typed_without_a_network_is_told_of_and_leaves_nothing(tablet: Tablet, server: Server) -> None:
    page = tablet.page
    server.kill()
    fill(page, year=str(nights.tonight().year - 12))
    page.get_by_role("button", name=SAVE).click()
    expect(page.locator("#toasts")).to_contain_text("Kept on this tablet")
    assert waiting(page) == 1
    server.start()
    page.evaluate("desk.queue.run()")
    expect(page.locator("#toasts")).to_contain_text("was not kept", timeout=30_000)
    until_sent(page)
    assert_nothing_anywhere(page)


def test_without_consent_nothing_is_written_down_on_the_tablet(tablet: Tablet, server: Server) -> None:
    page = tablet.page
    server.kill()
    fill(page, consent=False)
    page.get_by_role("button", name=SAVE).click()
    expect(page.locator("#toasts")).to_contain_text("show the guest the notice first")
    expect(page.locator("#id_name")).to_have_value(GUEST[0])
    assert waiting(page) == 0
    page.check("#id_consent")
    page.get_by_role("button", name=SAVE).click()
    expect(page.locator("#toasts")).to_contain_text("Kept on this tablet")
    assert waiting(page) == 1
