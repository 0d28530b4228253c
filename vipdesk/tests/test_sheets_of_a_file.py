"""Workbooks as houses keep them, in every importer: several sheets, hidden ones, and days counted from 1904."""

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
import time_machine

from customers.models import Customer
from customers.tests.sheets import counts
from staff.models import User
from staff.tests.factories import make_user
from vipdesk.sheets.cells import RowNumber
from vipdesk.sheets.errors import NothingToRead
from vipdesk.tests.importers import BOTTLES, CHARGES, CUSTOMERS, FIELD, IMPORTERS, Importer, book_of, furnish
from visits.models import StoredBottle

# The files say the time of the venue.
pytestmark = pytest.mark.venue_zone

NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
every_importer = pytest.mark.parametrize("importer", IMPORTERS, ids=lambda importer: importer.name)


@pytest.fixture(autouse=True)
def venue(mgr1: User) -> Any:
    with time_machine.travel(NOW, tick=False):
        furnish()
        yield


def hidden(data: bytes, *, rows: tuple[int, ...] = (), sheet: str = "") -> bytes:
    """The workbook with rows of its first sheet, or a sheet, hidden."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    for row in rows:
        book.worksheets[0].row_dimensions[row].hidden = True
    if sheet:
        book[sheet].sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def said_of_sheets(report: Any) -> list[str]:
    return [line.message for line in report.warnings if line.field == "sheet"]


# --- several sheets ----------------------------------------------------------------------------------------------------


@every_importer
def test_every_sheet_comes_in_and_errors_name_sheet_and_row(importer: Importer) -> None:
    (key,) = importer.unique
    bad = importer.row(9, **{key: "2.02604E+13"})
    nights: dict[str, list[list[Any]]] = {f"11月{27 + n}日": [importer.columns, importer.row(n)] for n in range(1, 4)}
    nights["12月1日"] = [importer.columns, importer.row(4), bad]

    report = importer.take(book_of(nights))

    assert counts(report) == (5, 4, 0, 0, 1)
    (error,) = report.as_json()["errors"]
    assert (error["row"], error["field"], error["sheet"]) == (3, key, "12月1日")
    assert counts(importer.take(book_of(nights)))[1:4] == (0, 0, 4)


@every_importer
def test_row_that_stands_in_another_sheet_is_told_by_sheet_and_row(importer: Importer) -> None:
    sheets = {"A": [importer.columns, importer.row(1)], "B": [importer.columns, importer.row(2), importer.row(1)]}
    report = importer.take(book_of(sheets))
    assert (report.rows, report.created, report.unchanged) == (3, 2, 1)
    if importer is not CHARGES:  # a bill on file is unchanged without a word
        assert report.warnings[-1].as_json()["sheet"] == "B" and "row 2 (A)" in report.warnings[-1].message


@every_importer
def test_summary_in_front_does_not_stop_the_file_and_is_named(importer: Importer) -> None:
    summary: list[list[Any]] = [["导出说明"], ["共 2 条", "2026-11-30"], ["制表", "何欣"]]
    report = importer.take(book_of({"汇总": summary, "明细": [importer.columns, importer.row(1)], "空": []}))
    assert counts(report) == (1, 1, 0, 0, 0)
    (said,) = said_of_sheets(report)
    assert "汇总" in said and "was not read" in said


@every_importer
def test_workbook_without_any_readable_sheet_says_why(importer: Importer) -> None:
    with pytest.raises(NothingToRead, match="header"):
        importer.take(book_of({"A": [["a", "b"], [1, 2]], "B": [["c"], [3]]}))


@every_importer
def test_sheets_that_only_repeat_an_earlier_one_count_once(importer: Importer) -> None:
    rows = [importer.row(1), importer.row(2)]
    parts = {"林静": [importer.columns, rows[0]], "高强": [importer.columns, rows[1]]}
    report = importer.take(book_of({"All": [importer.columns, *rows], **parts}))
    assert counts(report) == (2, 2, 0, 0, 0) and len(said_of_sheets(report)) == 2


@every_importer
def test_hidden_sheet_is_left_alone_and_named(importer: Importer) -> None:
    sheets = {"A": [importer.columns, importer.row(1)], "旧表": [importer.columns, importer.row(2)]}
    report = importer.take(hidden(book_of(sheets), sheet="旧表"))
    assert counts(report) == (1, 1, 0, 0, 0)
    (said,) = said_of_sheets(report)
    assert "旧表" in said and "hidden" in said


@every_importer
def test_hidden_rows_come_in_and_are_counted(importer: Importer) -> None:
    rows = [importer.row(n) for n in range(1, 5)]
    report = importer.take(hidden(importer.xlsx(*rows), rows=(3, 5)))
    assert counts(report) == (4, 4, 0, 0, 0)
    (said,) = said_of_sheets(report)
    assert "2 rows of this sheet are hidden" in said


def test_sheets_own_dates_are_the_nights_of_their_guests() -> None:
    columns, row = ["姓名", "电话"], ["王芳", "13816552203"]
    CUSTOMERS.take(book_of({"11月28日": [columns, row], "11月29日": [columns, ["李明", "13816552204"]]}))
    nights = dict(Customer.objects.exclude(name="赵伟").values_list("name", "night"))
    assert nights == {"王芳": dt.date(2026, 11, 28), "李明": dt.date(2026, 11, 29)}


def test_29_a_sheet_per_night() -> None:
    report = CUSTOMERS.take((FIELD / "29-a-sheet-per-night.xlsx").read_bytes())
    assert counts(report) == (3, 3, 0, 0, 0) and not said_of_sheets(report)


def test_row_number_orders_by_sheet_and_names_it() -> None:
    rows = [RowNumber(2, "B", 1), RowNumber(9, "A", 0), RowNumber(3, "A", 0)]
    assert [str(row) for row in sorted(rows)] == ["3 (A)", "9 (A)", "2 (B)"]


# --- days counted from 1904 ----------------------------------------------------------------------------------------------


@every_importer
@pytest.mark.parametrize("is_formatted", [True, False])
def test_days_of_a_1904_workbook_are_right(importer: Importer, is_formatted: bool) -> None:
    at = dt.datetime(2026, 11, 2, 21, 30)
    serial = (at - dt.datetime(1904, 1, 1)) / dt.timedelta(days=1)
    day = at.date() if importer is BOTTLES else at
    cell = day if is_formatted else int(serial) if importer is BOTTLES else serial

    data = book_of({"S": [importer.columns, importer.row(1, **{importer.when: cell})]}, date_1904=True)
    assert counts(importer.take(data)) == (1, 1, 0, 0, 0)

    kept = {"customers": "captured_at", "charges": "paid_at"}.get(importer.name, importer.when)
    expected = day if importer is BOTTLES else at.replace(hour=13, tzinfo=dt.UTC)
    assert importer.values(kept)[-1] == expected


@every_importer
def test_days_of_a_usual_workbook_stay_right(importer: Importer) -> None:
    at = dt.datetime(2026, 11, 2, 21, 30)
    serial = (at - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)
    cell = int(serial) if importer is BOTTLES else serial
    assert counts(importer.take(importer.xlsx(importer.row(1, **{importer.when: cell}))))[1] == 1
    kept = {"customers": "captured_at", "charges": "paid_at"}.get(importer.name, importer.when)
    assert importer.values(kept)[-1] == (at.date() if importer is BOTTLES else at.replace(hour=13, tzinfo=dt.UTC))


def test_01_and_01b_workbooks_of_a_mac() -> None:
    assert CUSTOMERS.take((FIELD / "01-date1904-serial.xlsx").read_bytes()).created == 2
    guest = Customer.objects.get(phone="+8613816550102")
    assert (guest.birthday_year, guest.birthday_month, guest.birthday_day) == (1986, 4, 9)
    assert BOTTLES.take((FIELD / "01b-date1904-bottles.xlsx").read_bytes()).created == 2
    days = set(StoredBottle.objects.values_list("stored_on", "expires_on"))
    assert days == {(dt.date(2026, 11, 1), dt.date(2027, 2, 1))}


@pytest.mark.parametrize("number", [19880603, 880603, 517, 10.17, 1988])
def test_numbers_that_are_no_serials_mean_the_same_in_a_1904_workbook(number: float) -> None:
    rows: list[list[Any]] = [["姓名", "电话", "生日"], ["王芳", "13816552203", number]]
    for options in ({}, {"date_1904": True}):
        CUSTOMERS.take(book_of({"S": rows}, **options))
        guest = Customer.objects.get(name="王芳")
        born = (guest.birthday_year, guest.birthday_month, guest.birthday_day)
        guest.delete()
        assert born in ((1988, 6, 3), (None, 5, 17), (None, 10, 17), (None, None, None))


def test_strict_workbook_and_pinyin_guide_are_still_read() -> None:
    assert CUSTOMERS.take((FIELD / "04-strict-ooxml.xlsx").read_bytes()).created == 1
    assert CUSTOMERS.take((FIELD / "02-pinyin-guide-rph.xlsx").read_bytes()).created == 1
    born = Customer.objects.get(phone="+8613816550401")
    assert (born.birthday_year, born.birthday_month, born.birthday_day) == (1990, 5, 17)
    assert Customer.objects.get(phone="+8613816550201").name == "景云舒"


# --- other ways of saving ------------------------------------------------------------------------------------------------


@every_importer
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "gb18030"])
def test_12_unicode_text_with_tabs_is_taken_by_each(importer: Importer, encoding: str) -> None:
    data = importer.csv(importer.row(1), importer.row(2), encoding=encoding, delimiter="\t")
    assert counts(importer.take(data))[:2] == (2, 2)


def test_12_and_13_files_of_the_field(mgr2: User) -> None:
    assert CUSTOMERS.take((FIELD / "12-utf16-tab-guests.txt").read_bytes()).created == 1
    assert CHARGES.take((FIELD / "12-utf16-tab-bills.txt").read_bytes()).created == 1
    assert CUSTOMERS.take((FIELD / "13-gb18030-emoji-newline.csv").read_bytes()).created == 1
    guest = Customer.objects.get(phone="+8613816551301")
    assert (guest.name, guest.home_address) == ("𠮷野家明", "上海市试验路13号 二单元")


def test_17_credit_notes() -> None:
    make_user("mgr6")
    report = CHARGES.take((FIELD / "17-credit-notes.csv").read_bytes())
    assert counts(report) == (6, 2, 0, 1, 3) and [line.row for line in report.errors] == [3, 5, 6]


@every_importer
def test_21_web_page_named_xls_is_refused_in_one_line(importer: Importer) -> None:
    with pytest.raises(NothingToRead, match="neither a workbook nor a CSV file"):
        importer.take((FIELD / "21-html-table-named.xls").read_bytes())
