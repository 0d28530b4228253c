"""Fixtures for all tests. The servers are up already: see `-p vipdesk.tests.stack` in pytest.ini."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from hypothesis import settings

from staff import roles
from staff.models import User
from staff.tests.factories import PASSWORD, make_user
from vipdesk.tests import emptying, furnishing, prepared

CHROMIUM_FLAGS = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    prepared.use()


@pytest.fixture(scope="session")
def django_db_setup(request: Any, django_db_setup: None, django_db_blocker: Any) -> None:
    if not request.config.getvalue("reuse_db"):  # one that was used before may be anything
        with django_db_blocker.unblock():
            prepared.keep()


@pytest.fixture
def mgr1(db: None) -> User:
    return make_user("mgr1", display_name="林静")


@pytest.fixture
def mgr2(db: None) -> User:
    return make_user("mgr2", display_name="高强")


@pytest.fixture
def ops(db: None) -> User:
    return make_user("ops", roles.OPERATIONS, display_name="周岚")


@pytest.fixture
def desk_user(db: None) -> User:
    return make_user("desk", roles.AFTERSALES, display_name="何欣")


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A test client of somebody who is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="staff.backends.RoleBackend")
        return client

    return sign_in


emptying.install()

# Time is measured by `make bench`, not by tests; on a busy machine hypothesis' own deadline would.
settings.register_profile("desk", deadline=None)
settings.load_profile("desk")


# --- the browser ---------------------------------------------------------------------------------------------------


def chromium_path() -> str | None:
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The Chromium that is installed. Where there is none the browser tests fail with this line; they never skip."""
    from playwright.sync_api import sync_playwright

    path = chromium_path()
    if path is None:
        pytest.fail("No Chromium: install Debian's package `chromium`, or name one in CHROMIUM.", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*CHROMIUM_FLAGS, "--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def furnished(transactional_db: None) -> None:
    """The default rows of all apps, which an earlier transactional test deleted. Not by Django's `serialized_rollback`:
    Playwright's event loop hides its copy, and one test that goes without it makes the next restore collide."""
    furnishing.restore_default_rows()


@pytest.fixture
def open_page(chromium: Any, live_server: Any, furnished: None) -> Iterator[Callable[..., Any]]:
    """Opens a browser window of its own on the running desk; `user` is signed in through the login page."""
    windows = []

    def open_window(user: User | None = None, *, size: tuple[int, int] = (1024, 768), **options: Any) -> Any:
        width, height = size
        settings = {"viewport": {"width": width, "height": height}, "locale": "en-GB", "timezone_id": "Asia/Shanghai"}
        settings |= {"service_workers": "block"}  # what fetches ahead by itself would outlive a test
        window = chromium.new_context(base_url=live_server.url, **(settings | options))
        windows.append(window)
        page = window.new_page()
        page.set_default_timeout(10_000)
        if user is not None:
            page.goto("/login/")
            page.fill("[name=username]", user.username)
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url(lambda url: "/login/" not in url)
        return page

    yield open_window
    for window in windows:
        window.close()


@pytest.fixture
def flaws() -> Callable[[Any], list[str]]:
    """What axe finds serious or critical on the page as it stands now."""
    from axe_playwright_python.sync_playwright import Axe

    def look(page: Any) -> list[str]:
        page.emulate_media(reduced_motion="reduce")  # what is still fading in has no contrast yet
        found = Axe().run(page).response["violations"]
        grave = [v for v in found if v["impact"] in ("serious", "critical")]
        return [f"{v['id']}: {node['html'][:160]}" for v in grave for node in v["nodes"]]

    return look
