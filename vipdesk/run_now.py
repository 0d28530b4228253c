"""A job run before its time, or once more, on a person's word: by the same row, so that nothing is done twice."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from vipdesk import jobs, nights
from vipdesk.jobs import Job, ScheduleRun, Status
from vipdesk.templatetags.nights import clock, moment


class CannotRun(Exception):
    """Nothing is to be run; one line for a person that says why."""


@transaction.atomic
def ask_for(*, job: Job, night: date, now: datetime | None = None) -> ScheduleRun:
    """The night's run, waiting for a worker from this moment on; the caller enqueues it. Whoever asks twice gets the
    same row, which one worker claims. Raises CannotRun: done, running, never due on that night, or too late for it."""
    now = now or timezone.now()
    due_at = job.due(night) if nights.tonight(now - jobs.LOOK_BACK) < night <= nights.tonight(now) else None
    if due_at is None:
        raise CannotRun(_("It has nothing to do for that night."))
    ScheduleRun.objects.bulk_create([jobs.new_run(job, night, due_at)], ignore_conflicts=True)
    run: ScheduleRun = ScheduleRun.objects.select_for_update().get(job=job.name, night=night)
    if why := why_not(run, now):
        raise CannotRun(why)
    run.status, run.attempts, run.error = Status.DUE, 0, ""
    run.next_at = run.enqueued_at = now
    run.save(update_fields=["status", "attempts", "error", "next_at", "enqueued_at"])
    return run


def why_not(run: ScheduleRun, now: datetime) -> str:
    """Why nobody can run it now; empty where one can."""
    if run.status == Status.DONE:
        return _("That was done, %(at)s. Nothing is done twice.") % {"at": moment(run.finished_at)}
    if run.status == Status.RUNNING and run.next_at > now:
        return _("It is running, since %(at)s.") % {"at": clock(run.started_at)}
    if run.deadline < now:
        said = _("That was worth doing until %(at)s. Should it be needed all the same: run_missed --since %(night)s.")
        return said % {"at": moment(run.deadline), "night": run.night}
    return ""
