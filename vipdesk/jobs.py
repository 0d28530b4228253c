"""What runs by the clock: the one-minute tick, one ScheduleRun per job and night, catch-up, and publishing to Celery.

Beat may fire twice, late or never, Redis may lose a task, a worker may die: the row decides. A run is claimed by a
conditional update that holds it until its lease ends; a later tick enqueues it again. So every job must be idempotent.
Moments of the venue's clock come from vipdesk.nights; a job of an app stands in settings.JOBS by its dotted name.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from vipdesk import nights

if TYPE_CHECKING:
    from celery import Task

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
LOOK_BACK = timedelta(days=31)  # a desk that stood still for longer does not catch up by itself
REQUEUE_AFTER = timedelta(minutes=5)  # a task not begun by then is taken for lost
BROKER_LEFT_FOR = 20.0  # seconds without another try after the broker was found away
REOPENED_FOR = timedelta(days=1)  # how long a run asked for by hand may be taken up again

Due = Callable[[date], datetime | None]


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something done once a night: `due` says when, within the night's own bounds, or None for never on that night.

    `catch_up` is how long after that it is still worth doing, or the moment when it no longer is. `run` may be called
    again for a night that it has done already, and returns a summary for the record.

    For operations: `title` and `does` say what it is, `words` what stands in its summary. Where `asks` is set, whoever
    runs it by hand is shown that first.
    """

    name: str
    due: Due
    catch_up: timedelta | Callable[[date], datetime]
    run: Callable[[date], Mapping[str, Any]]
    title: str | Promise = ""
    does: str | Promise = ""
    asks: str | Promise = ""
    words: Mapping[str, str | Promise] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.title or self.name)

    def deadline(self, night: date, due_at: datetime) -> datetime:
        return due_at + self.catch_up if isinstance(self.catch_up, timedelta) else self.catch_up(night)


def daily(clock: time, weekdays: Collection[int] = range(7)) -> Due:
    """Due when the venue's clock shows `clock` in a night whose evening is one of `weekdays` (Monday is 0)."""
    return lambda night: nights.moment_in(night, clock) if night.weekday() in weekdays else None


def title_of(name: str) -> str:
    """What a person calls the job; its name where the desk has no such job any more."""
    job = registry().get(name)
    return name if job is None else str(job)


def registry() -> dict[str, Job]:
    """Every job of the desk by its name, as settings.JOBS lists them."""
    found: list[Job] = [import_string(dotted) for dotted in settings.JOBS]
    return {job.name: job for job in found}


class Heartbeat(models.Model):
    """When the tick last came: one row, locked by each tick, so that any number of beats is harmless."""

    ticked_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="heartbeat_is_one_row")]

    def __str__(self) -> str:
        return self.ticked_at.isoformat()


