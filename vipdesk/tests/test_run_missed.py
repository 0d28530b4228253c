"""Catching up by hand: jobs.run_missed and its command."""

from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from vipdesk import jobs
from vipdesk.tests import sample_jobs
from vipdesk.tests.test_jobs import FRIDAY, at, claim, states, tick_at, use

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]


@pytest.fixture(autouse=True)
def called(settings: Any) -> list[date]:
    use(settings, "EVENING")
    sample_jobs.CALLED.clear()
    return sample_jobs.CALLED


def test_operator_runs_what_was_missed_since_a_night(time_machine, called):
    time_machine.move_to(at(23), tick=False)
    ran = jobs.run_missed(since=at(12, day=date(2026, 11, 17)))
    assert called == [date(2026, 11, day) for day in (17, 18, 19, 20)]
    assert {run.status for run in ran} == {"done"}
    assert jobs.run_missed(since=at(12, day=date(2026, 11, 17))) == []


def test_operator_runs_what_was_due_at_that_very_moment(time_machine, called):
    time_machine.move_to(at(23), tick=False)
    jobs.run_missed(since=at(18))
    assert called == [FRIDAY]


def test_operator_without_since_runs_what_was_missed_or_failed_or_came_after_the_last_tick(time_machine, called):
    tick_at(time_machine, at(17, day=date(2026, 11, 18)))
    tick_at(time_machine, at(23, day=date(2026, 11, 19)))
    assert {status for *_, status in states()} == {"missed"}
    time_machine.move_to(at(23), tick=False)
    jobs.run_missed()
    assert called == [date(2026, 11, day) for day in (18, 19, 20)]


def test_operator_on_a_desk_that_never_ticked_runs_nothing_of_the_past(time_machine, called):
    time_machine.move_to(at(23), tick=False)
    assert jobs.run_missed() == []
    assert called == []


def test_operator_does_not_take_a_run_from_a_live_worker(time_machine, called):
    tick_at(time_machine, at(17, 59))
    (run_id,) = tick_at(time_machine, at(18))
    claim(run_id)
    assert jobs.run_missed(since=at(12)) == []
    assert states() == [("evening", FRIDAY, "running")]


def test_run_missed_command_prints_what_it_did(time_machine, capsys):
    time_machine.move_to(at(23), tick=False)
    call_command("run_missed", "--since", "2026-11-19")
    assert capsys.readouterr().out.splitlines() == ["evening 2026-11-19 done", "evening 2026-11-20 done"]
    call_command("run_missed", "--format", "json", "--since", "2026-11-18T17:00")
    assert '"night": "2026-11-18"' in capsys.readouterr().out


def test_run_missed_command_fails_when_a_job_does(time_machine, settings):
    use(settings, "BROKEN", "EVENING")
    time_machine.move_to(at(23), tick=False)
    with pytest.raises(CommandError, match="broken 2026-11-20"):
        call_command("run_missed", "--since", "2026-11-20")
    assert ("evening", FRIDAY, "done") in states()


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01", ""])
def test_run_missed_command_refuses_what_is_no_moment(since):
    with pytest.raises(CommandError):
        call_command("run_missed", "--since", since)
