"""Sending text messages (promises.md, "No message twice, none silently lost").

A sender claims a handful under a lease, judges each anew, and keeps SMS_IN_FLIGHT calls under way: for each it locks
the message and its guest, writes the try, commits, calls the provider once, puts down the answer. A kill leaves at
most the calls under way unknown; what was only held goes back to the queue when the lease ends. Any number of senders
may run at once. Runs outside any transaction of its caller.
"""

import datetime as dt
import logging
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from customers import forgetting
from outreach import gateways, rules, sms_planning, sms_quiet, sms_results, sms_sql, sms_text, sms_trouble
from outreach.choices import CallOutcome
from outreach.gateways import Outgoing, Said, Verdict
from outreach.models import SmsBatch, SmsMessage
from outreach.sms_choices import LIVE, MAY_HAVE, BatchState, MessageState, SkipReason
from outreach.sms_in_flight import InFlight

logger = logging.getLogger(__name__)

AWAY_AT_MOST = 3  # in a row; then nobody is there, and the next sweep tries again
CALLS_TAKE = 3  # times the timeout: connecting, sending, reading


@dataclass
class Tally:
    """What one run has done."""

    sent: dict[str, int] = field(default_factory=dict)
    is_away: bool = False  # nobody answers at the gateway, or it takes nothing
    refusal: str = ""  # the code with which it takes nothing
    is_told: bool = False  # to stop: after the message in hand

    def count(self, what: str, n: int = 1) -> None:
        self.sent[what] = self.sent.get(what, 0) + n


def is_quiet(now: dt.datetime | None = None) -> bool:
    return sms_quiet.is_quiet_now(rules.current(), now or timezone.now())


def send_all(*, until_done: bool = False, seconds: float = float("inf"), tally: Tally | None = None) -> Tally:
    """Send what may be sent. `until_done`: until nothing is queued or under a live lease any more; in quiet hours, and
    where nobody answers at the gateway, it returns at once."""
    tally, ends = tally or Tally(), time.monotonic() + seconds
    while time.monotonic() < ends and not (tally.is_told or is_quiet()):
        sms_results.recover()
        sms_results.expire()
        before = sum(tally.sent.values())
        for batch in waiting(timezone.now()):
            Sender(batch, tally).run(ends)
        if tally.is_away or not (until_done and is_unfinished()):
            break
        if sum(tally.sent.values()) == before:
            time.sleep(0.3)  # for others' leases and the provider's pause
    return tally


def waiting(now: dt.datetime) -> Any:
    """Batches of which something may be sent right now."""
    soon = now + dt.timedelta(seconds=sms_trouble.LONGEST)
    ready = sms_results.sendable(now).filter(Q(resume_at=None) | Q(resume_at__lte=soon))
    queued = SmsMessage.objects.filter(state=MessageState.QUEUED).values("batch")
    return list(ready.filter(pk__in=queued))


def is_unfinished() -> bool:
    """Whether anything that may be sent is queued, or held by a sender that may be alive."""
    running = sms_results.sendable(timezone.now()).values("pk")
    queued = Q(state=MessageState.QUEUED, batch__in=running)
    return SmsMessage.objects.filter(queued | Q(state=MessageState.SENDING)).exists()


