"""A guess never replaces a known value: dates of sheets, by the habit of their whole column."""

import datetime as dt
import random
from typing import Any

import pytest
import time_machine

from customers.intake.importing import Report
from customers.models import Customer
from customers.tests.factories import make_customer
from customers.tests.sheets import counts, csv_sheet, take_in, warned, workbook
from vipdesk.tests.importers import book_of

pytestmark = [pytest.mark.django_db, pytest.mark.servers]

NOW = dt.datetime(2026, 11, 24, 14, 0, tzinfo=dt.UTC)
HEADER = "name,phone,birthday,captured_at,home_address"


@pytest.fixture(autouse=True)
def november() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def row(number: int, born: Any, captured: Any = "") -> list[Any]:
    return ["王芳", f"138165522{number:02d}", born, captured, "南京东路1号"]


def take(*rows: list[Any], **how: Any) -> Report:
    return take_in(csv_sheet(HEADER, *rows), **how)


def birthdays() -> list[tuple[int | None, int | None, int | None]]:
    rows = Customer.objects.order_by("phone").values_list("birthday_year", "birthday_month", "birthday_day")
    return list(rows)


@pytest.mark.parametrize(
    "form", ["{0.day}/{0.month}/{0.year}", "{0.month}/{0.day}/{0.year}", "{0.day:02}.{0.month:02}.{0.year}"]
)
def test_dates_of_one_habit_come_in_whole_and_again_unchanged(form: str) -> None:
    rolls = random.Random(14)
    days = [dt.date(1950, 1, 1) + dt.timedelta(days=rolls.randrange(18_000)) for _n in range(90)]
    assert counts(take(*(row(n, day.isoformat()) for n, day in enumerate(days)))) == (90, 90, 0, 0, 0)
    before = birthdays()
    sheet = [row(n, form.format(day)) for n, day in enumerate(days)]
    report = take(*sheet)
    assert counts(report) == (90, 0, 0, 90, 0) and birthdays() == before
    Customer.objects.all().delete()
    assert take(*sheet).warnings == [] and birthdays() == before


def test_each_sheet_of_a_workbook_has_its_own_habit() -> None:
    columns = HEADER.split(",")
    sheets = {
        "day first": [columns, row(1, "23/5/1977"), row(2, "8/5/1977")],
        "month first": [columns, row(3, "5/23/1977"), row(4, "8/5/1977")],
    }
    assert take_in(book_of(sheets)).warnings == []
    assert birthdays() == [(1977, 5, 23), (1977, 5, 8), (1977, 5, 23), (1977, 8, 5)]


def test_column_of_both_kinds_leaves_what_could_be_either_with_a_warning() -> None:
    sheet = row(1, "23/5/1977"), row(2, "5/23/1977"), row(3, "8/5/1977"), row(4, "8/8/1977")
    report = take(*sheet)
    assert birthdays() == [(1977, 5, 23), (1977, 5, 23), (None, None, None), (1977, 8, 8)]
    assert "8/5/1977" in next(line.message for line in report.warnings if line.row == 4)
    assert Customer.objects.get(phone="+8613816552203").needs_check == ["birthday"]
    assert counts(take(*sheet)) == (4, 0, 0, 4, 0)


def test_known_birthday_stays_where_the_column_cannot_tell() -> None:
    make_customer(name="王芳", phone="+8613816552201", birthday_year=1977, birthday_month=5, birthday_day=8)
    report = take(row(1, "8/5/1977"))
    assert birthdays() == [(1977, 5, 8)] and warned(report, "birthday") == [2, 2]
    message = report.warnings[-1].message + report.warnings[-2].message
    assert "8 May 1977" in message and "5 August 1977" in message


@pytest.mark.parametrize("other", ["23/5", "5/23"])
def test_cells_without_a_year_count_for_their_column(other: str) -> None:
    take(row(1, "8/5"), row(2, other))
    assert birthdays() == [(None, 5, 8) if other == "23/5" else (None, 8, 5), (None, 5, 23)]


def test_month_and_day_by_iso_is_never_turned_round() -> None:
    take(row(1, "05-08"), row(2, "23/5/1977"))
    assert birthdays()[0] == (None, 5, 8)


def test_month_and_day_without_a_habit_do_not_turn_a_known_birthday_round() -> None:
    make_customer(name="王芳", phone="+8613816552201", birthday_year=1977, birthday_month=8, birthday_day=5)
    assert warned(take(row(1, "5/8")), "birthday") == [2]
    assert birthdays() == [(1977, 8, 5)]


@pytest.mark.parametrize("guess", ["88年6月3日", "大概5月20日", "春节", "603"])
def test_no_guess_replaces_a_known_birthday(guess: str) -> None:
    make_customer(name="王芳", phone="+8613816552201", birthday_year=1990, birthday_month=5, birthday_day=17)
    report = take(row(1, guess))
    assert birthdays() == [(1990, 5, 17)] and warned(report, "birthday")[-1:] == [2]


def test_guess_fills_what_nobody_knows() -> None:
    make_customer(name="王芳", phone="+8613816552201", birthday_year=None, birthday_month=6, birthday_day=3)
    take(row(1, "88年6月3日"))
    assert birthdays() == [(1988, 6, 3)]


@pytest.mark.parametrize("form", ["{}/11/2026 21:30", "{}.11.2026"])
def test_night_of_capture_follows_its_column(form: str) -> None:
    take(row(1, "1990-05-17", form.format("08")), row(2, "1990-05-17", form.format("20")))
    assert Customer.objects.get(phone="+8613816552201").night == dt.date(2026, 11, 8)


def test_night_of_capture_that_could_be_either_is_left_out_or_said() -> None:
    report = take(row(1, "", "3/5/2026"), row(2, "", "20/5/2026"), row(3, "", "5/20/2026"))
    assert warned(report, "captured_at") == [2]
    assert Customer.objects.get(phone="+8613816552201").night == dt.date(2026, 11, 24)
    assert warned(take(row(4, "", "3/5/2026")), "captured_at") == [2]


def test_year_that_a_spreadsheet_added_today_is_known_for_it_on_an_old_sheet() -> None:
    """5/17 typed today stands in the cell as 2026-05-17, whenever the guest was captured."""
    report = take_in(workbook(HEADER.split(","), row(1, dt.date(2026, 5, 17), dt.date(2023, 6, 1))))
    assert counts(report)[1] == 1 and birthdays() == [(None, 5, 17)]
    assert warned(report, "birthday") == [2]


def test_doubtful_name_is_marked() -> None:
    report = take(["圆圆圆", "13816552201", "1990-05-17", "", "1号"])
    assert warned(report, "name") == [2] and Customer.objects.get().needs_check == ["name"]
