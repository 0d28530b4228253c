"""A tablet that came without HTTPS says so, plainly; one on a secure connection does not."""

from collections.abc import Callable
from typing import Any

import pytest

from conftest import CHROMIUM_FLAGS, chromium_path
from staff.models import User
from staff.tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_on_localhost_nothing_is_said(open_page: Callable[..., Any], mgr1: User) -> None:
    page = open_page(mgr1)
    assert page.evaluate("window.isSecureContext")
    assert page.locator("[data-insecure]").count() == 1 and not page.locator("[data-insecure]").is_visible()
    page.goto("/offline/why/")
    assert page.get_by_text("Yes: this connection is secure").is_visible()
    assert not page.get_by_text("without HTTPS").is_visible()


def test_without_https_a_manager_is_told_and_shown_why(
    open_page: Callable[..., Any], chromium: Any, live_server: Any, mgr1: User, ops: User, settings: Any
) -> None:
    """desk.test is this machine, and unlike localhost no secure context."""
    settings.ALLOWED_HOSTS = ["*"]
    port = live_server.url.rsplit(":", 1)[1]
    browser = chromium.browser_type.launch(
        executable_path=chromium_path(),
        args=[*CHROMIUM_FLAGS, "--no-sandbox", "--host-resolver-rules=MAP desk.test 127.0.0.1"],
    )
    try:
        page = _signed_in(browser, f"http://desk.test:{port}", mgr1)
        assert not page.evaluate("window.isSecureContext")
        pill = page.get_by_role("link", name="No offline mode")
        assert pill.is_visible() and pill.bounding_box()["height"] >= 48
        pill.click()
        page.wait_for_url("**/offline/why/")
        assert page.get_by_text("without HTTPS").is_visible()
        assert not page.get_by_text("Yes: this connection").is_visible()

        office = _signed_in(browser, f"http://desk.test:{port}", ops)
        office.goto("/offline/why/")
        assert office.get_by_text("without HTTPS").is_visible() and office.locator("a.pill:visible").count() == 0
    finally:
        browser.close()


def _signed_in(browser: Any, url: str, user: User) -> Any:
    page = browser.new_context(base_url=url, locale="en-GB", viewport={"width": 1024, "height": 768}).new_page()
    page.set_default_timeout(10_000)
    page.goto("/login/")
    page.fill("[name=username]", user.username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda address: "/login/" not in address)
    return page
