"""The tick against late, doubled and missing beats, lost tasks and dying workers; catching up by hand."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from vipdesk import jobs, tasks
from vipdesk.jobs import Heartbeat, ScheduleRun
from vipdesk.tests import sample_jobs

SHANGHAI = ZoneInfo("Asia/Shanghai")
FRIDAY = date(2026, 11, 20)
pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone, pytest.mark.servers]


@pytest.fixture(autouse=True)
def called(settings: Any) -> list[date]:
    use(settings, "EVENING")
    settings.SWEEPS = []
    sample_jobs.CALLED.clear()
    return sample_jobs.CALLED


def use(settings: Any, *names: str) -> None:
    settings.JOBS = [f"vipdesk.tests.sample_jobs.{name}" for name in names]


def at(hour: int, minute: int = 0, *, day: date = FRIDAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def tick_at(time_machine: Any, moment: datetime) -> list[int]:
    time_machine.move_to(moment, tick=False)
    return jobs.tick()


def states() -> list[tuple[str, date, str]]:
    return list(ScheduleRun.objects.order_by("night", "job").values_list("job", "night", "status"))


def test_first_tick_of_a_new_desk_finds_nothing_missed(time_machine):
    assert tick_at(time_machine, at(23)) == []
    assert states() == []


def test_job_becomes_due_once_however_often_the_tick_comes(time_machine):
    tick_at(time_machine, at(17, 59))
    assert states() == []
    first = tick_at(time_machine, at(18))
    assert len(first) == 1
    assert [tick_at(time_machine, at(18, minute)) for minute in range(3)] == [[], [], []]
    assert states() == [("evening", FRIDAY, "due")]


def test_job_of_the_small_hours_belongs_to_the_evening_before(time_machine, settings):
    use(settings, "SMALL_HOURS")
    tick_at(time_machine, at(23))
    tick_at(time_machine, at(2, 30, day=date(2026, 11, 21)))
    assert states() == [("small-hours", FRIDAY, "due")]


def test_weekly_job_is_due_on_its_weekday_only(time_machine, settings):
    use(settings, "WEEKLY")
    tick_at(time_machine, at(14))
    tick_at(time_machine, at(14, day=date(2026, 12, 2)))
    assert [night for _, night, _ in states()] == [date(2026, 11, 23), date(2026, 11, 30)]


def test_beats_that_fire_together_enqueue_a_run_once(time_machine):
    tick_at(time_machine, at(17, 59))
    assert sum(len(tick_at(time_machine, at(18))) for _ in range(3)) == 1


def test_clock_set_back_does_not_silence_the_desk(time_machine):
    tick_at(time_machine, at(12, day=date(2027, 11, 20)))
    tick_at(time_machine, at(17, 59))
    assert len(tick_at(time_machine, at(18))) == 1


def test_run_is_done_once_and_keeps_its_summary(time_machine, called):
    tick_at(time_machine, at(17, 59))
    (run_id,) = tick_at(time_machine, at(18))
    jobs.perform(run_id)
    jobs.perform(run_id)
    run = ScheduleRun.objects.get()
    assert called == [FRIDAY]
    assert (run.status, run.attempts, run.summary) == ("done", 1, {"night": "2026-11-20", "rows": 1})
    assert run.finished_at == at(18)
    assert tick_at(time_machine, at(19)) == []


def test_desk_that_was_off_catches_up_within_the_window_and_misses_beyond(time_machine):
    tick_at(time_machine, at(17))
    assert len(tick_at(time_machine, at(19, 59, day=date(2026, 11, 22)))) == 1
    assert states() == [
        ("evening", FRIDAY, "missed"),
        ("evening", date(2026, 11, 21), "missed"),
        ("evening", date(2026, 11, 22), "due"),
    ]


def test_desk_that_was_off_for_months_does_not_dig_them_up(time_machine):
    tick_at(time_machine, at(17, day=date(2026, 1, 5)))
    tick_at(time_machine, at(17))
    assert len(states()) == 31


def test_task_that_waited_past_the_deadline_does_nothing_and_is_missed(time_machine, called):
    tick_at(time_machine, at(17, 59))
    (run_id,) = tick_at(time_machine, at(18))
    time_machine.move_to(at(20, 1), tick=False)
    jobs.perform(run_id)
    assert called == []
    assert jobs.tick() == []
    assert states() == [("evening", FRIDAY, "missed")]


def test_lost_task_is_enqueued_again(time_machine):
    tick_at(time_machine, at(17, 59))
    lost = tick_at(time_machine, at(18))
    assert tick_at(time_machine, at(18, 4)) == []
    assert tick_at(time_machine, at(18, 5)) == lost
    assert tick_at(time_machine, at(18, 6)) == []


def test_run_of_a_dead_worker_is_taken_up_after_its_lease(time_machine, settings, called):
    settings.JOB_LEASE = timedelta(minutes=3)
    tick_at(time_machine, at(17, 59))
    (run_id,) = tick_at(time_machine, at(18))
    claim(run_id)
    assert tick_at(time_machine, at(18, 2)) == []
    jobs.perform(run_id)
    assert called == []
    assert tick_at(time_machine, at(18, 3)) == [run_id]
    jobs.perform(run_id)
    assert called == [FRIDAY]
    assert ScheduleRun.objects.get().attempts == 2


def claim(run_id: int) -> ScheduleRun:
    """A worker that takes a run and then dies."""
    run = jobs._claim(run_id, datetime.now(UTC))
    assert run is not None
    return run


def test_worker_that_ends_after_its_lease_changes_nothing(time_machine, settings, caplog):
    settings.JOB_LEASE = timedelta(minutes=3)
    tick_at(time_machine, at(17, 59))
    (run_id,) = tick_at(time_machine, at(18))
    late = jobs._Attempt(claim(run_id), {"late": True})
    time_machine.move_to(at(18, 4), tick=False)
    jobs.perform(run_id)
    with late:
        pass
    assert ScheduleRun.objects.get().summary == {"night": "2026-11-20", "rows": 1}
    assert "after its lease" in caplog.text


def test_worker_told_to_stop_leaves_the_run_to_its_lease(time_machine):
    tick_at(time_machine, at(17, 59))
    (run_id,) = tick_at(time_machine, at(18))
    with pytest.raises(SystemExit), jobs._Attempt(claim(run_id)):
        raise SystemExit
    assert states() == [("evening", FRIDAY, "running")]


def test_job_that_kills_every_worker_is_given_up(time_machine, settings):
    settings.JOB_LEASE = timedelta(minutes=1)
    tick_at(time_machine, at(17, 59))
    for minute in range(0, 10, 2):
        for run_id in tick_at(time_machine, at(18, minute)):
            claim(run_id)
    assert tick_at(time_machine, at(18, 20)) == []
    run = ScheduleRun.objects.get()
    assert (run.status, run.attempts, run.error) == ("failed", 5, "The worker was lost.")


def test_failing_job_is_tried_again_later_and_then_given_up(time_machine, settings, called, caplog):
    use(settings, "BROKEN")
    tick_at(time_machine, at(17, 59))
    for minute in range(45):
        for run_id in tick_at(time_machine, at(18, minute)):
            jobs.perform(run_id)
    run = ScheduleRun.objects.get()
    assert (run.status, run.attempts, run.error) == ("failed", 5, "LookupError: the till did not answer")
    assert called == [FRIDAY] * 5
    assert "LookupError" in caplog.text


def test_retry_that_falls_behind_the_deadline_is_failed_with_its_error(time_machine, settings):
    use(settings, "BROKEN")
    tick_at(time_machine, at(17, 59))
    (run_id,) = tick_at(time_machine, at(19, 59))
    jobs.perform(run_id)
    tick_at(time_machine, at(20, 30))
    run = ScheduleRun.objects.get()
    assert (run.status, run.error) == ("failed", "LookupError: the till did not answer")


def test_run_of_a_job_that_was_removed_fails_without_stopping_others(time_machine, settings):
    use(settings, "EVENING", "BROKEN")
    tick_at(time_machine, at(17, 59))
    due = tick_at(time_machine, at(18))
    settings.JOBS = []
    for run_id in due:
        jobs.perform(run_id)
    assert {run.error for run in ScheduleRun.objects.all()} == {"KeyError: 'evening'", "KeyError: 'broken'"}


def test_tick_age_is_unknown_before_the_first_tick(time_machine):
    time_machine.move_to(at(18), tick=False)
    assert jobs.tick_age() is None
    jobs.tick()
    time_machine.move_to(at(18, 7), tick=False)
    assert jobs.tick_age() == timedelta(minutes=7)


@pytest.mark.django_db(transaction=True)
def test_ten_beats_at_once_leave_one_heartbeat_and_one_run(settings):
    Heartbeat.objects.create(pk=1, ticked_at=at(17, 59))

    def one(_: int) -> list[int]:
        try:
            return jobs.tick(at(18))
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        taken = list(pool.map(one, range(10)))
    assert sum(map(len, taken)) == 1
    assert (Heartbeat.objects.count(), ScheduleRun.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_enqueueing_waits_for_the_commit(monkeypatch):
    sent: list[dict[str, tuple[int, ...]]] = []
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda **what: sent.append(what))
    with transaction.atomic():
        jobs.enqueue(tasks.run_job, 7)
        assert sent == []
    assert sent == [{"args": (7,)}]
