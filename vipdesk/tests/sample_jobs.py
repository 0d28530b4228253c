"""Jobs for the tests, listed in settings.JOBS by their dotted names, also in a worker process of its own."""

import os
import time as clock
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from vipdesk.jobs import Job, ScheduleRun, daily
from vipdesk.sweeps import sweep

CALLED: list[date] = []


def note(night: date) -> dict[str, Any]:
    CALLED.append(night)
    return {"night": night, "rows": len(CALLED)}


def fail(night: date) -> dict[str, Any]:
    CALLED.append(night)
    raise LookupError("the till did not answer")


def sleep_through(night: date) -> dict[str, Any]:
    """Begins, tells so in a file, and the first time sleeps until it is killed."""
    began = Path(os.environ["SAMPLE_JOBS_LOG"])
    with began.open("a") as log:
        log.write(f"{os.getpid()}\n")
    if ScheduleRun.objects.get(job="sleeper", night=night).attempts == 1:
        clock.sleep(60)
    return {"pid": os.getpid()}


EVENING = Job(name="evening", due=daily(time(18)), catch_up=timedelta(hours=2), run=note)
SMALL_HOURS = Job(name="small-hours", due=daily(time(2, 30)), catch_up=timedelta(hours=8), run=note)
WEEKLY = Job(name="weekly", due=daily(time(15), weekdays=[0]), catch_up=timedelta(days=5), run=note)
BROKEN = Job(name="broken", due=daily(time(18)), catch_up=timedelta(hours=2), run=fail)
SLEEPER = Job(name="sleeper", due=daily(time(12, 0)), catch_up=timedelta(days=2), run=sleep_through)
ASKING = Job(
    name="asking",
    due=daily(time(18)),
    catch_up=timedelta(hours=2),
    run=note,
    title="Telling everybody",
    does="Tells everybody.",
    asks="Everybody is told.",
)


@sweep("Sweeps.")
def sweep_well() -> None:
    CALLED.append(date(2026, 11, 20))


def sweep_badly() -> None:
    raise LookupError("the till did not answer")
