"""The after-sales desk in a real Chromium: deciding on a night, sheets from outside through a real worker."""

import csv
import datetime as dt
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from customers.models import AccessLog, Customer, CustomerImport, IntakeExport
from customers.tests.factories import make_customer
from staff.models import User
from staff.tests.factories import PASSWORD
from vipdesk import nights
from vipdesk.tests.test_worker import database_url, kill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TABLET, PHONE = (1024, 768), (390, 844)


@pytest.fixture
def sheet_of_five(mgr1: User, mgr2: User) -> list[Customer]:
    """Two that wait, one accepted, one sent back, one that lacks all but a surname."""
    return [
        make_customer(owner=mgr1, name="欧阳子涵", phone="+8613816552203"),
        make_customer(owner=mgr1, name="司马明"),
        make_customer(owner=mgr1, name="何娜", intake_status="accepted"),
        make_customer(owner=mgr2, name="陈涛", intake_status="sent_back", intake_reason="电话少一位"),
        make_customer(owner=mgr2, name="李总", name_is_partial=True, home_address=""),
    ]


def tonight() -> str:
    return f"/intake/{nights.tonight()}/"


def tick(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("checkbox", name=name, exact=True).check()


def status_of(page: Page, name: str) -> Any:
    return page.locator("tr", has_text=name).locator("td[data-label=State]")


# --- deciding --------------------------------------------------------------------------------------------------------


def test_desk_accepts_what_is_ticked_without_leaving_the_page(
    sheet_of_five: list[Customer], desk_user: User, open_page: Any
) -> None:
    page: Page = open_page(desk_user)
    page.goto(tonight())
    page.evaluate("window.stayed = true")
    tick(page, "欧阳子涵", "司马明")
    expect(page.locator("#ticked")).to_have_text("2 ticked")
    page.get_by_role("button", name="Accept selected").click()

    expect(page.locator("#toasts")).to_contain_text("Accepted 2 records.")
    expect(status_of(page, "欧阳子涵")).to_have_text("accepted")
    expect(page.get_by_role("button", name="Accept the one that waits")).to_be_visible()
    assert page.evaluate("window.stayed")


def test_ticking_all_ticks_those_that_wait(sheet_of_five: list[Customer], desk_user: User, open_page: Any) -> None:
    page: Page = open_page(desk_user)
    page.goto(tonight())
    page.get_by_role("checkbox", name="Tick all that wait on this page").check()
    expect(page.locator("#ticked")).to_have_text("3 ticked")
    expect(page.get_by_role("checkbox", name="何娜")).not_to_be_checked()


def test_sending_back_needs_a_reason_and_keeps_the_ticks_until_there_is_one(
    sheet_of_five: list[Customer], desk_user: User, open_page: Any
) -> None:
    page: Page = open_page(desk_user)
    page.goto(tonight())
    tick(page, "李总")
    page.get_by_text("Send back…").click()
    page.get_by_role("button", name="Send back", exact=True).click()

    expect(page.locator("#reason")).to_have_class(re.compile("is-invalid"))
    expect(page.get_by_role("checkbox", name="李总")).to_be_checked()
    page.get_by_text("Surname only", exact=True).click()
    page.fill("#reason", "补全姓名")
    page.get_by_role("button", name="Send back", exact=True).click()

    expect(status_of(page, "李总")).to_have_text("sent back · Surname only · 补全姓名")
    assert Customer.objects.get(name="李总").sent_back_because == "Surname only · 补全姓名"


def test_choosing_a_manager_and_a_state_shows_only_those_and_goes_back(
    sheet_of_five: list[Customer], desk_user: User, open_page: Any
) -> None:
    page: Page = open_page(desk_user)
    page.goto(tonight())
    page.locator(".part", has_text="林静").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.locator(".chip", has_text="Accepted").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(3)


def test_everything_works_without_scripts(sheet_of_five: list[Customer], desk_user: User, open_page: Any) -> None:
    page: Page = open_page(desk_user, java_script_enabled=False)
    page.goto(tonight())
    tick(page, "欧阳子涵")
    page.get_by_text("Send back…").click()
    page.fill("#reason", "地址不全")
    page.get_by_role("button", name="Send back", exact=True).click()
    expect(status_of(page, "欧阳子涵")).to_contain_text("地址不全")
    page.get_by_role("button", name="Accept all 2").click()
    expect(page.locator("#toasts")).to_contain_text("Accepted 2 records.")


def test_the_stamp_follows_an_export_by_itself(sheet_of_five: list[Customer], desk_user: User, open_page: Any) -> None:
    page: Page = open_page(desk_user)
    page.goto(f"/intake/{nights.tonight() - dt.timedelta(days=1)}/sheet.csv")
    page.get_by_label("Your password").fill(PASSWORD)
    with page.expect_download():
        page.get_by_role("button", name="Export the night's sheet").click()
    page.goto(tonight())
    expect(page.locator("#stamp")).to_have_text("Not exported yet")
    with page.expect_download() as download:  # the password holds for a while
        page.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename == f"intake-{nights.tonight()}.csv"
    expect(page.locator("#stamp")).to_contain_text("何欣 · 5 records")
    assert IntakeExport.objects.get(night=nights.tonight()).rows == 5


def test_paper_is_a_page_for_each_manager_in_black_on_white(
    sheet_of_five: list[Customer], desk_user: User, open_page: Any
) -> None:
    page: Page = open_page(desk_user)
    page.goto(tonight())
    page.get_by_role("button", name="Print").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Print the night's sheet").click()
    page.emulate_media(media="print")
    for hidden in (page.locator(".nav-bar"), page.locator(".top-actions"), page.locator(".menu").first):
        expect(hidden).to_be_hidden()
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", pdf)) == 2
    width, height = map(float, re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)[0])
    assert (round(width), round(height)) == (842, 595)
    assert set(AccessLog.objects.values_list("kind", flat=True)) == {"sheet", "print"}