class Sender:
    """One run over one batch."""

    def __init__(self, batch: SmsBatch, tally: Tally) -> None:
        self.batch, self.tally = batch, tally
        self.gateway = gateways.gateway()
        self.claim = uuid.uuid4()
        self.rules = rules.current()
        self.parts_en = sms_text.segments(batch.text_en)
        self.aways = 0
        self.rests_until: dt.datetime | None = None
        self.has_trouble = sms_trouble.is_on_record(batch)

    def run(self, ends: float) -> None:
        """Handful after handful, until nothing is queued, it must not go on, or its time is over."""
        with InFlight(self.gateway.send, settings.SMS_IN_FLIGHT) as calls:
            while self._may_go_on(ends) and not self._must_stop(ends):
                held = self._take()
                if not held:
                    return
                try:
                    self._send(self._judge(held), calls, ends)
                finally:
                    # Whatever ends this early, what was not tried goes back at once instead of at the lease's end.
                    self._run(sms_sql.RELEASE, messages=held)

    def _must_stop(self, ends: float) -> bool:
        is_over = time.monotonic() >= ends or self.tally.is_away or self.tally.is_told
        return is_over or sms_quiet.is_quiet_now(self.rules, timezone.now())

    def _may_go_on(self, ends: float) -> bool:
        """Read anew how the batch stands, and wait where some sender found the provider busy."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT state, resume_at FROM outreach_smsbatch WHERE id = %s", [self.batch.pk])
            state, self.rests_until = cursor.fetchone()
        return state == BatchState.SENDING and self._rest(ends)

    def _rest(self, ends: float) -> bool:
        """Leave a busy provider in peace. False where it wants to be for longer than this run would wait."""
        while self.rests_until and (left := (self.rests_until - timezone.now()).total_seconds()) > 0:
            if left > sms_trouble.LONGEST or time.monotonic() + left > ends or self._must_stop(ends):
                return False
            time.sleep(min(left, 0.2))
        self.rests_until = None
        return True

    def _take(self) -> list[int]:
        with connection.cursor() as cursor:
            now = timezone.now()
            facts = {"batch": self.batch.pk, "chunk": settings.SMS_CHUNK, "claim": self.claim, "now": now}
            cursor.execute(sms_sql.CLAIM, facts | {"lease_until": now + lease()})
            return sorted(pk for (pk,) in cursor.fetchall())

    def _judge(self, held: list[int]) -> list[tuple[int, str]]:
        """(message, number) of those who still may be written to; the others are left out with their reason."""
        with connection.cursor() as cursor:
            cursor.execute(sms_sql.JUDGE, self._facts(messages=held))
            rows = cursor.fetchall()
        blocked = forgetting.forgotten({number for _pk, number, reason in rows if number and not reason})
        judged = {
            pk: (number, SkipReason.OPTED_OUT if number in blocked and not reason else reason)
            for pk, number, reason in rows
        }
        self._leave_out({pk: reason for pk, (_number, reason) in judged.items() if reason})
        return [(pk, number) for pk, (number, reason) in judged.items() if not reason]

    def _leave_out(self, reasons: dict[int, str]) -> None:
        if reasons:
            count = self._run(sms_sql.LEAVE_OUT, messages=list(reasons), reasons=list(reasons.values()))
            self.tally.count(MessageState.SKIPPED, count)

    def _send(self, guests: list[tuple[int, str]], calls: InFlight, ends: float) -> None:
        """Keep as many calls under way as may be; what is answered is put down before the next are made."""
        waiting = list(guests)
        while waiting or calls:
            if self.rests_until or self._must_stop(ends):
                waiting = []
            tried, waiting = waiting[: calls.free], waiting[calls.free :]
            for message in self._try(tried):
                calls.start(message)
            if calls:
                self._tell(calls.answers())

    def _try(self, guests: list[tuple[int, str]]) -> list[Outgoing]:
        """Tries of these, committed before any call. Whoever has changed since they were judged, or is being changed by
        somebody else, goes back and is judged again."""
        if not guests:
            return []
        margin = dt.timedelta(seconds=CALLS_TAKE * settings.SMS_TIMEOUT)
        facts: dict[str, Any] = {
            "messages": [message for message, _number in guests],
            "numbers": [number for _message, number in guests],
            "attempts": [uuid.uuid4() for _guest in guests],
            "gateway": self.gateway.name,
        }
        numbers = dict(zip(facts["attempts"], facts["numbers"], strict=True))
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(sms_sql.LOCK, self._facts(ends_after=timezone.now() + margin, **facts))
            locked = {message for (message,) in cursor.fetchall()}
            facts["messages"] = [message if message in locked else None for message in facts["messages"]]
            cursor.execute(sms_sql.TRY, self._facts(**facts))
            return [self._outgoing(attempt, numbers[attempt]) for (attempt,) in cursor.fetchall()]

    def _tell(self, answers: list[tuple[uuid.UUID, Verdict]]) -> None:
        sms_results.advance_all(answers)
        for _attempt, verdict in answers:
            self.tally.count(verdict.said.value)
            self.aways = self.aways + 1 if verdict.said == Said.AWAY else 0
            if verdict.said == Said.CLOSED or self.aways >= AWAY_AT_MOST:
                self._stop(verdict)
            elif verdict.said == Said.BUSY:
                self.rests_until = sms_trouble.rest(self.batch, asked=verdict.pause)
                self.has_trouble = True
            elif verdict.said == Said.ACCEPTED and self.has_trouble and not self.tally.is_away:
                sms_trouble.end(self.batch)
                self.has_trouble = False

    def _stop(self, verdict: Verdict) -> None:
        self.tally.is_away = True
        if verdict.said == Said.CLOSED:
            self.tally.refusal = verdict.code
        sms_trouble.put_down(self.batch, verdict.code)
        logger.warning("SMS: the gateway %s takes nothing (%s)", self.gateway.name, verdict.code)

    def _outgoing(self, attempt: uuid.UUID, number: str) -> Outgoing:
        reads_english = self.parts_en and not number.startswith(("+86", "+852", "+853", "+886"))
        return Outgoing(
            out_id=attempt,
            number=number,
            text=self.batch.text_en if reads_english else self.batch.text_zh,
            signature=self.batch.signature,
            template_code=self.batch.template_code,
        )

    def _facts(self, **more: Any) -> dict[str, Any]:
        return {
            "batch": self.batch.pk,
            "claim": self.claim,
            "now": timezone.now(),
            "gap_after": sms_planning.gap_after(self.batch.night, self.rules.sms_min_gap_days),
            "may_have": list(MAY_HAVE),
            "live": list(LIVE),
            "wrong": CallOutcome.WRONG_NUMBER,
            **more,
        }

    def _run(self, sql: str, **more: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql, self._facts(**more))
            return int(cursor.rowcount)


def lease() -> dt.timedelta:
    """Long enough for one call whatever the settings say: else nothing would ever be sent."""
    return dt.timedelta(seconds=max(settings.SMS_LEASE, (CALLS_TAKE + 2) * settings.SMS_TIMEOUT))