class ScheduleRun(models.Model):
    """A job on a night: whether it ran, and what came of it."""

    class Status(models.TextChoices):
        DUE = "due", _("Due")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        MISSED = "missed", _("Missed")

    job = models.CharField(_("job"), max_length=60)
    night = models.DateField(_("night"))
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.DUE)
    due_at = models.DateTimeField(_("due at"))
    deadline = models.DateTimeField(_("not after"))
    # From when a worker may claim it: it is due, its back-off is over, or the lease of the worker that holds it ends.
    next_at = models.DateTimeField(_("next try"))
    enqueued_at = models.DateTimeField(_("queued at"), null=True)
    started_at = models.DateTimeField(_("begun at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    summary = models.JSONField(_("summary"), default=dict, encoder=DjangoJSONEncoder)
    error = models.TextField(_("error"), default="")

    class Meta:
        verbose_name = _("nightly job")
        verbose_name_plural = _("nightly jobs")
        constraints = [models.UniqueConstraint(fields=["job", "night"], name="one_run_of_a_job_a_night")]
        indexes = [
            models.Index(fields=["next_at"], name="schedulerun_open", condition=Q(status__in=["due", "running"]))
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.night}"


Status = ScheduleRun.Status
_OPEN = Q(status__in=[Status.DUE, Status.RUNNING])


def tick(now: datetime | None = None) -> list[int]:
    """Note what has become due since the last tick, give up what is too late, and return the runs to enqueue."""
    now = now or timezone.now()
    with transaction.atomic():
        since = _beat(now)
        _insert_due(since, now)
        _give_up(now)
        return _take_up(now)


def tick_age(now: datetime | None = None) -> timedelta | None:
    """How long ago the tick last came; None if it never did."""
    ticked_at = Heartbeat.objects.values_list("ticked_at", flat=True).first()
    return None if ticked_at is None else (now or timezone.now()) - ticked_at


def perform(run_id: int) -> None:
    """Run it now, unless it is done, given up or held by another worker. A job's error is logged and recorded."""
    run = _claim(run_id, timezone.now())
    if run is None:
        return
    with _Attempt(run) as attempt:
        attempt.summary = dict(registry()[run.job].run(run.night))


def run_missed(since: datetime | None = None, now: datetime | None = None) -> list[ScheduleRun]:
    """Run here, one after the other, every job that was due in [since, now] and has not been done, however late.

    Without `since`: what came due after the last tick, and what was missed or failed in the last 31 days.
    """
    now = now or timezone.now()
    with transaction.atomic():
        unseen = since - timedelta.resolution if since else now - (tick_age(now) or timedelta(0))
        _insert_due(unseen, now)
        due = ScheduleRun.objects.filter(due_at__gte=since or now - LOOK_BACK, due_at__lte=now)
        due.filter(status__in=[Status.MISSED, Status.FAILED]).update(status=Status.DUE, attempts=0, next_at=now)
        due.filter(status=Status.DUE).update(next_at=now)
        due.filter(_OPEN).update(deadline=now + REOPENED_FOR)
        wanted = list(due.filter(_OPEN, next_at__lte=now).order_by("due_at", "job").values_list("pk", flat=True))
    for run_id in wanted:
        perform(run_id)
    return list(ScheduleRun.objects.filter(pk__in=wanted).order_by("due_at", "job"))


def enqueue(task: Task[..., Any], *ids: int | str) -> None:
    """Publish a task once this transaction commits. A hint only: where the broker is down, a later sweep finds it."""
    transaction.on_commit(lambda: _BROKER.publish(task, ids))


@dataclass
class _Broker:
    """Publishes, or, where the broker did not take the last task, leaves it in peace for a while: a frozen one costs
    three seconds a try, and a person is waiting for the page."""

    away_until: float = 0.0

    def publish(self, task: Task[..., Any], ids: tuple[int | str, ...]) -> None:
        if monotonic() < self.away_until:
            return
        try:
            task.apply_async(args=ids)
        except OperationalError as error:
            self.away_until = monotonic() + BROKER_LEFT_FOR
            why = type(error.__cause__ or error).__name__
            logger.warning("%s was not enqueued, the broker is away: %s", task.name, why)


_BROKER = _Broker()


def _beat(now: datetime) -> datetime:
    """Set the heartbeat and return the moment up to which earlier ticks have looked."""
    heartbeat, is_first = Heartbeat.objects.select_for_update().get_or_create(pk=1, defaults={"ticked_at": now})
    since = heartbeat.ticked_at
    if not is_first:
        # To `now` even where that is earlier: a clock set back must not silence the desk until it catches up.
        Heartbeat.objects.filter(pk=1).update(ticked_at=now)
    return max(since, now - LOOK_BACK)


def _insert_due(since: datetime, now: datetime) -> None:
    runs = [new_run(job, night, at) for job in registry().values() for night, at in _due_between(job, since, now)]
    ScheduleRun.objects.bulk_create(runs, ignore_conflicts=True)


def _due_between(job: Job, since: datetime, now: datetime) -> Iterable[tuple[date, datetime]]:
    night, last = nights.night_of(since), nights.night_of(now)
    while night <= last:
        due_at = job.due(night)
        if due_at is not None and since < due_at <= now:
            yield night, due_at
        night += timedelta(days=1)


def new_run(job: Job, night: date, due_at: datetime) -> ScheduleRun:
    return ScheduleRun(job=job.name, night=night, due_at=due_at, next_at=due_at, deadline=job.deadline(night, due_at))


def _give_up(now: datetime) -> None:
    """Too late to begin is missed; begun, but too late or too often tried to begin again, is failed."""
    late = ScheduleRun.objects.filter(_OPEN, deadline__lt=now)
    late.filter(status=Status.DUE, attempts=0).update(status=Status.MISSED, finished_at=now)
    begun = ScheduleRun.objects.filter(_OPEN, attempts__gt=0, next_at__lte=now)
    hopeless = begun.filter(Q(deadline__lt=now) | Q(attempts__gte=MAX_ATTEMPTS))
    hopeless.filter(error="").update(error="The worker was lost.")
    hopeless.update(status=Status.FAILED, finished_at=now)


def _take_up(now: datetime) -> list[int]:
    """Runs that wait for a worker and of which no task is under way."""
    waiting = ScheduleRun.objects.filter(_OPEN, next_at__lte=now).filter(
        Q(enqueued_at=None) | Q(enqueued_at__lt=F("next_at")) | Q(enqueued_at__lte=now - REQUEUE_AFTER)
    )
    taken = list(waiting.order_by("due_at", "job").values_list("pk", flat=True))
    ScheduleRun.objects.filter(pk__in=taken).update(enqueued_at=now)
    return taken


def _claim(run_id: int, now: datetime) -> ScheduleRun | None:
    # The deadline again: the task may have waited long in the queue.
    free = ScheduleRun.objects.filter(_OPEN, pk=run_id, next_at__lte=now, deadline__gte=now, attempts__lt=MAX_ATTEMPTS)
    claimed = free.update(
        status=Status.RUNNING, next_at=now + settings.JOB_LEASE, started_at=now, attempts=F("attempts") + 1
    )
    return ScheduleRun.objects.get(pk=run_id) if claimed else None


@dataclass
class _Attempt:
    """The border behind which a job may raise what it likes: the error is logged and recorded, the worker goes on."""

    run: ScheduleRun
    summary: dict[str, Any] = field(default_factory=dict)

    def __enter__(self) -> _Attempt:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            self._record(status=Status.DONE, finished_at=timezone.now(), summary=self.summary, error="")
        elif isinstance(error, Exception):
            logger.error("Job %s failed", self.run, exc_info=error)
            self._record_failure(f"{type(error).__name__}: {error}")
        # A worker that is told to stop leaves the rest to its lease.
        return isinstance(error, Exception)

    def _record_failure(self, error: str) -> None:
        if self.run.attempts < MAX_ATTEMPTS:
            pause = timedelta(minutes=2**self.run.attempts)
            self._record(status=Status.DUE, next_at=timezone.now() + pause, error=error)
        else:
            self._record(status=Status.FAILED, finished_at=timezone.now(), error=error)

    def _record(self, **values: Any) -> None:
        mine = ScheduleRun.objects.filter(pk=self.run.pk, status=Status.RUNNING, attempts=self.run.attempts)
        if not mine.update(**values):
            logger.warning("Job %s ended after its lease: another worker has it", self.run)
