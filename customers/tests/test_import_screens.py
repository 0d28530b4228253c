"""Sheets from outside: uploaded, looked at, confirmed once, and a report about each row (S1, G5)."""

import csv
import datetime as dt
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from customers import incoming, jobs, tasks
from customers.intake import reading
from customers.models import Customer, CustomerImport
from customers.tests.factories import make_customer
from staff.models import User
from vipdesk import locks
from vipdesk.tests import crafted
from vipdesk.tests.importers import book_of
from vipdesk.tests.test_worker import database_url

pytestmark = pytest.mark.django_db
EVENING = dt.datetime.fromisoformat("2026-11-20T22:41+08:00")
PAGE = "/customers/imports/"
HEADER = "姓名,电话,生日,家庭住址,采集时间\n"
GOOD = HEADER + "王芳,13816552203,1990-05-17,南京东路1号,2026-11-19\n李明,13816552204,05-17,南京东路2号,2026-11-20\n"
MIXED = GOOD + ",13816552205,05-17,南京东路3号,2026-11-20\n赵总,13816552206,,,2026-11-20\n"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def desk(desk_user: User, signed_in: Any) -> Client:
    return signed_in(desk_user)


@pytest.fixture(autouse=True)
def published(monkeypatch: Any) -> list[tuple[Any, ...]]:
    """What was handed to the broker. The worker's part is called by hand; a real one works in the browser tests."""
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(tasks.run_import, "apply_async", lambda args: sent.append((tasks.run_import.name, *args)))
    return sent


def file(text: str | bytes = GOOD, name: str = "sheet.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def previewed(desk: Client, text: str | bytes = GOOD, name: str = "sheet.csv") -> CustomerImport:
    desk.post(PAGE, {"file": file(text, name)})
    sheet = CustomerImport.objects.get()
    tasks.run_import(sheet.pk)
    sheet.refresh_from_db()
    return sheet


def url(sheet: CustomerImport, part: str = "") -> str:
    return f"{PAGE}{sheet.pk}/{part}"


# --- who may ---------------------------------------------------------------------------------------------------------


def test_manager_is_refused_and_the_signed_out_go_to_the_login(desk: Client, mgr1: User, signed_in: Any) -> None:
    sheet = previewed(desk)
    for address in (PAGE, url(sheet), url(sheet, "progress/"), url(sheet, "report.csv")):
        assert signed_in(mgr1).get(address).status_code == 403
        assert Client().get(address).status_code == 302
    assert signed_in(mgr1).post(url(sheet, "confirm/")).status_code == 403
    assert not Customer.objects.exists()


def test_an_import_that_is_not_there_answers_404(desk: Client) -> None:
    for part in ("", "progress/", "report.csv"):
        assert desk.get(f"{PAGE}99/{part}").status_code == 404
    assert desk.post(f"{PAGE}99/confirm/").status_code == 404


# --- upload ----------------------------------------------------------------------------------------------------------


def test_upload_is_kept_looked_at_by_a_worker_and_changes_nothing(
    desk: Client, desk_user: User, published: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = desk.post(PAGE, {"file": file()})

    sheet = CustomerImport.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, url(sheet))
    assert published == [("customers.tasks.run_import", sheet.pk)]
    assert (sheet.status, sheet.created_by, sheet.filename, bytes(sheet.content or b"")) == (
        "uploaded", desk_user, "sheet.csv", GOOD.encode())  # fmt: skip
    assert "Looking at the sheet" in desk.get(url(sheet)).content.decode()
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("sheet.pdf", b"%PDF-1.7", "An Excel workbook"),
        ("sheet.xlsx.exe", b"MZ", "An Excel workbook"),
        ("sheet.csv", b"", "The file is empty."),
        ("sheet.csv", b"%PDF-1.7", "neither a workbook nor a CSV file"),
    ],
)
def test_what_is_no_sheet_is_refused_at_the_field(desk: Client, name: str, data: bytes, words: str) -> None:
    answer = desk.post(PAGE, {"file": file(data, name)})

    page = answer.content.decode()
    assert answer.status_code == 422 and words in page and 'aria-describedby="file-error"' in page
    assert not CustomerImport.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("sheet.xlsx", b"PK\x03\x04 and then nothing", "cannot be opened"),
        ("sheet.csv", b"a,b\n1,2\n", "No header with a name and a phone"),
    ],
)
def test_what_only_a_parser_can_tell_is_said_on_the_sheets_page(
    desk: Client, name: str, data: bytes, words: str
) -> None:
    sheet = previewed(desk, data, name)
    assert (sheet.status, sheet.content) == ("failed", None)
    assert words in desk.get(url(sheet)).content.decode()


