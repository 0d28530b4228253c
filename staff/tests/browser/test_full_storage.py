"""A tablet that cannot write, in a real Chromium on a disk that is really full, or with a broken database: nothing is
called kept, what was typed stays on the screen, and leaving it asks."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, expect

from conftest import chromium_path
from customers.models import Customer
from staff.tests.browser.test_gateway import TYPE
from staff.tests.browser.test_offline import Tablet, sign_in, until_kept, until_sent, waiting
from staff.tests.factories import make_user
from vipdesk.submissions import SubmissionConflict
from vipdesk.tests.gateway import Gateway, gateway
from vipdesk.tests.served import served

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOUNTS_IN_PRIVATE = ["unshare", "--map-root-user", "--mount"]
# More than the end of the file that the database is writing has room for.
NOTE = "document.getElementById('id_notes').value = '字'.repeat(3900)"


@pytest.fixture
def between(tmp_path: Path, furnished: None) -> Iterator[Gateway]:
    make_user("mgr1", display_name="林静")
    with served(tmp_path) as server:
        server.start()
        with gateway(server.port) as between:
            yield between


def chromium_on_a_small_disk(folder: Path, profile: Path) -> Path:
    """A command that starts Chromium with this profile in memory of 160 MB that no other process sees mounted."""
    if subprocess.run([*MOUNTS_IN_PRIVATE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("This machine lets nobody mount a file system of their own.")
    profile.mkdir()
    command = folder / "chromium"
    inner = f'mount -t tmpfs -o size=160m tmpfs {profile} && exec {chromium_path()} "$@"'
    command.write_text(f"#!/bin/sh\nexec {' '.join(MOUNTS_IN_PRIVATE)} sh -c '{inner}' sh \"$@\"\n")
    command.chmod(0o755)
    return command


@contextlib.contextmanager
def opened(chromium: Any, profile: Path, url: str, executable: Path | None = None) -> Iterator[Tablet]:
    tablet = Tablet(chromium.browser_type, profile, url, executable)
    try:
        sign_in(tablet.page, "mgr1")
        if executable:
            until_kept(tablet.page)
        tablet.page.goto("/customers/new/")
        yield tablet
    finally:
        if tablet.context:
            tablet.context.close()


def fill_up(file: Path) -> None:
    with file.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while filler.write(b"x" * size):
                    pass


def type_guest(page: Page, phone: str) -> None:
    """Without waiting for the form to be free again."""
    page.evaluate(TYPE.replace("20_000", "0"), phone)


def assert_not_saved(page: Page, phone: str) -> None:
    expect(page.locator("#toasts .flash-error")).to_contain_text("Not saved")
    expect(page.locator("#toasts")).not_to_contain_text("Kept on this tablet")
    expect(page.locator("#id_phone")).to_have_value(phone)
    expect(page.locator("#id_name")).to_have_value("王芳")


def assert_leaving_asks(page: Page) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.locator(".nav-bar a").first.click(no_wait_after=True)
    page.wait_for_timeout(500)
    page.remove_listener("dialog", stay)
    assert asked == ["beforeunload"] and "/customers/new/" in page.url


def fail_to_save(page: Page, between: Gateway) -> None:
    """The desk takes one guest in and its answer is lost; another is typed over it."""
    between.answers_with = "lose"
    type_guest(page, "13900010001")
    assert_not_saved(page, "13900010001")
    assert_leaving_asks(page)
    between.answers_with = 502
    type_guest(page, "13900010002")
    assert_not_saved(page, "13900010002")
    between.answers_with = None
    page.get_by_role("button", name="Save, next guest").click()
    expect(page.locator("#capture-answer")).to_contain_text("王芳")
    assert Customer.objects.count() == 2 and not SubmissionConflict.objects.exists()
    page.goto("/tonight/")  # without a question
    page.goto("/customers/new/")


def test_on_a_full_disk_nothing_is_called_kept_until_there_is_room(
    chromium: Any, tmp_path: Path, between: Gateway
) -> None:
    profile = tmp_path / "profile"
    with opened(chromium, profile, between.url, chromium_on_a_small_disk(tmp_path, profile)) as tablet:
        page, root = tablet.page, tablet.processes()[0] / "root"
        filler = root / str(profile).lstrip("/") / "filler"
        fill_up(filler)
        page.evaluate(NOTE)
        fail_to_save(page, between)
        filler.unlink()
        between.answers_with = "reset"
        page.evaluate(TYPE, "13900010003")
        expect(page.locator("#toasts")).to_contain_text("Kept on this tablet")
        assert waiting(page) == 1
        between.answers_with = None
        page.evaluate("desk.queue.run()")
        until_sent(page)
    assert Customer.objects.count() == 3


def test_with_a_broken_database_nothing_is_called_kept(chromium: Any, tmp_path: Path, between: Gateway) -> None:
    default = tmp_path / "profile" / "Default"
    default.mkdir(parents=True)
    (default / "IndexedDB").write_text("no folder")
    with opened(chromium, tmp_path / "profile", between.url) as tablet:
        fail_to_save(tablet.page, between)
