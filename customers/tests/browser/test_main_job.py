"""The main job in a real browser: guests captured on a tablet, the sheet accepted, exported and imported again."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from customers.intake.importing import import_customers
from customers.models import AccessLog, Customer, IntakeExport
from customers.tests.browser.test_capture_browser import save, type_guest
from customers.tests.factories import make_customer
from staff.models import User
from staff.tests.factories import PASSWORD
from vipdesk import nights

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_nights_guests_go_from_the_tablet_to_the_sheet_and_back(
    mgr1: User, desk_user: User, open_page: Any, tmp_path: Path
) -> None:
    make_customer(name="赵伟", phone="+8613912345678", night=dt.date(2023, 11, 20), intake_status="accepted")
    tablet: Page = open_page(mgr1, size=(1024, 768))
    tablet.goto("/tonight/")
    tablet.get_by_role("link", name="New guest").first.click()

    # One with a lunar birthday.
    type_guest(tablet, phone="138 1655 2203", name="欧阳子涵", lunar=True, month="8", day="15")
    expect(tablet.locator("#birthday-answer")).to_contain_text("next")
    tablet.check("#id_consent")
    tablet.check("#id_sms_consent")
    save(tablet)
    expect(tablet.locator("#capture-answer")).to_contain_text("欧阳子涵")

    # One already known: the desk opens that guest instead.
    tablet.locator("#id_phone").press_sequentially("13912345678")
    expect(tablet.locator("#phone-answer .known")).to_contain_text("赵伟")
    tablet.fill("#id_phone", "")

    # One with a bad number, mended at the field.
    type_guest(tablet, phone="1381655", name="司马明")
    tablet.check("#id_consent")
    save(tablet)
    expect(tablet.locator("#id_phone.is-invalid")).to_be_visible()
    tablet.fill("#id_phone", "18600217754")
    save(tablet)
    expect(tablet.locator("#capture-answer")).to_contain_text("司马明")

    tablet.goto("/tonight/")
    tablet.get_by_role("button", name="Hand in with 2 of 10").click()
    expect(tablet.get_by_text("handed in", exact=True)).to_be_visible()

    office: Page = open_page(desk_user)
    office.goto("/intake/")
    office.locator(f"a[href='/intake/{nights.tonight()}/']").first.click()
    office.get_by_role("button", name="Accept all 2").click()
    expect(office.locator("#toasts")).to_contain_text("Accepted 2 records")
    assert set(Customer.objects.on_night(nights.tonight()).values_list("intake_status", flat=True)) == {"accepted"}

    office.get_by_role("button", name="Export Excel").click()
    office.get_by_label("Your password").fill(PASSWORD)
    with office.expect_download() as download:
        office.get_by_role("button", name="Export the night's sheet").click()
    file = tmp_path / "sheet.xlsx"
    download.value.save_as(file)
    sheet = openpyxl.load_workbook(io.BytesIO(file.read_bytes()))
    assert sheet.worksheets[0].max_row == 3
    assert IntakeExport.objects.get().rows == 2 and AccessLog.objects.filter(kind="export").exists()

    report = import_customers(data=file.read_bytes(), filename="sheet.xlsx", user=desk_user)
    assert (report.rows, report.unchanged, report.rejected) == (2, 2, 0)