def test_no_file_and_one_too_large_are_refused_at_the_field(desk: Client, settings: Any) -> None:
    assert "Choose a file first." in desk.post(PAGE, {}).content.decode()
    settings.IMPORT_MAX_BYTES = 50
    assert "at most 50" in desk.post(PAGE, {"file": file()}).content.decode().replace("\xa0", " ")
    assert not CustomerImport.objects.exists()


# --- preview ---------------------------------------------------------------------------------------------------------


def test_preview_counts_names_refused_rows_and_shows_how_rows_were_understood(desk: Client, mgr1: User) -> None:
    make_customer(owner=mgr1, phone="+8613816552203", name="王芳")

    sheet = previewed(desk, MIXED)
    answer = desk.get(url(sheet))

    said = answer.context["said"]
    assert [said[key] for key in ("rows", "created", "updated", "rejected")] == [4, 2, 1, 1]
    assert [(line["row"], str(line["field"])) for line in answer.context["errors"]["shown"]] == [(4, "Name")]
    first = answer.context["first"][0]
    assert (first["name"], first["phone"], first["night"]) == ("王芳", "138 1655 2203", dt.date(2026, 11, 19))
    assert "Take in 3 guests" in answer.content.decode()
    assert Customer.objects.count() == 1


def test_preview_shows_what_each_update_replaces_and_the_report_afterwards_does_not(desk: Client, mgr1: User) -> None:
    guest = make_customer(name="王方", phone="+8613816552203", home_address="旧址9号")
    sheet = previewed(desk)
    page = desk.get(url(sheet)).content.decode()
    assert "<del>旧址9号</del>" in page and "<del>王方</del>" in page
    lines = list(csv.reader(io.StringIO(desk.get(url(sheet, "report.csv")).content.decode("utf-8-sig"))))
    assert ["2", "replaced", "Name", "“王方” becomes “王芳”"] in lines
    assert Customer.objects.get(pk=guest.pk).name == "王方"

    desk.post(url(sheet, "confirm/"))
    tasks.run_import(sheet.pk)
    assert "旧址9号" not in desk.get(url(sheet)).content.decode()


def test_erasing_a_guest_takes_their_values_out_of_the_reports_that_quote_them(desk: Client, mgr1: User) -> None:
    sheet = previewed(desk)
    desk.post(url(sheet, "confirm/"))
    tasks.run_import(sheet.pk)
    Customer.objects.filter(phone="+8613816552203").update(notes="", home_address="改过的路", birthday_day=18)
    sheet.delete()
    again = previewed(desk, GOOD.replace("南京东路1号", "从没登记过的地址"))
    desk.post(url(again, "confirm/"))
    tasks.run_import(again.pk)
    again.refresh_from_db()
    assert "从没登记过的地址" in str(again.report)

    assert incoming.strike_out_quotes([Customer.objects.get(phone="+8613816552203").pk]) == 1
    again.refresh_from_db()
    assert "从没登记过的地址" not in str(again.report) and "1990" not in str(again.report)
    assert [line["row"] for line in again.report["warnings"]] == [2, 2]


def test_erasing_a_guest_finds_their_lines_in_a_report_of_several_sheets_and_leaves_the_others(desk: Client) -> None:
    columns = HEADER.strip().split(",")
    rows = {"18日": ["王芳", "13816552203", "1990-05-17"], "19日": ["李明", "13816552204", "1991-06-18"]}

    def book(address: str) -> bytes:
        return book_of({name: [columns, [*row, f"{name}{address}", "2026-11-19"]] for name, row in rows.items()})

    sheet = previewed(desk, book("旧路"), "sheet.xlsx")
    desk.post(url(sheet, "confirm/"))
    tasks.run_import(sheet.pk)
    Customer.objects.filter(home_address="19日旧路").update(home_address="改过的路")
    Customer.objects.filter(home_address="18日旧路").update(home_address="改过的街")
    sheet.delete()
    again = previewed(desk, book("新路"), "sheet.xlsx")

    assert incoming.strike_out_quotes([Customer.objects.get(phone="+8613816552204").pk]) == 1
    again.refresh_from_db()
    assert "改过的街" in str(again.preview["warnings"]) and "18日新路" in str(again.preview["warnings"])
    assert "改过的路" not in str(again.preview["warnings"]) and "19日新路" not in str(again.preview["warnings"])


