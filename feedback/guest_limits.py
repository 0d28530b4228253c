"""How often guests' pages take something from one address or with one token: ballot boxes are not to be stuffed.

All phones of the house stand behind one address, so that an address may send what a full house does. Neither addresses
nor tokens are kept: what is counted is a keyed hash, and it is forgotten after a day (feedback.jobs).
"""

import datetime as dt

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from feedback.models import GuestTry

STRETCH = dt.timedelta(minutes=10)
KEPT = dt.timedelta(days=1)
_COUNT = """
    INSERT INTO feedback_guesttry (key, since, count) VALUES (%s, %s, 1)
    ON CONFLICT (key, since) DO UPDATE SET count = feedback_guesttry.count + 1 RETURNING count
"""


class TooMany(Exception):
    """This address or token has sent too much; wait ten minutes."""


def count_try(*, address: str, token: str) -> None:
    """Count one form that came in, whatever becomes of it. Raises `TooMany`."""
    limits: dict[str, int] = settings.GUEST_LIMITS
    tries = {kind: _count(kind, value) for kind, value in (("token", token), ("address", address))}
    if any(count > limits[kind] for kind, count in tries.items()):
        raise TooMany


def forget_tries(now: dt.datetime | None = None) -> int:
    return GuestTry.objects.filter(since__lt=(now or timezone.now()) - KEPT).delete()[0]


def _count(kind: str, value: str) -> int:
    now = timezone.now().timestamp()
    since = dt.datetime.fromtimestamp(now - now % STRETCH.total_seconds(), dt.UTC)
    key = salted_hmac(f"feedback.tries.{kind}", value, algorithm="sha256").hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [key, since])
        return int(cursor.fetchone()[0])
