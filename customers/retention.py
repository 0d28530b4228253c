"""Guests whom nobody needs any more: not seen for RETENTION_MONTHS, and agreed to nothing (PIPL)."""

import calendar
import datetime as dt
import time
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from customers.erasing import CannotErase, Cause, Identity, erase_customer
from customers.models import Customer, ErasureOrder
from customers.querysets import CustomerQuerySet
from staff.models import User
from vipdesk import nights

AGAIN_AFTER = dt.timedelta(minutes=10)  # longer than any one erasure takes


def not_seen_since() -> dt.date:
    """Guests last seen before this night have been away too long."""
    tonight = nights.tonight()
    months = tonight.year * 12 + tonight.month - 1 - settings.RETENTION_MONTHS
    year, month = months // 12, months % 12 + 1
    return dt.date(year, month, min(tonight.day, calendar.monthrange(year, month)[1]))


def no_longer_needed(*, with_ordered: bool = False) -> CustomerQuerySet:
    """Whom to propose, captured longest ago first; whom somebody chose already only `with_ordered`. The order and what
    was agreed are those of an index."""
    limit = not_seen_since()
    away = Q(last_seen_night__lt=limit) | Q(last_seen_night=None)
    silent = Customer.objects.living().filter(sms_consent=False, call_consent=False)
    # The moment bounds the walk through the index; the night decides.
    captured_before = nights.night_bounds(limit)[0]
    found: CustomerQuerySet = silent.filter(away, captured_at__lt=captured_before, night__lt=limit).order_by(
        "captured_at", "pk"
    )
    return found if with_ordered else found.filter(erasure_order=None)


def choose(keys: Sequence[int], *, by: User) -> tuple[int, int]:
    """Have those of `keys` erased whom still nobody needs: a worker does it within minutes, since each erasure reads
    what was typed about everybody. How many are chosen now, how many not: seen or agreed to something meanwhile."""
    chosen = no_longer_needed().filter(pk__in=keys)
    orders = [ErasureOrder(customer=customer, ordered_by=by) for customer in chosen]
    ErasureOrder.objects.bulk_create(orders, ignore_conflicts=True)
    return len(orders), len(set(keys)) - len(orders)


def carry_out(*, seconds: float = 60) -> int:
    """Erase whom somebody chose, each in a transaction of its own, for so long; how many. Any number may work at once.

    What cannot be done just now (a sheet with the guest is coming in) waits for a later round, behind the others.
    """
    until, done = time.monotonic() + seconds, 0
    while time.monotonic() < until and (order := _claim()):
        done += _carry_out(order)
    return done


def _claim() -> ErasureOrder | None:
    """The next order that nobody has tried for a while; whoever dies at it, or cannot do it, leaves it to later."""
    is_free = Q(tried_at=None) | Q(tried_at__lt=timezone.now() - AGAIN_AFTER)
    with transaction.atomic():
        order = ErasureOrder.objects.filter(is_free).select_for_update(skip_locked=True).first()
        if order is not None:
            order.tried_at = timezone.now()
            order.save(update_fields=["tried_at"])
    return order


def _carry_out(order: ErasureOrder) -> bool:
    """Whoever came back since they were chosen stays."""
    try:
        with transaction.atomic():
            order.delete()
            customer = no_longer_needed(with_ordered=True).filter(pk=order.customer_id).first()
            if customer is None:
                return False
            erase_customer(customer=customer, by=order.ordered_by, cause=Cause.RETENTION, identity=Identity.NOT_NEEDED)
    except CannotErase:
        return False
    return True
