"""What became of a try: the provider's answer, its receipts, its query, a person's decision. States only advance, and
nothing here ever causes a sending but a person's word that the guest did not get it.
"""

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from outreach import gateways, sms_sql
from outreach.gateways import Outgoing, Receipt, Said, Verdict
from outreach.models import SmsAttempt, SmsBatch, SmsMessage, SmsReceipt
from outreach.sms_choices import LIVE, AttemptState, BatchState, MessageState
from vipdesk import nights

logger = logging.getLogger(__name__)

QUERIES = 200  # a sweep's share, so that it ends within its time
_OPEN = (AttemptState.SENDING, AttemptState.UNKNOWN)
_OPEN_MESSAGE = (MessageState.SENDING, MessageState.UNKNOWN, MessageState.MANUAL)
# A person said that it was not sent; should the provider know better before another try is made, it is right.
_LATE = (AttemptState.UNSENT,)
_LATE_MESSAGE = (MessageState.QUEUED, MessageState.EXPIRED)

# What is said of a try -> (its new state, from which, the message's new state, from which).
_MOVES: dict[Said, tuple[str, tuple[str, ...], str, tuple[str, ...]]] = {
    Said.ACCEPTED: (
        AttemptState.ACCEPTED,
        (*_OPEN, *_LATE),
        MessageState.ACCEPTED,
        (*_OPEN_MESSAGE, *_LATE_MESSAGE),
    ),
    Said.DELIVERED: (
        AttemptState.DELIVERED,
        (*_OPEN, *_LATE, AttemptState.ACCEPTED),
        MessageState.DELIVERED,
        (*_OPEN_MESSAGE, *_LATE_MESSAGE, MessageState.ACCEPTED),
    ),
    Said.FAILED: (
        AttemptState.FAILED,
        (*_OPEN, AttemptState.ACCEPTED),
        MessageState.FAILED,
        (*_OPEN_MESSAGE, MessageState.ACCEPTED),
    ),
    Said.UNKNOWN: (AttemptState.UNKNOWN, (AttemptState.SENDING,), MessageState.UNKNOWN, (MessageState.SENDING,)),
    Said.BUSY: (AttemptState.UNSENT, _OPEN, MessageState.QUEUED, _OPEN_MESSAGE),
    Said.AWAY: (AttemptState.UNSENT, _OPEN, MessageState.QUEUED, _OPEN_MESSAGE),
    Said.CLOSED: (AttemptState.UNSENT, _OPEN, MessageState.QUEUED, _OPEN_MESSAGE),
}


def advance(attempt: UUID, verdict: Verdict) -> bool:
    """Put down what was said of a try, on it and on its message at once. Whether that was news."""
    return bool(_advance(verdict.said, [(attempt, verdict)]))


def advance_all(told: Iterable[tuple[UUID, Verdict]]) -> None:
    """Put down what was said of several tries, in one statement for each kind of answer."""
    by_kind: dict[Said, list[tuple[UUID, Verdict]]] = {}
    for attempt, verdict in told:
        by_kind.setdefault(verdict.said, []).append((attempt, verdict))
    for said, verdicts in by_kind.items():
        _advance(said, verdicts)


