"""The night's sheet is the same rows on screen, on paper, at home and in the file, and says what it leaves out."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from customers.decisions import token
from customers.evening import night_columns
from customers.merging import merge_customers
from customers.models import Customer
from customers.numbers import release_number
from customers.services import hand_in_sheet
from customers.tests.factories import make_customer
from staff.models import User
from staff.tests.factories import confirmed

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
EVENING = dt.datetime.fromisoformat("2026-11-20T22:41+08:00")
NIGHT = dt.date(2026, 11, 20)
PAGE = "/intake/2026-11-20/"
SAYS = {
    "en": "Not on the sheet: 1 merged into another record · 1 erased record · 1 whose number was released",
    "zh-hans": "未列入资料表： 1 条已并入其他资料 · 1 条已删除 · 1 条号码已释放",
}


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def rows(mgr1: User, desk_user: User) -> list[Customer]:
    """Two rows that stand on the sheet; three records beside them do not."""
    stay, double, gone, without, kept = (make_customer(owner=mgr1, name=f"客{n}") for n in range(5))
    merge_customers(kept=kept.pk, merged=double.pk, by=desk_user)
    Customer.objects.filter(pk=gone.pk).update(phone=None, home_address="", erased_at=timezone.now())
    number = without.numbers.get()
    release_number(customer=without.pk, number=number.pk, by=mgr1, is_sure=True)
    return [stay, kept]


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_screen_paper_home_and_file_hold_the_same_rows_and_say_what_is_left_out(
    language: str, rows: list[Customer], desk_user: User, signed_in: SignIn
) -> None:
    desk_user.language = language
    desk_user.save()
    desk = confirmed(signed_in(desk_user))
    screen = desk.get(PAGE)
    assert [row["guest"] for row in screen.context["rows"]] == rows
    paper = desk.post(f"{PAGE}print/")
    assert [guest for part in paper.context["parts"] for guest in part["guests"]] == rows
    home = desk.get("/intake/")
    assert [sheet.total.captured for sheet in home.context["sheets"] if sheet.night == NIGHT] == [2]
    for answer in (screen, paper, home):
        assert SAYS[language] in text_of(answer)
    file = b"".join(desk.post(f"{PAGE}sheet.csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert [line.split(",")[0] for line in file.splitlines()[1:]] == [guest.name for guest in rows]


def test_ten_counts_living_records_on_every_screen(
    rows: list[Customer], mgr1: User, desk_user: User, signed_in: SignIn
) -> None:
    """The one whose number was released is living and was captured: it counts, and is no row of the sheet."""
    assert "3<small> / 10</small>" in text_of(signed_in(mgr1).get("/tonight/"))
    counts = [
        hand_in_sheet(manager=mgr1, night=NIGHT).rows,
        signed_in(desk_user).get(PAGE).context["sheet"].total.counted,
    ]
    assert counts == [3, 3]
    assert "3" in str(night_columns(NIGHT)[mgr1.pk]["New guests"])


def test_a_record_merged_while_it_was_on_screen_is_not_sent_back(
    mgr1: User, desk_user: User, signed_in: SignIn
) -> None:
    double, kept = make_customer(owner=mgr1), make_customer(owner=mgr1)
    seen = token(double)
    merge_customers(kept=kept.pk, merged=double.pk, by=desk_user)
    answer = signed_in(desk_user).post(
        f"{PAGE}decide/", {"action": "send_back", "pick": [seen], "reason": "地址不全"}, follow=True
    )
    assert "1 came or changed meanwhile" in text_of(answer)
    assert not Customer.objects.filter(intake_status="sent_back").exists()
