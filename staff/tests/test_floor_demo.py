"""The demo venue's roster, attendance and tasks: loaded once, and again without a change."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from staff import demo
from staff.floor import demo as floor_demo
from staff.floor import rota
from staff.models import Attendance, NightSignature, Shift, Task, TaskFor
from vipdesk import nights

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
TABLES = (Shift, Attendance, NightSignature, Task, TaskFor)


def load() -> dict[str, int]:
    for part in (demo, floor_demo):
        part.load(customers=0, nights=7, seed=1, out=lambda text: None)
    return {table.__name__: table.objects.count() for table in TABLES}


@pytest.mark.parametrize(
    ("now", "attendance"), [("2026-11-16T12:00", 36), ("2026-11-20T22:41", 41), ("2026-11-23T01:00", 41)]
)
def test_demo_loaded_twice_stands_once(now: str, attendance: int) -> None:
    with time_machine.travel(dt.datetime.fromisoformat(f"{now}+08:00"), tick=False):
        first = load()
        assert first["Shift"] == 42 and first["Task"] == 2 and first["Attendance"] == attendance
        assert load() == first


def test_demo_has_everybody_on_duty_tonight_and_a_free_night_ahead() -> None:
    with time_machine.travel(dt.datetime.fromisoformat("2026-11-18T19:00+08:00"), tick=False):
        load()
        tonight = nights.tonight()
        assert len(rota.on_duty(tonight)) == 6
        assert len(rota.on_duty(tonight + dt.timedelta(days=1))) < 6


def test_demo_leaves_a_week_that_somebody_planned(mgr1: Any, ops: Any) -> None:
    Shift.objects.create(user=mgr1, night=nights.tonight(), plan="off", planned_by=ops)
    assert load()["Shift"] == 1