def _advance(said: Said, told: list[tuple[UUID, Verdict]]) -> int:
    attempt_to, attempt_from, message_to, message_from = _MOVES[said]
    facts: dict[str, Any] = {
        "attempts": [attempt for attempt, _verdict in told],
        "answers": [verdict.code[:60] for _attempt, verdict in told],
        "provider_ids": [verdict.provider_id[:64] for _attempt, verdict in told],
        "attempt_to": attempt_to,
        "attempt_from": list(attempt_from),
        "message_to": message_to,
        "message_from": list(message_from),
        "live": list(LIVE),
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(sms_sql.ADVANCE, facts)
        return int(cursor.rowcount)


@transaction.atomic
def take_receipt(*, attempt: UUID, receipt: Receipt) -> bool:
    """A provider's word on a try of ours; the same again changes nothing. False where we made no such try."""
    if not SmsAttempt.objects.filter(pk=attempt).exists():
        return False
    kept = SmsReceipt(attempt_id=attempt, code=receipt.code)
    SmsReceipt.objects.bulk_create([kept], ignore_conflicts=True)
    if receipt.said is not None:
        advance(attempt, Verdict(receipt.said, code=f"receipt {receipt.code}"))
    return True


def recover(now: dt.datetime | None = None) -> int:
    """Take what dead senders held: in a call is unknown, only held is queued again. How many."""
    with connection.cursor() as cursor:
        cursor.execute(sms_sql.RECOVER, {"now": now or timezone.now()})
        return int(cursor.rowcount)


def expire(now: dt.datetime | None = None) -> int:
    """What is too late, or was stopped, is not sent any more; nor is a batch that nobody approved on its night. How
    many messages."""
    now = now or timezone.now()
    SmsBatch.objects.filter(state=BatchState.WAITING, night__lt=nights.night_of(now)).update(state=BatchState.EXPIRED)
    with connection.cursor() as cursor:
        cursor.execute(sms_sql.EXPIRE, {"now": now})
        return int(cursor.rowcount)


def reconcile(now: dt.datetime | None = None) -> int:
    """Ask the provider about what is unknown for a quarter of an hour, or hand it to a person where it cannot be asked.
    How many were looked at."""
    since = (now or timezone.now()) - dt.timedelta(seconds=settings.SMS_QUERY_AFTER)
    waiting = SmsAttempt.objects.filter(
        state=AttemptState.UNKNOWN, message__state=MessageState.UNKNOWN, updated_at__lte=since
    )
    found = list(waiting.select_related("message__batch").order_by("updated_at")[:QUERIES])
    for attempt in found:
        _look_into(attempt)
    return len(found)


def _look_into(attempt: SmsAttempt) -> None:
    gateway = gateways.named(attempt.gateway)
    if gateway.can_query and attempt.number:
        verdict = gateway.query(_outgoing(attempt), attempt.started_at)
        if verdict.said in (Said.ACCEPTED, Said.DELIVERED, Said.FAILED):
            advance(attempt.pk, verdict)
            return
        if verdict.said in (Said.BUSY, Said.AWAY, Said.CLOSED):
            return  # the next sweep asks again
    _open_questions(attempt.message_id, MessageState.UNKNOWN).update(
        state=MessageState.MANUAL, updated_at=timezone.now()
    )


def _outgoing(attempt: SmsAttempt) -> Outgoing:
    return Outgoing(out_id=attempt.pk, number=attempt.number, text=attempt.message.batch.text_zh)


# --- a person decides ----------------------------------------------------------------------------------------------


def decide(*, messages: Any, word: str) -> int:
    """A person knows what became of these: `sent`, `lost` (not sent, leave it) or `again` (not sent, try once more).
    How many were still open."""
    said = {"sent": Verdict(Said.ACCEPTED, "decided"), "lost": Verdict(Said.FAILED, "decided")}
    said["again"] = Verdict(Said.BUSY, "decided")
    open_ones = SmsAttempt.objects.filter(
        message__in=messages, state=AttemptState.UNKNOWN, message__state__in=[MessageState.UNKNOWN, MessageState.MANUAL]
    )
    return sum(advance(pk, said[word]) for pk in open_ones.values_list("pk", flat=True))


def _open_questions(message: int, state: str) -> Any:
    return SmsMessage.objects.filter(pk=message, state=state)


def open_questions() -> Any:
    """Messages of which nobody knows whether they were sent, the oldest first."""
    found = SmsMessage.objects.filter(state__in=[MessageState.UNKNOWN, MessageState.MANUAL])
    return found.select_related("batch__campaign", "customer").order_by("updated_at", "pk")


def sendable(now: dt.datetime) -> Any:
    """Batches that may be sent, whether or not anything of them still waits."""
    running = SmsBatch.objects.filter(state="sending")
    return running.exclude(expires_at__lte=now).order_by("night", "pk")