def test_erasing_a_guest_takes_their_name_out_of_the_refusal_of_somebody_elses_row(desk: Client) -> None:
    make_customer(name="骆听雨", phone="+8613816552203", birthday_year=1980, birthday_month=3, birthday_day=2)
    sheet = previewed(desk)
    (error,) = sheet.preview["errors"]
    assert error["row"] == 2 and "骆" in error["message"]

    assert incoming.strike_out_quotes([Customer.objects.get(name="骆听雨").pk]) == 1
    sheet.refresh_from_db()
    assert "骆" not in str(sheet.preview["errors"])


def test_preview_is_in_the_language_of_who_uploaded(desk: Client, desk_user: User) -> None:
    User.objects.filter(pk=desk_user.pk).update(language="zh-hans")
    assert previewed(desk).language == "zh-hans"


def test_a_long_report_is_cut_on_the_screen_and_whole_in_the_file(desk: Client) -> None:
    sheet = previewed(desk, HEADER + "".join(f"王芳,{n},,,\n" for n in range(1, 302)))

    page = desk.get(url(sheet))

    assert len(page.context["errors"]["shown"]) == 200 and "and 101 more, in the file" in page.content.decode()
    lines = list(csv.reader(io.StringIO(desk.get(url(sheet, "report.csv")).content.decode("utf-8-sig"))))
    assert len([line for line in lines if line[1] == "rejected"]) == 301


def test_a_sheet_that_is_in_already_offers_nothing_to_take_in(desk: Client) -> None:
    sheet = previewed(desk)
    desk.post(url(sheet, "confirm/"))
    tasks.run_import(sheet.pk)
    desk.post(PAGE, {"file": file()})
    again = CustomerImport.objects.latest("pk")
    tasks.run_import(again.pk)

    page = desk.get(url(again)).content.decode()

    assert "All of it is in already" in page and "very same file was taken in" in page and "Take in" not in page


def test_a_worker_that_does_not_come_is_told_plainly_after_some_seconds(desk: Client) -> None:
    desk.post(PAGE, {"file": file()})
    sheet = CustomerImport.objects.get()
    assert "Nobody has begun yet" not in desk.get(url(sheet, "progress/?polls=1")).content.decode()
    assert "Nobody has begun yet" in desk.get(url(sheet, "progress/?polls=6")).content.decode()


@pytest.mark.parametrize("polls", ["x", "-1", "", "²", "9" * 5000])
def test_nonsense_about_waiting_is_answered(desk: Client, polls: str) -> None:
    assert desk.get(url(previewed(desk), f"progress/?polls={polls}")).status_code == 200


def test_waiting_for_a_worker_asks_by_itself_and_is_no_sign_of_life(desk: Client) -> None:
    desk.post(PAGE, {"file": file()})
    sheet = CustomerImport.objects.get()
    assert "X-Background" in (open_page := desk.get(url(sheet)).content.decode()) and "load delay:1s" in open_page
    tasks.run_import(sheet.pk)
    assert "load delay:1s" not in desk.get(url(sheet, "progress/")).content.decode()


# --- taking in -------------------------------------------------------------------------------------------------------


def test_confirmed_sheet_comes_in_with_a_report_and_links_to_its_nights(desk: Client, desk_user: User) -> None:
    sheet = previewed(desk, MIXED)

    desk.post(url(sheet, "confirm/"))
    tasks.run_import(sheet.pk)

    sheet.refresh_from_db()
    assert (sheet.status, sheet.finished_at, sheet.content, sheet.preview) == ("done", EVENING, None, {})
    assert set(Customer.objects.values_list("name", flat=True)) == {"王芳", "李明", "赵总"}
    page = desk.get(url(sheet)).content.decode()
    assert 'href="/intake/2026-11-19/"' in page and 'href="/intake/2026-11-20/"' in page
    lines = list(csv.reader(io.StringIO(desk.get(url(sheet, "report.csv")).content.decode("utf-8-sig"))))
    assert lines[0] == ["Row", "Outcome", "Field", "Reason"] and lines[1][:3] == ["4", "rejected", "Name"]