@pytest.mark.parametrize("size", [TABLET, PHONE])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_screen_of_the_desk_has_serious_flaws_or_a_sideways_scroll(
    sheet_of_five: list[Customer], desk_user: User, open_page: Any, flaws: Any, theme: str, size: tuple[int, int]
) -> None:
    User.objects.filter(pk=desk_user.pk).update(theme=theme)
    done = CustomerImport.objects.create(
        created_by=desk_user, filename="客户资料表.xlsx", content_sha256="0", status="done", total_rows=4, report={
            "rows": 4, "created": 2, "updated": 0, "unchanged": 1, "rejected": 1, "nights": [],
            "errors": [{"row": 3, "field": "phone", "message": "A phone number is needed."}],
            "warnings": [{"row": 4, "field": "birthday", "message": "No birthday: the record is incomplete."}],
        },
    )  # fmt: skip
    waits = CustomerImport.objects.create(created_by=desk_user, filename="a.csv", content=b"x", content_sha256="1")
    page: Page = open_page(desk_user, size=size)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    screens = ["/intake/", tonight(), "/intake/2020-01-01/", tonight() + "print/", tonight() + "?status=changed"]
    screens += ["/customers/imports/", f"/customers/imports/{done.pk}/", f"/customers/imports/{waits.pk}/"]
    for screen in screens:
        page.goto(screen)
        assert flaws(page) == [], screen
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), screen
    page.goto(tonight())
    page.get_by_text("Send back…").click()
    assert flaws(page) == []
    assert said == []


# --- sheets from outside ---------------------------------------------------------------------------------------------


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """A real Celery worker on this test's database and broker."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "vipdesk.settings_test",
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
    }
    command = [sys.executable, "-m", "celery", "-A", "vipdesk", "worker", "-c", "1", "-l", "warning"]
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    yield
    kill(process)


def a_sheet(rows: int) -> bytes:
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["姓名", "电话", "生日", "家庭住址", "采集时间"])
    lines.writerows([f"王{n}号", f"139{n:08d}", "1990-05-17", "南京东路1号", "2026-11-01"] for n in range(rows))
    lines.writerow(["", "13800000000", "", "", ""])
    return text.getvalue().encode()


def test_a_sheet_is_looked_at_confirmed_and_taken_in_by_a_worker(
    desk_user: User, open_page: Any, worker: None, tmp_path: Path
) -> None:
    page: Page = open_page(desk_user)
    page.goto("/customers/imports/")
    page.set_input_files("#id_file", {"name": "十一月.csv", "mimeType": "text/csv", "buffer": a_sheet(6000)})
    page.get_by_role("button", name="Look at it").click()

    expect(page.locator(".counts")).to_contain_text("6,000", timeout=60_000)
    expect(page.locator(".import-lines tbody tr")).to_have_count(1)
    assert not Customer.objects.exists()
    page.get_by_role("button", name="Take in 6,000 guests").dblclick()

    expect(page.locator(".note-green")).to_contain_text("Taken in", timeout=60_000)
    assert Customer.objects.count() == 6000
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the report").click()
    download.value.save_as(tmp_path / "report.csv")
    assert "6002,rejected,Name" in (tmp_path / "report.csv").read_text("utf-8-sig")
    page.get_by_role("link", name=re.compile("1 Nov")).click()
    expect(page.locator("tbody tr")).to_have_count(100)
    assert CustomerImport.objects.get().attempts == 1


def test_a_file_that_is_no_sheet_is_refused_at_the_field(desk_user: User, open_page: Any, flaws: Any) -> None:
    page: Page = open_page(desk_user)
    page.goto("/customers/imports/")
    page.set_input_files("#id_file", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("#file-error")).to_contain_text("An Excel workbook")
    assert flaws(page) == []
