"""Guests whom nobody needs any more: not seen for RETENTION_MONTHS, and agreed to nothing (PIPL)."""

import calendar
import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.db.models import Q

from customers.erasing import CannotErase, erase_customer
from customers.models import Customer, Erasure
from customers.querysets import CustomerQuerySet
from staff.models import User
from vipdesk import nights


def not_seen_since() -> dt.date:
    """Guests last seen before this night have been away too long."""
    tonight = nights.tonight()
    months = tonight.year * 12 + tonight.month - 1 - settings.RETENTION_MONTHS
    year, month = months // 12, months % 12 + 1
    return dt.date(year, month, min(tonight.day, calendar.monthrange(year, month)[1]))


def no_longer_needed() -> CustomerQuerySet:
    """Whom to propose, captured longest ago first. The order and what was agreed are those of an index."""
    limit = not_seen_since()
    away = Q(last_seen_night__lt=limit) | Q(last_seen_night=None)
    silent = Customer.objects.living().filter(sms_consent=False, call_consent=False)
    # The moment bounds the walk through the index; the night decides.
    captured_before = nights.night_bounds(limit)[0]
    found: CustomerQuerySet = silent.filter(away, captured_at__lt=captured_before, night__lt=limit).order_by(
        "captured_at", "pk"
    )
    return found


def erase_chosen(keys: Sequence[int], *, by: User) -> tuple[int, int]:
    """Erase those of `keys` whom still nobody needs, each in a transaction of its own. How many were, how many not:
    seen or agreed to something meanwhile, or cannot be erased just now."""
    chosen = list(no_longer_needed().filter(pk__in=keys))
    done = sum(_erase(customer, by) for customer in chosen)
    return done, len(set(keys)) - done


def _erase(customer: Customer, by: User) -> bool:
    try:
        erase_customer(customer=customer, by=by, cause=Erasure.Cause.RETENTION, identity=Erasure.Identity.NOT_NEEDED)
    except CannotErase:
        return False
    return True
