"""Roster, attendance, tasks and signed nights in the admin: operations search them and change nothing there."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from staff.floor import clock, signing
from staff.models import Leave, Shift, User
from staff.tests.factories import make_task
from vipdesk import nights

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
LISTS = ("attendance", "shift", "leave", "nightsignature", "task")


@pytest.fixture(autouse=True)
def evening() -> Any:
    with time_machine.travel(dt.datetime.fromisoformat("2026-11-20T22:41+08:00"), tick=False) as travelling:
        yield travelling


@pytest.fixture
def night(mgr1: User, mgr2: User, ops: User) -> dt.date:
    tonight = nights.tonight()
    clock.clock_in(user=mgr1, now=dt.datetime.fromisoformat("2026-11-20T18:12+08:00"))
    clock.clock_in(user=mgr2, now=dt.datetime.fromisoformat("2026-11-20T17:50+08:00"))
    signing.sign_night(user=mgr1, night=tonight, summary={"missing": ["3 of 10 new guests."]})
    Shift.objects.create(user=mgr1, night=tonight + dt.timedelta(days=2), plan="off", planned_by=ops)
    Leave.objects.create(user=mgr1, first_night=tonight, last_night=tonight + dt.timedelta(days=1), planned_by=ops)
    make_task(mgr1, given_by=ops)
    return tonight


@pytest.mark.parametrize("name", LISTS)
def test_operations_search_each_list_and_may_change_none(name: str, night: dt.date, ops: User, signed_in: Any) -> None:
    client = signed_in(ops)
    page = client.get(f"/admin/staff/{name}/", {"q": "mgr1"})
    assert page.status_code == 200 and page.context["cl"].result_list
    assert client.get(f"/admin/staff/{name}/add/").status_code == 403
    row = page.context["cl"].result_list[0]
    assert client.get(f"/admin/staff/{name}/{row.pk}/change/").status_code == 200
    assert client.post(f"/admin/staff/{name}/{row.pk}/change/", {}).status_code == 403


@pytest.mark.parametrize(
    ("name", "query", "found"),
    [
        ("attendance", {"presence": "late"}, 1),
        ("attendance", {"presence": "open"}, 0),  # tonight they are still here
        ("attendance", {"night": "tonight"}, 2),
        ("attendance", {"night": "last"}, 0),
        ("shift", {"night": "next", "plan__exact": "off"}, 1),
        ("shift", {"night": "tonight"}, 0),
        ("task", {"state": "open"}, 1),
        ("task", {"state": "done"}, 0),
        ("task", {"state": "overdue"}, 0),
        ("task", {"state": "withdrawn"}, 0),
        ("nightsignature", {"night": "week"}, 1),
    ],
)
def test_filters_answer_what_operations_ask(
    name: str, query: dict[str, str], found: int, night: dt.date, ops: User, signed_in: Any
) -> None:
    page = signed_in(ops).get(f"/admin/staff/{name}/", query)
    assert len(page.context["cl"].result_list) == found


def test_who_forgot_to_clock_out_is_found_the_next_evening(
    night: dt.date, ops: User, signed_in: Any, evening: Any
) -> None:
    evening.shift(dt.timedelta(days=1))
    page = signed_in(ops).get("/admin/staff/attendance/", {"presence": "open"})
    assert len(page.context["cl"].result_list) == 2


def test_a_filter_by_nobody_finds_all(night: dt.date, ops: User, signed_in: Any) -> None:
    for who in ("x", "٣"):
        assert len(signed_in(ops).get("/admin/staff/attendance/", {"who": who}).context["cl"].result_list) == 2


def test_a_signed_night_says_what_was_missing(night: dt.date, ops: User, signed_in: Any) -> None:
    assert "3 of 10 new guests." in signed_in(ops).get("/admin/staff/nightsignature/").content.decode()
