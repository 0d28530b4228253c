"""What operations must know about the machinery: no tick comes, a job was missed or failed, a message is stuck.

Shown on operations' home; mailed once each to settings.ALERT_EMAIL where one is set. What the apps have to say comes
from settings.ALERT_SOURCES.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vipdesk import jobs, outbox, sweeps
from vipdesk.outbox import OutboxMessage
from vipdesk.submissions import SubmissionConflict

TICK_LATE = timedelta(minutes=5)
SHOWN_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Alert:
    """`key` is the same for as long as it is the same trouble; `url` is where one looks into it. `is_mailed`: to
    ALERT_EMAIL, once per key; False where its source tells those whom it concerns by itself."""

    key: str
    text: str
    url: str = ""
    is_mailed: bool = True


def current(now: datetime | None = None) -> list[Alert]:
    """Everything that is wrong now, worst first."""
    now = now or timezone.now()
    return [*_tick(now), *_runs(now), *_of_the_apps(), *_left_over()]


def is_tick_late(now: datetime | None = None) -> bool:
    """Whether the tick has not come for five minutes, or never came."""
    age = jobs.tick_age(now)
    return age is None or age > TICK_LATE


@sweeps.sweep(gettext_lazy("Mails what is new among the alerts of the machinery."))
def sweep() -> None:
    """Mail what is new; a message that cannot be sent is not mailed about."""
    if not settings.ALERT_EMAIL:
        return
    for alert in filter(lambda alert: alert.is_mailed, [*_runs(timezone.now()), *_of_the_apps()]):
        outbox.put_email(to=settings.ALERT_EMAIL, subject=alert.text, body=alert.text, dedup_key=alert.key)


def _tick(now: datetime) -> Iterator[Alert]:
    if is_tick_late(now):
        text = _("The clock of the desk stands still: nothing planned is being done. Look at the worker and beat.")
        yield Alert("tick", text)


def _runs(now: datetime) -> Iterator[Alert]:
    bad = jobs.ScheduleRun.objects.filter(status__in=["missed", "failed"], due_at__gt=now - SHOWN_FOR)
    for run in bad.order_by("-due_at", "job"):
        says = {
            "missed": _("%(job)s was missed on the night of %(night)s."),
            "failed": _("%(job)s failed on the night of %(night)s."),
        }[run.status]
        said = says % {"job": jobs.title_of(run.job), "night": run.night}
        yield Alert(f"{run.status}:{run.job}:{run.night}", said, reverse("admin:vipdesk_job", args=[run.job]))


def _of_the_apps() -> Iterator[Alert]:
    for dotted in settings.ALERT_SOURCES:
        yield from import_string(dotted)()


def _left_over() -> Iterator[Alert]:
    """Forms and messages that wait for somebody; one statement."""
    forms = SubmissionConflict.objects.filter(resolved_at=None).order_by()
    messages = OutboxMessage.objects.filter(state=OutboxMessage.State.FAILED).order_by()
    asked = {"conflicts": forms, "outbox": messages}
    first, second = (rows.values(what=Value(what)).annotate(n=Count("pk")) for what, rows in asked.items())
    says = {
        "conflicts": _("Forms that came twice with different content: %(count)s."),
        "outbox": _("Messages that could not be sent: %(count)s."),
    }
    found = {row["what"]: row["n"] for row in first.union(second, all=True)}
    for what, text in says.items():
        if found.get(what):
            yield Alert(what, text % {"count": found[what]})
