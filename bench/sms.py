"""Text messages: building a batch beside the same rows by plain SQL, and how many one sender hands to the console."""

import contextlib
import datetime as dt
import io
import time
from collections.abc import Callable, Iterator

from django.db import connection, transaction

from bench.sizes import SIZE
from bench.table import Row
from outreach import rules, sms_planning, sms_sending
from outreach.models import Campaign, SmsBatch

NIGHT = dt.date(2040, 1, 6)  # after every other: none is too near
SECONDS = SIZE.sms_seconds
# The same rows without asking anything but for consent.
_PLAIN = """
INSERT INTO outreach_smsmessage (batch_id, customer_id, state, reason, segments, updated_at)
SELECT %s, id, 'queued', '', 1, now() FROM customers_customer
WHERE sms_consent AND phone IS NOT NULL AND merged_into_id IS NULL AND erased_at IS NULL ORDER BY id
"""


def rows() -> Iterator[Row]:
    with _undone():
        plain, _batch = _seconds(_build_plainly)
    with _undone():
        ours, batch = _seconds(_build)
        planned = batch.messages.count()
    yield Row.ratio(f"SMS batch of {planned:,}", ours, plain, None, "s")
    yield Row("SMS to the console, one sender", _sent_a_second(), None, "", None, "a s")


@contextlib.contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _seconds(build: Callable[[], SmsBatch]) -> tuple[float, SmsBatch]:
    began = time.perf_counter()
    batch = build()
    return time.perf_counter() - began, batch


def _build() -> SmsBatch:
    batch: SmsBatch = sms_planning.build_batch(night=NIGHT, code="demo", is_forced=True).batch
    return batch


def _build_plainly() -> SmsBatch:
    demo = Campaign.objects.get(code="demo")
    batch: SmsBatch = SmsBatch.objects.create(
        night=NIGHT, campaign=demo, text_zh=demo.text_zh, signature=demo.signature
    )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(_PLAIN, [batch.pk])
    return batch


def _sent_a_second() -> float:
    in_force = rules.current()
    in_force.quiet_from = in_force.quiet_to
    in_force.save()
    sms_planning.approve_batch(batch=_build())
    with contextlib.redirect_stderr(io.StringIO()):
        began = time.perf_counter()
        sent = sms_sending.send_all(seconds=SECONDS).sent
    return sent.get("accepted", 0) / (time.perf_counter() - began)
