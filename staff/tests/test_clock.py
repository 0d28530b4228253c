"""Clocking in and out (T1): the first press counts, a night runs to noon."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from staff.floor import clock
from staff.models import Attendance, Shift, User

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
NIGHT = dt.date(2026, 11, 20)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}+08:00")


@pytest.fixture(autouse=True)
def evening() -> Any:
    with time_machine.travel(at("2026-11-20T18:02"), tick=False) as travelling:
        yield travelling


def test_manager_clocks_in_twice_and_the_first_press_counts(mgr1: User, signed_in: Any, evening: Any) -> None:
    signed_in(mgr1).post("/floor/clock/in/", HTTP_HX_REQUEST="true")
    evening.shift(dt.timedelta(minutes=30))
    card = signed_in(mgr1).post("/floor/clock/in/", HTTP_HX_REQUEST="true").content.decode()

    mine = Attendance.objects.get()
    assert (mine.user, mine.night, mine.in_at, mine.out_at) == (mgr1, NIGHT, at("2026-11-20T18:02"), None)
    assert "On duty since 18:02" in card and "2 minutes late" in card and "<html" not in card


@pytest.mark.parametrize(
    ("came", "late"), [("17:40", 0), ("18:00:59", 0), ("18:01", 1), ("20:00", 120), ("23:59", 359)]
)
def test_late_is_counted_from_six_in_the_evening(mgr1: User, came: str, late: int) -> None:
    assert clock.minutes_late(clock.clock_in(user=mgr1, now=at(f"2026-11-20T{came}"))) == late


def test_manager_who_stays_past_two_leaves_the_same_night(mgr1: User, signed_in: Any, evening: Any) -> None:
    signed_in(mgr1).post("/floor/clock/in/")
    for later in ("2026-11-21T02:41", "2026-11-21T02:50"):
        evening.move_to(at(later))
        signed_in(mgr1).post("/floor/clock/out/")

    assert Attendance.objects.get().out_at == at("2026-11-21T02:41")


def test_nobody_leaves_who_did_not_come(mgr1: User, signed_in: Any) -> None:
    assert signed_in(mgr1).post("/floor/clock/out/").status_code == 302
    assert not Attendance.objects.exists()


def test_clocking_in_after_leaving_changes_nothing(mgr1: User) -> None:
    clock.clock_in(user=mgr1, now=at("2026-11-20T18:02"))
    assert clock.clock_out(user=mgr1, now=at("2026-11-20T23:00"))

    again = clock.clock_in(user=mgr1, now=at("2026-11-20T23:05"))

    assert (again.in_at, again.out_at) == (at("2026-11-20T18:02"), at("2026-11-20T23:00"))
    assert not clock.clock_out(user=mgr1, now=at("2026-11-20T23:10"))


def test_a_server_clock_set_back_never_lets_somebody_leave_before_they_came(mgr1: User) -> None:
    clock.clock_in(user=mgr1, now=at("2026-11-20T18:02"))
    clock.clock_out(user=mgr1, now=at("2026-11-20T18:01"))
    assert Attendance.objects.get().out_at == at("2026-11-20T18:02")


def test_leaving_before_the_shifts_end_asks_once_more(mgr1: User, signed_in: Any, evening: Any) -> None:
    signed_in(mgr1).post("/floor/clock/in/")
    assert "Yes, I leave at 18:02" in signed_in(mgr1).get("/floor/clock/").content.decode()

    evening.move_to(at("2026-11-21T02:05"))
    card = signed_in(mgr1).get("/floor/clock/").content.decode()
    assert "Clock out" in card and "Yes, I leave" not in card


def test_manager_planned_off_sees_that_and_may_clock_in_all_the_same(mgr1: User, ops: User, signed_in: Any) -> None:
    Shift.objects.create(user=mgr1, night=NIGHT, plan="off", planned_by=ops)
    client = signed_in(mgr1)
    assert "planned off tonight" in client.get("/floor/clock/").content.decode()

    client.post("/floor/clock/in/")
    assert "On duty since" in client.get("/floor/clock/").content.decode()


def test_clocking_in_by_get_changes_nothing(mgr1: User, signed_in: Any) -> None:
    assert signed_in(mgr1).get("/floor/clock/in/").status_code == 405
    assert not Attendance.objects.exists()


def test_clock_tells_the_other_cards(mgr1: User, signed_in: Any) -> None:
    answer = signed_in(mgr1).post("/floor/clock/in/", HTTP_HX_REQUEST="true")
    assert answer["HX-Trigger"] == "desk:floor"


def test_clock_card_costs_few_statements(mgr1: User, signed_in: Any, django_assert_max_num_queries: Any) -> None:
    client = signed_in(mgr1)
    client.post("/floor/clock/in/")
    with django_assert_max_num_queries(2 + 2):  # session and user, attendance and plan
        client.get("/floor/clock/", HTTP_HX_REQUEST="true")
