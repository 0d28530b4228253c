"""What operations see of the machinery: each job in words, its last nights, what was missed and why, what is next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from vipdesk import jobs, nights, run_now
from vipdesk.jobs import Job, ScheduleRun, Status
from vipdesk.templatetags.nights import moment

LOOK_AHEAD = 31  # nights; a job that is not due in these is not said to be due
RECENT = timedelta(days=7)
BAD = (Status.MISSED, Status.FAILED)


@dataclass(frozen=True)
class Line:
    """A night of a job: its run, or, for tonight's that is not due yet, what the run would be."""

    run: ScheduleRun
    did: str
    why: str  # it was missed or failed, or goes on being tried
    may_run: bool

    @property
    def seconds(self) -> float | None:
        """How long the last try took; None while it runs, and where there was none."""
        begun, ended = self.run.started_at, self.run.finished_at
        return None if begun is None or ended is None else (ended - begun).total_seconds()

    @property
    def is_bad(self) -> bool:
        return self.run.status in BAD


@dataclass(frozen=True)
class Standing:
    """A job as it stands: its last night, when it is due next, and what went wrong in the last week."""

    job: Job
    last: Line | None
    next_due: datetime | None
    bad: int


def standings(now: datetime) -> list[Standing]:
    """Every job of the desk, those with something wrong first."""
    known = jobs.registry().values()
    runs = ScheduleRun.objects.filter(job__in=[job.name for job in known])
    last = {run.job: run for run in runs.order_by("job", "-night").distinct("job")}
    is_bad = Q(status__in=BAD, due_at__gt=now - RECENT)
    bad = dict(runs.filter(is_bad).order_by("job").values_list("job").annotate(count=Count("pk")))
    found = [
        Standing(job, _line(job, last.get(job.name), now), next_due(job, now), bad.get(job.name, 0)) for job in known
    ]
    return sorted(found, key=lambda one: not one.bad)


def lines(job: Job, now: datetime) -> list[Line]:
    """The nights of the last month, the newest first; tonight's too where it is due later."""
    runs = ScheduleRun.objects.filter(job=job.name, due_at__gt=now - jobs.LOOK_BACK).order_by("-night")
    return [_made_line(job, run, now) for run in [*_tonight(job, now, runs), *runs]]


def next_due(job: Job, now: datetime) -> datetime | None:
    """When it comes up next by itself."""
    tonight = nights.tonight(now)
    moments = (job.due(tonight + timedelta(days=n)) for n in range(LOOK_AHEAD + 1))
    return next((at for at in moments if at is not None and at > now), None)


def _tonight(job: Job, now: datetime, runs: Iterable[ScheduleRun]) -> list[ScheduleRun]:
    night: date = nights.tonight(now)
    due_at = None if any(run.night == night for run in runs) else job.due(night)
    return [] if due_at is None else [jobs.new_run(job, night, due_at)]


def _line(job: Job, run: ScheduleRun | None, now: datetime) -> Line | None:
    return None if run is None else _made_line(job, run, now)


def _made_line(job: Job, run: ScheduleRun, now: datetime) -> Line:
    return Line(run, _did(job, run.summary), _why(run), not run_now.why_not(run, now))


def _did(job: Job, summary: dict[str, Any]) -> str:
    """ "to call: 120 · left for the next list: 4"; what has no words keeps its name."""
    said = ((job.words.get(key, key), _("none") if value is None else value) for key, value in summary.items())
    return " · ".join(_("%(what)s: %(value)s") % {"what": word, "value": value} for word, value in said)


def _why(run: ScheduleRun) -> str:
    if run.status == Status.MISSED:
        return _("No worker took it up before %(at)s.") % {"at": moment(run.deadline)}
    if run.error and run.status == Status.FAILED:
        return _("Given up after %(tries)d tries: %(error)s") % {"tries": run.attempts, "error": run.error}
    if run.error:
        return _("Tried %(tries)d times, tried again %(at)s: %(error)s") % {
            "tries": run.attempts,
            "at": moment(run.next_at),
            "error": run.error,
        }
    return ""