def test_confirming_twice_takes_in_once(
    desk: Client, published: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    sheet = previewed(desk)
    with django_capture_on_commit_callbacks(execute=True):
        answers = [desk.post(url(sheet, "confirm/")) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert published == [("customers.tasks.run_import", sheet.pk)]


def test_confirming_by_get_changes_nothing(desk: Client) -> None:
    sheet = previewed(desk)
    assert desk.get(url(sheet, "confirm/")).status_code == 405
    sheet.refresh_from_db()
    assert sheet.status == "previewed"


def test_a_sheet_not_looked_at_yet_cannot_be_confirmed(desk: Client) -> None:
    desk.post(PAGE, {"file": file()})
    sheet = CustomerImport.objects.get()
    answer = desk.post(url(sheet, "confirm/"), follow=True)
    sheet.refresh_from_db()
    assert sheet.status == "uploaded" and "cannot be taken in" in answer.content.decode()


def test_the_report_cannot_be_read_as_a_formula(desk: Client) -> None:
    sheet = previewed(desk, GOOD)
    CustomerImport.objects.update(
        preview={**sheet.preview, "errors": [{"row": 2, "field": "name", "message": "=HYPERLINK(1)"}]}
    )
    assert "'=HYPERLINK(1)" in desk.get(url(sheet, "report.csv")).content.decode()


def test_house_workbook_comes_in_through_the_screen(desk: Client) -> None:
    case = Path(__file__).parent / "cases" / "intake-sheet-as-kept-today.xlsx"
    if not case.exists():
        book = openpyxl.Workbook()
        for row in csv.reader(io.StringIO(GOOD)):
            book.active.append(row)
        book.save(data := io.BytesIO())
        content = data.getvalue()
    else:
        content = case.read_bytes()
    sheet = previewed(desk, content, "客户资料表.xlsx")
    desk.post(url(sheet, "confirm/"))
    tasks.run_import(sheet.pk)
    sheet.refresh_from_db()
    assert sheet.status == "done" and sheet.report["created"] == Customer.objects.count() > 0


# --- workers that die ------------------------------------------------------------------------------------------------


def test_a_task_that_comes_twice_finds_nothing_to_do(desk: Client) -> None:
    sheet = previewed(desk)
    tasks.run_import(sheet.pk)
    desk.post(url(sheet, "confirm/"))
    tasks.run_import(sheet.pk)
    tasks.run_import(sheet.pk)
    sheet.refresh_from_db()
    assert sheet.status == "done" and sheet.report["created"] == 2 == Customer.objects.count()


def test_the_sweep_takes_up_what_no_worker_has(
    desk: Client, published: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    sheet = previewed(desk)
    desk.post(url(sheet, "confirm/"))
    with django_capture_on_commit_callbacks(execute=True):
        jobs.sweep_imports()
    assert published[-1] == ("customers.tasks.run_import", sheet.pk)


def test_an_import_that_kills_its_worker_again_and_again_is_given_up(desk: Client) -> None:
    sheet = previewed(desk)
    desk.post(url(sheet, "confirm/"))
    CustomerImport.objects.update(attempts=incoming.MAX_ATTEMPTS)
    tasks.run_import(sheet.pk)
    sheet.refresh_from_db()
    assert sheet.status == "failed" and "could not be finished" in desk.get(url(sheet)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_sheet_take_it_in_once(desk: Client) -> None:
    sheet = previewed(desk)
    desk.post(url(sheet, "confirm/"))
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        tasks.run_import(sheet.pk)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    sheet.refresh_from_db()
    assert (sheet.status, sheet.report["created"], sheet.attempts) == ("done", 2, 1)


@pytest.mark.django_db(transaction=True)
def test_a_sheet_in_another_workers_hands_is_left_to_it_and_shown_as_such(desk: Client) -> None:
    desk.post(PAGE, {"file": file()})
    sheet = CustomerImport.objects.get()
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with locks.try_to_hold(locks.Lock.CUSTOMER_FILE, sheet.pk):
            held.set()
            let_go.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    try:
        tasks.run_import(sheet.pk)
        sheet.refresh_from_db()
        assert sheet.status == "uploaded"
        assert "Nobody has begun yet" not in desk.get(url(sheet, "progress/?polls=9")).content.decode()
    finally:
        let_go.set()
        thread.join()
    tasks.run_import(sheet.pk)
    sheet.refresh_from_db()
    assert sheet.status == "previewed"


def wait_for(what: Callable[[], bool]) -> None:
    """The clock stands still in these tests: rounds are counted instead."""
    for _round in range(1000):
        if what():
            return
        time.sleep(0.03)
    raise AssertionError("It did not come.")


@pytest.mark.fault
@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_the_rest_to_the_next_one(desk: Client) -> None:
    rows = "".join(f"王{n}号,139{n:08d},05-17,南京东路{n}号,2026-11-19\n" for n in range(12_000))
    sheet = previewed(desk, HEADER + rows)
    desk.post(url(sheet, "confirm/"))
    work = f"import django; django.setup(); from customers import incoming; incoming.work({sheet.pk})"
    worker = subprocess.Popen(
        [sys.executable, "-c", work], env=os.environ | {"DATABASE_URL": database_url(), "SECRET_KEY": "test"}
    )
    wait_for(lambda: CustomerImport.objects.filter(progress_rows__gt=0).exists())
    worker.kill()
    worker.wait(10)
    assert 0 < Customer.objects.count() < 12_000

    wait_for(lambda: not incoming.is_worked_on(sheet.pk))
    assert incoming.unfinished() == [sheet.pk]
    tasks.run_import(sheet.pk)

    sheet.refresh_from_db()
    assert (sheet.status, sheet.attempts, Customer.objects.count()) == ("done", 2, 12_000)
    assert sheet.report["created"] + sheet.report["unchanged"] == 12_000


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_the_content_of_an_unconfirmed_sheet_is_dropped_after_a_day(
    desk: Client, clock: Any, desk_user: User, signed_in: Any
) -> None:
    sheet = previewed(desk)
    clock.shift(dt.timedelta(hours=23))
    assert jobs.IMPORT_CONTENTS.run(EVENING.date()) == {"contents": 0}
    clock.shift(dt.timedelta(hours=2))
    assert jobs.IMPORT_CONTENTS.run(EVENING.date()) == {"contents": 1}

    sheet.refresh_from_db()
    assert (sheet.content, sheet.preview) == (None, {})
    later = signed_in(desk_user)
    assert "its content was dropped" in later.get(url(sheet)).content.decode()
    assert "cannot be taken in" in later.post(url(sheet, "confirm/"), follow=True).content.decode()
    assert later.get(url(sheet, "report.csv")).status_code == 404


def test_the_list_of_imports_costs_few_statements_and_loads_no_contents(
    desk: Client, desk_user: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        incoming.upload(data=b"x" * 1000, filename="sheet.csv", by=desk_user)
    desk.get(PAGE)
    with django_assert_max_num_queries(4) as asked:
        desk.get(PAGE)
    assert not any('"content"' in query["sql"] for query in asked.captured_queries)


# --- files made to hurt ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: crafted.cell_far_away("XFD1048576", ["姓名", "电话"], ["王芳", "13816552203"]), "XFD1048576"),
        (lambda: crafted.cell_far_away("ALL100000", ["姓名", "电话"], ["王芳", "13816552203"]), "ALL100000"),
        (crafted.huge_sheet, "too large to be opened"),
        (crafted.lying_sheet, "cannot be opened"),
        (crafted.wide_csv, "more than 200 columns"),
    ],
    ids=["XFD1048576", "ALL100000", "580 MB", "lying sizes", "a million columns"],
)
def test_crafted_upload_is_parsed_by_no_web_process_and_its_page_says_why(
    desk: Client, monkeypatch: Any, make: Callable[[], bytes], words: str
) -> None:
    data, parse = make(), reading.read_book
    monkeypatch.setattr(reading, "read_book", lambda *_given: pytest.fail("a web process parses a file"))
    answer = desk.post(PAGE, {"file": file(data, "sheet.xlsx" if data.startswith(b"PK") else "sheet.csv")})
    sheet = CustomerImport.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, url(sheet))
    assert "Looking at the sheet" in desk.get(url(sheet)).content.decode()

    monkeypatch.setattr(reading, "read_book", parse)
    tasks.run_import(sheet.pk)

    sheet.refresh_from_db()
    assert (sheet.status, sheet.content) == ("failed", None)
    assert words in desk.get(url(sheet)).content.decode()
    assert not Customer.objects.exists()


def test_sheet_of_several_nights_is_shown_and_reported_by_sheet_and_row(desk: Client) -> None:
    nights = {name: [["姓名", "电话"], ["王芳", number]] for name, number in (("28", "13816552203"), ("29", "1"))}
    sheet = previewed(desk, book_of({"汇总": [["共 2 条"]], **nights}), "nights.xlsx")

    page = desk.get(url(sheet)).content.decode()
    assert "29 · 2" in page and "汇总" in page
    lines = list(csv.reader(io.StringIO(desk.get(url(sheet, "report.csv")).content.decode("utf-8-sig"))))
    assert lines[0][:2] == ["Sheet", "Row"] and lines[1][:2] == ["29", "2"]
