"""The sheet as a house keeps it today, end to end. What is expected was counted by hand, with another program."""

import datetime as dt
from pathlib import Path

import pytest
import time_machine

from customers.models import Consent, Customer
from customers.tests.sheets import counts, faults, take_in, warned

pytestmark = pytest.mark.django_db
SHEET = Path(__file__).parent / "data" / "intake-sheet-as-kept-today.xlsx"
NIGHT = dt.date(2026, 11, 20)
REFUSED = {
    31: 16,
    50: 7,
    56: 47,
    71: 51,
    74: 24,
    95: 26,
    132: 6,
}  # rows whose number stood in an earlier one, and where
SURNAMES = [14, 40, 59, 110, 115, 121, 139, 147, 167]
GENTLEMEN = [84, 159]  # …（先生）
NO_BIRTHDAY, NO_ADDRESS = [7, 15, 46, 110, 129], [54, 85, 120, 125, 149]


@pytest.fixture(autouse=True)
def _house(mgr1, mgr2):
    with time_machine.travel(dt.datetime(2026, 11, 24, 22, 0, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def report():
    return take_in(SHEET.read_bytes())


def guest(digits):
    return Customer.objects.get(phone=f"+86{digits}")


def test_every_usable_row_comes_in_and_each_other_is_named(report):
    assert counts(report) == (160, 148, 0, 0, 12)
    named = {58: "phone", 67: "name", 130: "name", 143: "phone", 166: "name"} | dict.fromkeys(REFUSED, "phone")
    assert faults(report) == sorted(named.items())
    by_row = {line.row: line.message for line in report.errors}
    assert all(str(first) in by_row[row].split() for row, first in REFUSED.items())


def test_what_was_guessed_or_is_missing_is_marked(report):
    assert warned(report, "name") == sorted(SURNAMES + GENTLEMEN)
    assert sorted(warned(report, "home_address")) == NO_ADDRESS
    marks = list(Customer.objects.values_list("needs_check", flat=True))
    assert sum("name" in mark for mark in marks) == 9
    assert sum("birthday_year" in mark for mark in marks) == 20
    assert sum("birthday" in mark for mark in marks) == 0
    assert Customer.objects.filter(is_incomplete=True).count() == 18
    assert Customer.objects.filter(birthday_month=None).count() == len(NO_BIRTHDAY)
    assert {line.field for line in report.warnings} == {"name", "birthday", "home_address"}  # 序号 is no loss


def test_facts_are_those_of_the_sheet(report, mgr1, mgr2):
    everybody = Customer.objects.all()
    assert set(everybody.values_list("night", flat=True)) == {NIGHT}
    assert {manager: everybody.filter(owner=manager, captured_by=manager).count() for manager in (mgr1, mgr2)} == {
        mgr1: 105,
        mgr2: 43,
    }
    assert everybody.filter(birthday_calendar="lunar").count() == 37
    assert everybody.exclude(birthday_year=None).count() == 82
    assert {code: everybody.filter(tier__code=code).count() for code in ("gold", "silver", "regular")} == {
        "gold": 43,
        "silver": 37,
        "regular": 28,
    }
    assert everybody.exclude(member_no=None).count() == 61


@pytest.mark.parametrize(
    ("digits", "name", "born"),
    [
        ("17328665108", "刘静洋", (None, 10, 17, "solar")),
        ("13851253739", "黄涵", (None, 12, 19, "lunar")),
        ("19864832610", "徐芳敏", (1999, 7, 22, "solar")),
        ("15450920356", "朱刚", (1971, 11, 6, "solar")),
        ("13718256657", "徐小姐", (None, 10, 4, "lunar")),
        ("17066197215", "吴静", (None, None, None, "solar")),
        ("17288410751", "李超丽", (2001, 5, 7, "solar")),
        ("15633708006", "高敏伟", (None, 3, 2, "lunar")),
        ("13972567613", "黄桂", (1971, 12, 9, "solar")),
        ("17258799402", "王勇", (None, 9, 15, "lunar")),
        ("18925893390", "司宇", (None, 7, 19, "solar")),
        ("18669639114", "刘霞", (None, 12, 5, "lunar")),
        ("15617747284", "李杰轩", (None, 4, 23, "lunar")),
        ("15740354306", "徐小姐", (None, 1, 20, "solar")),
    ],
)
def test_guest_is_read_as_a_person_would(report, digits, name, born):
    found = guest(digits)
    assert found.name == name
    assert (found.birthday_year, found.birthday_month, found.birthday_day, found.birthday_calendar) == born


def test_words_in_the_notes_refuse_calls(report):
    assert Consent.objects.filter(kind="call", action="refused").count() == 30
    assert Consent.objects.count() == 30
    assert not Customer.objects.filter(call_consent=True).exists()


def test_second_run_changes_nothing(report):
    before = list(Customer.objects.order_by("pk").values())
    assert counts(take_in(SHEET.read_bytes())) == (160, 0, 0, 148, 12)
    assert list(Customer.objects.order_by("pk").values()) == before
