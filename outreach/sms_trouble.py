"""What keeps a batch from going out at the provider: it is busy, or takes nothing from this desk (promises.md)."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from outreach.models import SmsBatch

LONGEST = 30.0  # seconds of a pause of our own; only the provider asks for more


def is_on_record(batch: SmsBatch) -> bool:
    return bool(batch.busy_in_row or batch.trouble)


@transaction.atomic
def rest(batch: SmsBatch, *, asked: float = 0) -> dt.datetime:
    """Leave the provider in peace for a second, for two where it is busy again, and so on to SMS_PAUSE; for as long as
    it asks (seconds) where that is longer. Answers of calls made before the pause do not double it. Returns its end."""
    now = timezone.now()
    locked = SmsBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    ends = locked.resume_at if locked.resume_at and locked.resume_at > now else None
    if ends is None:
        seconds = min(2.0**locked.busy_in_row, float(settings.SMS_PAUSE), LONGEST)
        ends, locked.busy_in_row = now + dt.timedelta(seconds=seconds), min(locked.busy_in_row + 1, 10)
    until = max(ends, now + dt.timedelta(seconds=asked))
    locked.resume_at = until
    locked.save(update_fields=["resume_at", "busy_in_row"])
    return until


def put_down(batch: SmsBatch, code: str) -> None:
    """That it takes nothing, with the code it gave; operations are told while it stands."""
    SmsBatch.objects.filter(pk=batch.pk).update(trouble=code[:60])


def end(batch: SmsBatch) -> None:
    """It takes messages again."""
    SmsBatch.objects.filter(pk=batch.pk).update(trouble="", busy_in_row=0)
