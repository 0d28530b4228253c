"""Fixtures for all tests. The servers are up already: see `-p vipdesk.tests.stack` in pytest.ini."""

import datetime as dt
import gc
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.test import Client

from staff import roles
from staff.models import User
from staff.tests.factories import make_user
from vipdesk.database_roles import as_owner
from vipdesk.tests import emptying, prepared

CHROMIUM_FLAGS = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the files that take longest; a test that commits depends on the version of the database server.

    A fault proof shows what a kill leaves behind: it says itself whether the servers' version matters to it.
    """
    for item in items:
        if is_committing(item) and not any(map(item.get_closest_marker, ("embedded", "fault"))):
            item.add_marker("servers")
    longest = {item.path for item in items if any(item.iter_markers("browser")) or any(item.iter_markers("fault"))}
    items.sort(key=lambda item: item.path not in longest)


def is_committing(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    return bool(mark and mark.kwargs.get("transaction")) or "transactional_db" in getattr(item, "fixturenames", ())


def pytest_collection_finish() -> None:
    """The tests and modules collected live to the end of the run: the garbage collector need not look at them again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def template() -> prepared.Template:
    return prepared.Template()


@pytest.fixture(scope="session")
def database_roles() -> prepared.Roles:
    return prepared.Roles()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, template: prepared.Template, database_roles: prepared.Roles
) -> None:
    template.use()
    database_roles.become_owner()


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, template: prepared.Template, database_roles: prepared.Roles, django_db_blocker: Any
) -> Iterator[None]:
    """The database is made and dropped by its owner; tests run as the application does."""
    with django_db_blocker.unblock():
        template.keep()
        database_roles.become_application()
    yield
    database_roles.become_owner()


@pytest.fixture
def database_owner(db: None) -> Iterator[None]:
    """The test is the owner of the database, in a transaction that is rolled back."""
    with as_owner(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def ordinary_evening() -> Iterator[time_machine.Traveller]:
    """Tuesday 24 November 2026, 20:00 at the venue, and going on: no SMS night, no call night, no quiet hours.

    For tests that count what is due or wrong tonight, which differs from night to night."""
    with time_machine.travel(dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC), tick=True) as traveller:
        yield traveller


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
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.load_profile("desk")


# --- the browser ---------------------------------------------------------------------------------------------------


def chromium_path() -> str | None:
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The Chromium that is installed. Where there is none the browser tests fail with this line; they never skip."""
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in the tests' thread; Django would refuse every query beside one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        path = chromium_path() or playwright.chromium.executable_path  # the latter: Playwright's own download
        if not Path(path).exists():
            pytest.fail("No Chromium: install Debian's package `chromium`, or name one in CHROMIUM.", pytrace=False)
        browser = playwright.chromium.launch(executable_path=path, args=[*CHROMIUM_FLAGS, "--no-sandbox"])
        yield browser
        browser.close()


def sign_in(page: Any, user: User, url: str) -> None:
    """Give the window a session of the user and open the user's home. The login page has tests of its own."""
    client = Client()
    client.force_login(user, backend="staff.backends.RoleBackend")
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])
    page.goto("/")


@pytest.fixture
def furnished(transactional_db: None) -> None:
    """The default rows of all apps: a test that commits leaves the database with them (`vipdesk/tests/emptying.py`)."""


@pytest.fixture
def open_page(chromium: Any, live_server: Any, furnished: None) -> Iterator[Callable[..., Any]]:
    """Opens a browser window of its own on the running desk; `user` is signed in through the login page."""
    windows = []

    def open_window(user: User | None = None, *, size: tuple[int, int] = (1024, 768), **options: Any) -> Any:
        width, height = size
        usual = {"viewport": {"width": width, "height": height}, "locale": "en-GB", "timezone_id": "Asia/Shanghai"}
        usual |= {"service_workers": "block"}  # what fetches ahead by itself would outlive a test
        window = chromium.new_context(base_url=live_server.url, **(usual | options))
        windows.append(window)
        page = window.new_page()
        page.set_default_timeout(10_000)
        if user is not None:
            sign_in(page, user, live_server.url)
        return page

    yield open_window
    for window in windows:
        window.close()


# What a theme can change; the other rules of axe give the same answer in both.
THEME_RULES = ("color-contrast", "link-in-text-block")
_RUN_AXE = """
async (options) => {
  const { violations } = await axe.run(options);
  const grave = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return grave.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}
"""


@pytest.fixture
def flaws() -> Callable[..., list[str]]:
    """What axe finds serious or critical on the page as it stands now; `rules`: of these rules alone."""
    from axe_playwright_python.base import AXE_SCRIPT

    def look(page: Any, *, rules: Sequence[str] = ()) -> list[str]:
        page.emulate_media(reduced_motion="reduce")  # what is still fading in has no contrast yet
        if page.evaluate("typeof axe === 'undefined'"):
            page.evaluate(AXE_SCRIPT)
        options = {"resultTypes": ["violations"], "preload": False}
        result: list[str] = page.evaluate(_RUN_AXE, options | ({"runOnly": [*rules]} if rules else {}))
        return result

    return look
