"""What operations are told about the machinery, on their home and by mail; and the nightly clean-up."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.utils import timezone

from vipdesk import alerts, housekeeping, jobs
from vipdesk.jobs import ScheduleRun
from vipdesk.outbox import OutboxMessage
from vipdesk.submissions import ConflictingSubmission, Submission, SubmissionConflict, receive, settle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ordinary_evening")]


def make_run(status: str, *, job: str = "evening", ago: timedelta = timedelta(hours=3)) -> ScheduleRun:
    due_at = datetime.now(UTC) - ago
    return ScheduleRun.objects.create(
        job=job, night=date(2026, 11, 20), status=status, due_at=due_at, deadline=due_at, next_at=due_at
    )


def keys() -> list[str]:
    return [alert.key for alert in alerts.current()]


def test_operations_see_nothing_when_all_is_well():
    jobs.tick()
    make_run("done")
    assert keys() == []


def test_operations_see_a_tick_that_does_not_come():
    assert keys() == ["tick"]
    jobs.tick(timezone.now() - timedelta(minutes=6))
    assert keys() == ["tick"]
    jobs.tick(timezone.now() - timedelta(minutes=4))
    assert keys() == []


def test_operations_see_missed_and_failed_jobs_of_the_last_week():
    jobs.tick()
    make_run("missed")
    make_run("failed", job="broken", ago=timedelta(hours=4))
    make_run("missed", job="older", ago=timedelta(days=8))
    assert keys() == ["missed:evening:2026-11-20", "failed:broken:2026-11-20"]
    assert "evening" in alerts.current()[0].text and "2026" in alerts.current()[0].text


def test_operations_see_messages_that_were_given_up():
    jobs.tick()
    OutboxMessage.objects.create(kind="webhook", target="http://127.0.0.1/", dedup_key="k", state="failed")
    assert [alert.text for alert in alerts.current()] == ["Messages that could not be sent: 1."]


def test_operations_see_conflicting_forms_until_somebody_settles_them(ops):
    jobs.tick()
    client_id = uuid.uuid4()
    receive(client_id=client_id, kind="capture", content={"name": "王"}, user=ops, work=dict)
    with pytest.raises(ConflictingSubmission):
        receive(client_id=client_id, kind="capture", content={"name": "李"}, user=ops, work=dict)
    assert keys() == ["conflicts"]
    assert settle(SubmissionConflict.objects.all(), by=ops) == 1
    assert settle(SubmissionConflict.objects.all(), by=ops) == 0
    assert keys() == []
    assert SubmissionConflict.objects.get().resolved_by == ops


def test_trouble_is_mailed_once_where_the_house_wants_it(settings: Any):
    jobs.tick()
    make_run("missed")
    alerts.sweep()
    assert OutboxMessage.objects.count() == 0
    settings.ALERT_EMAIL = "ops@example.com"
    alerts.sweep()
    alerts.sweep()
    message = OutboxMessage.objects.get()
    assert (message.target, message.kind) == ("ops@example.com", "email")
    assert "evening" in message.subject


def test_clean_up_takes_what_is_old_and_leaves_the_rest():
    now = timezone.now()
    for days in (31, 29):
        OutboxMessage.objects.create(
            kind="email", target="a@b.example", dedup_key=f"sent {days}", state="sent", sent_at=now - timedelta(days)
        )
        OutboxMessage.objects.create(kind="email", target="a@b.example", dedup_key=f"failed {days}", state="failed")
    for days in (91, 1):
        attempt = AccessAttempt.objects.create(username=f"u{days}", ip_address="10.0.0.1", failures_since_start=1)
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=now - timedelta(days))
        Session.objects.create(session_key=f"s{days}", expire_date=now + timedelta(days=2 - days))
    Submission.objects.create(client_id="6f1c2f0e-5d9e-4c55-8c4b-0f2b1a3c4d5e", received_at=now - timedelta(days=4000))
    assert housekeeping.clean_up(date(2026, 11, 20)) == {"logins": 1, "messages": 1}
    assert housekeeping.clean_up(date(2026, 11, 20)) == {"logins": 0, "messages": 0}
    assert set(OutboxMessage.objects.values_list("dedup_key", flat=True)) == {"sent 29", "failed 31", "failed 29"}
    assert AccessAttempt.objects.get().username == "u1"
    assert Session.objects.get().session_key == "s1"
    assert Submission.objects.count() == 1


def test_clean_up_is_one_of_the_desks_jobs():
    job = jobs.registry()["housekeeping"]
    due_at = job.due(date(2026, 11, 20))
    assert due_at is not None and jobs.nights.night_of(due_at) == date(2026, 11, 20)


def test_every_job_is_due_within_its_own_night_and_has_its_own_name(settings: Any):
    assert len(jobs.registry()) == len(settings.JOBS)
    for job in jobs.registry().values():
        for night in jobs.nights.month_nights("2026-11"):
            due_at = job.due(night)
            assert due_at is None or jobs.nights.night_of(due_at) == night
            assert due_at is None or job.deadline(night, due_at) > due_at
