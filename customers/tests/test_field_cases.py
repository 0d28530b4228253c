"""Sheets made after what people really send: the files in data/field/, people and numbers invented."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.intake.importing import Report
from customers.models import Customer
from customers.tests.sheets import counts, faults, take_in, warned
from staff import roles
from staff.models import User
from staff.tests.factories import make_user

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 30, 14, 0, tzinfo=dt.UTC)
FOLDER = Path(__file__).parent / "data" / "field"


@pytest.fixture(autouse=True)
def monday() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def take(name: str) -> Report:
    return take_in((FOLDER / name).read_bytes())


def guest(tail: str) -> Customer:
    return Customer.objects.get(phone__endswith=tail)


def test_pinyin_above_the_characters_is_no_part_of_them() -> None:
    """Case 02."""
    take("02-pinyin-guide-rph.xlsx")
    found = Customer.objects.get()
    assert found.name == "景云舒" and not any("a" <= c <= "z" for c in found.home_address)


def test_couple_with_one_phone_in_one_file() -> None:
    """Case 08."""
    report = take("08-couple-one-phone-merged.xlsx")
    assert (report.created, faults(report)) == (1, [(3, "phone")])
    assert "2" in report.errors[0].message


def test_numbers_of_every_habit() -> None:
    """Case 14."""
    report = take("14-phones.csv")
    assert counts(report) == (20, 17, 0, 0, 3)
    reasons = {line.row: line.message for line in report.errors}
    assert sorted(reasons) == [15, 20, 21]
    assert "shortened" in reasons[15] and "land line" in reasons[20] and "12" in reasons[21]
    assert {"+8617016551408", "+8619216551409", "+85366123410", "+85291234412"} <= set(
        Customer.objects.values_list("phone", flat=True)
    )
    assert guest("13816551418").notes == "电话：(微信同号)"


def test_names_of_every_habit() -> None:
    """Case 15."""
    report = take("15-names.csv")
    assert counts(report) == (13, 13, 0, 0, 0)
    assert set(warned(report, "name")) >= {5, 6, 8, 9, 14}
    surnames = [line.row for line in report.warnings if line.message.startswith("Only a surname")]
    assert surnames == [5, 6, 8, 9]
    assert (guest("1512").name, guest("1512").needs_check) == ("圆圆圆", ["name"])
    assert counts(take("15-names.csv")) == (13, 0, 0, 13, 0)


@pytest.mark.parametrize(
    ("typed", "tail"),
    [
        ("阿不都热依木·买买提", "1500"),
        ("阿不都热依木•买买提", "1500"),
        ("阿不都热依木・买买提", "1500"),
        ("阿不都热依木‧买买提", "1500"),
        ("阿不都热依木.买买提", "1500"),
        ("阿不都热依木．买买提", "1500"),
        ("阿不都热依木买买提", "1500"),
        ("阿不都热依木 买买提", "1500"),
        ("帕尔哈提·吐尔逊", "1502"),
        ("帕尔哈提吐尔逊", "1502"),
        ("古丽米热·艾比布力", "1501"),
        ("热·艾比", "1501"),
        ("Nguyen Thi Anh", "1508"),
        ("nguyễn", "1508"),
        ("nguyen", "1508"),
        ("sean", "1509"),
        ("Seán", "1509"),
        ("𠮷小姐", "1507"),
        ("䶮总", "1506"),
    ],
)
def test_names_are_found_in_every_spelling(typed: str, tail: str) -> None:
    """Case 39."""
    take("15-names.csv")
    assert tail in [(found.phone or "")[-4:] for found in Customer.objects.newest(10, typed=typed)]


def test_lunar_birthdays_of_every_kind_come_in() -> None:
    """Case 22."""
    make_user("mgr6", roles.MANAGER)
    report = take("22-lunar-birthdays.csv")
    assert counts(report) == (7, 7, 0, 0, 0)
    assert counts(take("22-lunar-birthdays.csv")) == (7, 0, 0, 7, 0)


def test_number_with_marks_of_direction_is_captured(mgr1: User, signed_in: Any, client: Client) -> None:
    """Case 14h."""
    answer = signed_in(mgr1).post(
        "/customers/new/",
        {
            "name": "\u2068王\u200b芳\u2069",
            "phone": "\u206813816557001\u2069",
            "birthday_month": "\u20685\u2069",
            "birthday_day": "17\u200b",
            "birthday_calendar": "solar",
            "home_address": "南京东路\ufeff1号\ufffc",
            "notes": "靠窗\u200b 👨\u200d👩\u200d👧",
            "consent": "on",
        },
    )
    assert answer.status_code in (200, 302, 303)
    found = Customer.objects.get()
    assert (found.phone, found.name, found.birthday_month, found.birthday_day) == ("+8613816557001", "王芳", 5, 17)
    assert (found.home_address, found.notes) == ("南京东路1号", "靠窗 👨\u200d👩\u200d👧")
