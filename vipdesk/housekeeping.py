"""The nightly clean-up of what nobody needs any more. Submissions and history are never cleaned up."""

from __future__ import annotations

from datetime import date, time, timedelta

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vipdesk.jobs import Job, daily
from vipdesk.outbox import OutboxMessage

LOGINS_KEPT_FOR = timedelta(days=90)
MESSAGES_KEPT_FOR = timedelta(days=30)


def clean_up(night: date) -> dict[str, int]:
    """Delete what is too old by now; the night does not matter, so any run catches up for all earlier ones."""
    call_command("clearsessions")
    logins, messages = timezone.now() - LOGINS_KEPT_FOR, timezone.now() - MESSAGES_KEPT_FOR
    sent = OutboxMessage.objects.filter(state=OutboxMessage.State.SENT, sent_at__lt=messages)
    old = [model.objects.filter(attempt_time__lt=logins) for model in (AccessAttempt, AccessFailureLog, AccessLog)]
    return {"logins": sum(queryset.delete()[0] for queryset in old), "messages": sent.delete()[0]}


HOUSEKEEPING = Job(
    name="housekeeping",
    due=daily(time(5)),
    catch_up=timedelta(hours=20),
    run=clean_up,
    title=_("Tidying up"),
    does=_("Deletes old sessions, notes of signing in and sent e-mails."),
    words={"logins": _("notes of signing in"), "messages": _("sent e-mails")},
)
