"""E-mails to staff and webhooks to the house's other machines: written in the caller's transaction, sent after it.

Sending is at least once. A message is claimed and committed before its call; where a worker dies in the call, the lease
ends and it is sent again under the same identity, by which the receiver can tell: the `Idempotency-Key` header of a
webhook, the `Message-ID` of an e-mail. Texts to guests do not go through here (they must not be repeated at all).
Logs and `last_error` name the kind of error only: addresses and contents are personal, webhook addresses may be secret.
"""

from __future__ import annotations

import http.client
import json
import logging
import math
import random
import smtplib
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import IO, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import validate_email
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vipdesk import jobs, robots, sweeps

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8  # the last about five hours after the first
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=4)
TIMEOUT_SECONDS = 10
BATCH = 50  # messages that one task sends at most, so that it ends within its time even where every one hangs
DELIVERY_ERRORS = (OSError, http.client.HTTPException, smtplib.SMTPException, ValueError)


class OutboxMessage(models.Model):
    """One e-mail or webhook, and how far it has come."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        WEBHOOK = "webhook", _("Webhook")

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    target = models.CharField(_("to"), max_length=500)
    subject = models.CharField(_("subject"), max_length=200, blank=True, default="")
    body = models.TextField(blank=True, default="")
    payload = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    dedup_key = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(_("written at"), default=timezone.now)
    # From when a sender may claim it: now, after its pause, or when the lease of the sender that holds it ends.
    next_attempt_at = models.DateTimeField(_("next try"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("message to send")
        verbose_name_plural = _("messages to send")
        indexes = [
            models.Index(fields=["next_attempt_at"], name="outbox_open", condition=Q(state__in=["queued", "sending"]))
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


Kind, State = OutboxMessage.Kind, OutboxMessage.State


def put_email(*, to: str, subject: str, body: str, dedup_key: str) -> None:
    """Leave an e-mail to be sent once the caller's transaction commits; the same `dedup_key` again is left out."""
    validate_email(to)
    # One line, whatever a name in it holds: a line break in a header would be an injection.
    subject = " ".join(subject.split())[:200]
    _put(OutboxMessage(kind=Kind.EMAIL, target=to, subject=subject, body=body, dedup_key=dedup_key))


def put_webhook(*, url: str, payload: Mapping[str, Any], dedup_key: str) -> None:
    """Leave a JSON document to be posted after the caller's commit; the same `dedup_key` again is left out."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("A webhook goes to an http or https address.")
    _put(OutboxMessage(kind=Kind.WEBHOOK, target=url, payload=dict(payload), dedup_key=dedup_key))


def send_due(now: datetime | None = None) -> int:
    """Send what is due, one message after the other, and return how many were tried. Any number may run at once."""
    for tried in range(BATCH):
        message = _claim(now or timezone.now())
        if message is None:
            return tried
        _deliver(message)
    return BATCH


def send_again(messages: models.QuerySet[OutboxMessage]) -> int:
    """Queue failed messages anew, with all their attempts before them."""
    failed = messages.filter(state=State.FAILED)
    return failed.update(state=State.QUEUED, attempts=0, next_attempt_at=timezone.now(), last_error="")


@sweeps.sweep(_("Sends the e-mails and notices that wait."))
def sweep() -> None:
    """Every minute: send what is due, whether or not a task was enqueued for it."""
    send_due()


def _put(message: OutboxMessage) -> None:
    from vipdesk import tasks  # tasks imports this module

    OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)
    jobs.enqueue(tasks.send_outbox)


def _claim(now: datetime) -> OutboxMessage | None:
    """Take the message that has waited longest, and commit that before anything is sent."""
    with transaction.atomic():
        waiting = OutboxMessage.objects.filter(state__in=[State.QUEUED, State.SENDING], next_attempt_at__lte=now)
        message = waiting.select_for_update(skip_locked=True).order_by("next_attempt_at").first()
        if message is None:
            return None
        if message.attempts >= MAX_ATTEMPTS:  # its last sender died in the call
            message.state, message.last_error = State.FAILED, "WorkerLost"
        else:
            message.state, message.attempts = State.SENDING, message.attempts + 1
            message.next_attempt_at = now + settings.JOB_LEASE
        message.save(update_fields=["state", "attempts", "next_attempt_at", "last_error"])
    return message


def _deliver(message: OutboxMessage) -> None:
    if message.state != State.SENDING:
        return
    try:
        _send_email(message) if message.kind == Kind.EMAIL else _post_webhook(message)
    except DELIVERY_ERRORS as error:
        _record_failure(message, _name_of(error))
    else:
        _record(message, state=State.SENT, sent_at=timezone.now(), last_error="")


def _record_failure(message: OutboxMessage, error: str) -> None:
    is_last = message.attempts >= MAX_ATTEMPTS
    logger.log(
        logging.ERROR if is_last else logging.WARNING,
        "Outbox message %s was not sent, attempt %s of %s: %s",
        message.pk,
        message.attempts,
        MAX_ATTEMPTS,
        error,
    )
    state = State.FAILED if is_last else State.QUEUED
    _record(message, state=state, next_attempt_at=timezone.now() + pause(message.attempts), last_error=error)


def pause(attempts: int) -> timedelta:
    """Doubling from half a minute up to four hours, and spread by half: a receiver that comes back is not stormed."""
    spread: float = random.uniform(0.5, 1.5)  # noqa: S311  (no secret)
    doubled = FIRST_PAUSE * math.ldexp(1, attempts - 1)
    return min(doubled, LONGEST_PAUSE) * spread


def _record(message: OutboxMessage, **values: Any) -> None:
    """Only where this attempt still holds the message: after its lease another sender may have taken it."""
    OutboxMessage.objects.filter(pk=message.pk, state=State.SENDING, attempts=message.attempts).update(**values)


def _name_of(error: BaseException) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}"
    reason = getattr(error, "reason", None)
    return type(reason if isinstance(reason, BaseException) else error).__name__


def _identity(message: OutboxMessage) -> str:
    return f"{message.pk}.{message.created_at:%Y%m%dT%H%M%S%f}"


def _send_email(message: OutboxMessage) -> None:
    host = urlsplit(settings.SITE_URL).hostname
    headers = {"Message-ID": f"<outbox.{_identity(message)}@{host}>"}
    EmailMessage(message.subject, message.body, to=[message.target], headers=headers).send()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would arrive as a GET without its document: it counts as a failure instead."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        return None


def _post_webhook(message: OutboxMessage) -> None:
    request = urllib.request.Request(  # noqa: S310  (put_webhook takes http and https only)
        robots.signed(message.target, timezone.now()),
        data=json.dumps(message.payload, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json", "Idempotency-Key": _identity(message)},
        method="POST",
    )
    # Any 2xx returns, anything else raises; the answer's body is of no interest and not read, but for robots', which
    # say in it alone that they refuse.
    with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT_SECONDS) as answer:
        if robots.is_robot(message.target):
            robots.check(answer.read(robots.ANSWER))
