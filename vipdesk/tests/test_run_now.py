"""A job run on a person's word: the service, and operations' pages of the jobs."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from staff.models import User
from vipdesk import alerts, jobs, run_now, sweeps, tasks
from vipdesk.jobs import ScheduleRun
from vipdesk.run_now import CannotRun
from vipdesk.tests import sample_jobs
from vipdesk.tests.sample_jobs import EVENING
from vipdesk.tests.test_jobs import FRIDAY, at, claim, states, tick_at, use

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
SignIn = Callable[[User], Client]
THURSDAY, SATURDAY = date(2026, 11, 19), date(2026, 11, 21)
PAGE = "/admin/vipdesk/schedulerun/jobs/evening/"


@pytest.fixture(autouse=True)
def called(settings: Any) -> list[date]:
    use(settings, "EVENING")
    settings.SWEEPS = []
    sample_jobs.CALLED.clear()
    return sample_jobs.CALLED


@pytest.fixture
def queued(monkeypatch: Any, django_capture_on_commit_callbacks: Any) -> list[int]:
    """What was handed to the broker, each run by its key."""
    found: list[int] = []
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda *, args: found.extend(args))
    return found


# --- the service ---------------------------------------------------------------------------------------------------


def test_job_is_run_before_its_time_and_not_again_when_that_comes(time_machine, called):
    tick_at(time_machine, at(15))
    jobs.perform(run_now.ask_for(job=EVENING, night=FRIDAY).pk)
    assert called == [FRIDAY]
    assert tick_at(time_machine, at(18)) == []
    assert states() == [("evening", FRIDAY, "done")]


def test_whoever_asks_twice_gets_the_same_run_which_is_done_once(time_machine, called):
    time_machine.move_to(at(18, 30), tick=False)
    first, second = (run_now.ask_for(job=EVENING, night=FRIDAY) for _n in range(2))
    assert first.pk == second.pk
    jobs.perform(first.pk)
    jobs.perform(second.pk)
    assert called == [FRIDAY]
    assert tick_at(time_machine, at(18, 40)) == []


def test_done_is_said_and_nothing_is_done_twice(time_machine, called):
    time_machine.move_to(at(18, 30), tick=False)
    jobs.perform(run_now.ask_for(job=EVENING, night=FRIDAY).pk)
    with pytest.raises(CannotRun, match=r"That was done, Fri 20 Nov 18:30\. Nothing is done twice\."):
        run_now.ask_for(job=EVENING, night=FRIDAY)
    assert called == [FRIDAY]


def test_run_of_a_live_worker_is_left_to_it(time_machine):
    tick_at(time_machine, at(17, 59))
    (run_id,) = tick_at(time_machine, at(18))
    claim(run_id)
    with pytest.raises(CannotRun, match="It is running, since 18:00"):
        run_now.ask_for(job=EVENING, night=FRIDAY)


def test_failed_run_is_tried_anew_within_its_window_with_all_its_tries(time_machine, called):
    tick_at(time_machine, at(17, 59))
    tick_at(time_machine, at(18))
    ScheduleRun.objects.update(status="failed", attempts=5, error="LookupError: the till did not answer")
    jobs.perform(run_now.ask_for(job=EVENING, night=FRIDAY).pk)
    run = ScheduleRun.objects.get()
    assert (run.status, run.attempts, run.error, called) == ("done", 1, "", [FRIDAY])


def test_run_that_waits_for_its_back_off_is_taken_up_at_once(time_machine, settings, called):
    use(settings, "BROKEN", "EVENING")
    tick_at(time_machine, at(17, 59))
    for run_id in tick_at(time_machine, at(18)):
        jobs.perform(run_id)
    run = run_now.ask_for(job=sample_jobs.BROKEN, night=FRIDAY)
    assert (run.status, run.attempts, run.next_at) == ("due", 0, at(18))


def test_missed_run_beyond_the_window_is_refused_by_the_jobs_own_word(time_machine, called):
    tick_at(time_machine, at(17, 59))
    tick_at(time_machine, at(22))
    assert states() == [("evening", FRIDAY, "missed")]
    with pytest.raises(CannotRun, match=r"worth doing until Fri 20 Nov 20:00.*run_missed --since 2026-11-20"):
        run_now.ask_for(job=EVENING, night=FRIDAY)
    assert (called, states()) == ([], [("evening", FRIDAY, "missed")])


def test_missed_run_within_the_window_is_run(time_machine, called):
    """As where the clock was set back, or the window was made longer since."""
    tick_at(time_machine, at(17, 59))
    tick_at(time_machine, at(22))
    ScheduleRun.objects.update(deadline=at(23))
    jobs.perform(run_now.ask_for(job=EVENING, night=FRIDAY).pk)
    assert called == [FRIDAY]


@pytest.mark.parametrize("night", [SATURDAY, FRIDAY - timedelta(days=40), FRIDAY + timedelta(days=400)])
def test_night_to_come_or_long_ago_is_refused(time_machine, night):
    time_machine.move_to(at(19), tick=False)
    with pytest.raises(CannotRun):
        run_now.ask_for(job=EVENING, night=night)
    assert states() == []


def test_night_on_which_it_has_nothing_to_do_is_refused(time_machine):
    time_machine.move_to(at(19), tick=False)
    with pytest.raises(CannotRun, match="nothing to do"):
        run_now.ask_for(job=sample_jobs.WEEKLY, night=FRIDAY)


# --- the pages -----------------------------------------------------------------------------------------------------


def test_operations_see_each_job_its_last_night_and_what_is_next(time_machine, ops: User, signed_in: SignIn):
    tick_at(time_machine, at(17, day=THURSDAY))
    tick_at(time_machine, at(23, day=THURSDAY))
    page = signed_in(ops).get(reverse("admin:vipdesk_jobs")).content.decode()
    assert "1 night missed or failed" in page
    assert "No worker took it up before Thu 19 Nov 20:00." in page
    assert "Fri 20 Nov 18:00" in page
    home = signed_in(ops).get("/admin/").content.decode()
    assert reverse("admin:vipdesk_jobs") in home and PAGE in home


def test_operations_run_a_job_once_and_its_page_says_what_it_did(
    time_machine, ops: User, signed_in: SignIn, queued, django_capture_on_commit_callbacks, called
):
    tick_at(time_machine, at(15))
    client = signed_in(ops)
    assert "comes up Fri 20 Nov 18:00" in client.get(PAGE).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(PAGE, {"night": "2026-11-20"}, follow=True)
    assert "runs now, for Fri 20 Nov" in answer.content.decode()
    assert queued == [ScheduleRun.objects.get().pk]
    assert LogEntry.objects.get().user == ops
    tasks.run_job(queued[0])
    page = client.get(PAGE).content.decode()
    assert "rows: 1" in page and 'name="night"' not in page
    with django_capture_on_commit_callbacks(execute=True):
        again = client.post(PAGE, {"night": "2026-11-20"}, follow=True)
    assert "Nothing is done twice" in again.content.decode()
    assert (len(queued), called) == (1, [FRIDAY])


def test_job_that_asks_first_runs_only_when_told_that_one_is_sure(
    time_machine, settings, ops: User, signed_in: SignIn, queued, django_capture_on_commit_callbacks
):
    use(settings, "ASKING")
    page = PAGE.replace("evening", "asking")
    tick_at(time_machine, at(15))
    client = signed_in(ops)
    refused = client.post(page, {"night": "2026-11-20"})
    assert (refused.status_code, states()) == (422, [])
    assert "Everybody is told." in refused.content.decode()
    assert "Everybody is told." in client.get(page + "?night=2026-11-20").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page, {"night": "2026-11-20", "sure": "on"})
    assert len(queued) == 1


@pytest.mark.parametrize("night", ["", "tomorrow", "2026-13-01", "0001-01-01", "9999-12-31", "2026-11-21"])
def test_what_is_no_night_of_the_job_runs_nothing(time_machine, ops: User, signed_in: SignIn, night):
    tick_at(time_machine, at(15))
    assert signed_in(ops).post(PAGE, {"night": night}).status_code in (302, 422)
    assert signed_in(ops).get(PAGE, {"night": night}).status_code == 200
    assert states() == []


def test_managers_and_after_sales_neither_see_nor_run_jobs(mgr1: User, desk_user: User, signed_in: SignIn):
    for user in (mgr1, desk_user):
        assert signed_in(user).get(PAGE).status_code in (302, 403)
        assert signed_in(user).post(PAGE, {"night": "2026-11-20"}).status_code in (302, 403)
    assert states() == []


def test_unknown_job_is_not_found(ops: User, signed_in: SignIn):
    assert signed_in(ops).get(PAGE.replace("evening", "nothing")).status_code == 404


def test_every_job_and_sweep_of_the_desk_says_what_it_does(settings: Any):
    from vipdesk import settings as desk

    settings.JOBS, settings.SWEEPS = desk.JOBS, desk.SWEEPS
    assert [job.name for job in jobs.registry().values() if not (job.title and job.does)] == []
    assert [one.does for one in sweeps.last() if one.does in desk.SWEEPS] == []


# --- the sweeps ----------------------------------------------------------------------------------------------------


def test_operations_see_when_a_sweep_came_and_that_one_broke(settings: Any, ops: User, signed_in: SignIn):
    settings.SWEEPS = ["vipdesk.tests.sample_jobs.sweep_well", "vipdesk.tests.sample_jobs.sweep_badly"]
    tasks.sweep("vipdesk.tests.sample_jobs.sweep_well")
    with pytest.raises(LookupError):
        tasks.sweep("vipdesk.tests.sample_jobs.sweep_badly")
    well, badly = sweeps.last()
    assert (well.does, well.error, well.at is None) == ("Sweeps.", "", False)
    assert badly.error == "LookupError"
    assert "LookupError" in signed_in(ops).get(reverse("admin:vipdesk_jobs")).content.decode()


def test_sweep_runs_and_the_page_opens_where_the_broker_is_away(settings: Any, ops: User, signed_in: SignIn):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    settings.SWEEPS = ["vipdesk.tests.sample_jobs.sweep_well"]
    tasks.sweep("vipdesk.tests.sample_jobs.sweep_well")
    assert sweeps.last()[0].at is None
    assert signed_in(ops).get(reverse("admin:vipdesk_jobs")).status_code == 200


def test_alert_of_a_missed_job_calls_it_by_its_title(time_machine, settings, db):
    use(settings, "ASKING")
    settings.ALERT_SOURCES = []
    tick_at(time_machine, at(17, 59))
    tick_at(time_machine, at(22))
    (alert,) = alerts.current()
    assert alert.text == "Telling everybody was missed on the night of 2026-11-20."
    assert alert.url == PAGE.replace("evening", "asking")
