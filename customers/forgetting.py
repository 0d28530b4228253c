"""Numbers of erased guests: kept as keyed hashes, so that nobody writes to them or imports them again unawares.

A number has some ten thousand million values: a plain hash of it would be undone in an hour. The key is no part of the
database, so that a stolen copy of it tells no number (settings.NUMBER_HASH_KEY).
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Collection
from functools import lru_cache

from django.conf import settings
from django.utils import timezone

from customers.models import ForgottenNumber


def digest(number: str) -> str:
    """The keyed hash under which a number (E.164) is remembered."""
    return hmac.digest(_key(settings.NUMBER_HASH_KEY), number.encode(), "sha256").hex()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hashlib.sha256(b"customers.forgetting" + secret.encode()).digest()


def forget(numbers: Collection[str], *, at: dt.datetime | None = None) -> int:
    """Block these numbers from now on, those again whose block was lifted; how many they are."""
    rows = [ForgottenNumber(digest=digest(number), forgotten_at=at or timezone.now()) for number in numbers]
    ForgottenNumber.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["digest"], update_fields=["forgotten_at", "lifted_at"]
    )
    return len(rows)


def forgotten(numbers: Collection[str]) -> set[str]:
    """Those of the numbers that are blocked; one statement, none where there is no number."""
    if not numbers:
        return set()
    by_digest = {digest(number): number for number in numbers}
    blocked = ForgottenNumber.objects.filter(digest__in=by_digest, lifted_at=None)
    return {by_digest[found] for found in blocked.values_list("digest", flat=True)}


def lift(number: str, *, at: dt.datetime | None = None, said_at: dt.datetime | None = None) -> bool:
    """Whoever has the number has agreed anew, in person: it may be written to again. Whether it was blocked. What was
    said earlier than the erasure (`said_at`, of a form that comes in late) lifts nothing."""
    blocked = ForgottenNumber.objects.filter(digest=digest(number), lifted_at=None)
    if said_at is not None:
        blocked = blocked.filter(forgotten_at__lt=said_at)
    return bool(blocked.update(lifted_at=at or timezone.now()))
