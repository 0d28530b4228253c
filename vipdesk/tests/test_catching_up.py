"""The desk's own jobs, which are due in the afternoon: how long each is still worth doing, and `run_missed` over them."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feedback.models import WeeklySummary
from outreach.models import CallList, SmsBatch
from outreach.tests.sms_factories import make_campaign, make_reader
from staff.models import User
from vipdesk import jobs, run_now
from vipdesk.jobs import ScheduleRun

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)
MINUTE = timedelta(minutes=1)


def at(clock: str, day: int = 23) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day} {clock}").replace(tzinfo=SHANGHAI)


# name: due, and the last moment at which it is still worth doing
WINDOWS = {
    "outreach.call_lists": (at("16:30"), at("12:00", 24)),
    "outreach.sms_batch": (at("16:00"), at("20:00")),  # until quiet hours begin: nothing would be sent any more
    "draft_week": (at("12:00"), at("12:00", 28)),
    "remind_of_week": (at("15:00"), at("17:00")),  # until the meeting itself
    "submit_week": (at("17:00"), at("17:00", 28)),
    "visits.close_left_open": (at("12:05"), at("12:00", 24)),
    "outreach.old_lists": (at("05:50", 24), at("01:50", 25)),
}


def state(name: str) -> str:
    return ScheduleRun.objects.get(job=name, night=MONDAY).status


def tick_at(time_machine: Any, moment: datetime) -> None:
    time_machine.move_to(moment, tick=False)
    jobs.tick()


@pytest.mark.parametrize("name", WINDOWS)
def test_desk_that_was_off_does_it_at_the_last_moment_of_its_window(time_machine: Any, name: str) -> None:
    due, last = WINDOWS[name]
    tick_at(time_machine, due - MINUTE)
    tick_at(time_machine, last)
    assert state(name) == "due"
    assert not run_now.why_not(ScheduleRun.objects.get(job=name, night=MONDAY), last)


@pytest.mark.parametrize("name", WINDOWS)
def test_desk_that_was_off_for_longer_has_missed_it(time_machine: Any, name: str) -> None:
    due, last = WINDOWS[name]
    tick_at(time_machine, due - MINUTE)
    tick_at(time_machine, last + MINUTE)
    assert state(name) == "missed"
    with pytest.raises(run_now.CannotRun, match="worth doing until"):
        run_now.ask_for(job=jobs.registry()[name], night=MONDAY)


def test_run_missed_does_what_a_night_without_power_left_undone(time_machine: Any, mgr1: User) -> None:
    make_reader()
    make_campaign(code="late")
    tick_at(time_machine, at("11:59"))
    tick_at(time_machine, at("12:30", 25))
    lost = ("outreach.call_lists", "outreach.sms_batch", "remind_of_week")
    assert {name: state(name) for name in lost} == dict.fromkeys(lost, "missed")
    jobs.run_missed()
    assert {name: state(name) for name in WINDOWS} == dict.fromkeys(WINDOWS, "done")
    assert CallList.objects.filter(night=MONDAY).exists()
    assert SmsBatch.objects.get().state == "waiting"  # nothing is sent late by itself: somebody approves it, or not
    assert WeeklySummary.objects.get().submitted_at


def test_run_missed_since_a_night_does_it_once(time_machine: Any, mgr1: User) -> None:
    make_reader()
    make_campaign(code="late")
    time_machine.move_to(at("21:00"), tick=False)
    ran = {run.job: run.status for run in jobs.run_missed(since=at("12:00"))}
    assert ran["outreach.call_lists"] == ran["outreach.sms_batch"] == ran["submit_week"] == "done"
    assert jobs.run_missed(since=at("12:00")) == []
    assert SmsBatch.objects.count() == 1
