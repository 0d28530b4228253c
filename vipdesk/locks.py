"""Advisory locks of PostgreSQL: the list of them, and the functions that take one.

A lock is two integers, a member of `Lock` and a key. The key is a primary key or another number of the lock's own, 0
where there is only one lock of its kind.
"""

import enum
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


class Lock(enum.IntEnum):
    """First integers. A number is never changed or used again: triggers of landed migrations name some of them."""

    BOOKING = 0x0B00  # rooms of one kind are booked one after another; key: hash of the kind
    CUSTOMER_FILE = 0x1AB7  # one worker reads an uploaded sheet; key: of the CustomerImport
    CUSTOMER_ROWS = 0x1AB8  # one import of guests writes at a time
    BOTTLE_ROWS = 0x1AB9  # one import of bottles writes at a time
    SURVEY_ROWS = 0x1ABA  # one import of surveys writes at a time
    LEDGER = 0x1ABB  # bills are written and given to managers one after another
    COMPENSATION = 0x1ABC  # compensation is asked for one after another: its limits are sums
    DEMO = 0x1ABD  # the demo venue is loaded once at a time
    MONTH = 4_106_001  # writers of a month share it, closing holds it; key: number of the month, 0: all closings


def hold(lock: Lock, key: int | str = 0, *, is_shared: bool = False) -> None:
    """Take a lock until the transaction ends; waits for whoever holds it. A text is a key by its hash."""
    function = "pg_advisory_xact_lock_shared" if is_shared else "pg_advisory_xact_lock"
    second = "hashtext(%s)" if isinstance(key, str) else "%s"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, {second})", [lock, key])


@contextmanager
def try_to_hold(lock: Lock, key: int) -> Iterator[bool]:
    """Whether nobody else holds the lock; if so, it is held until the block or the process ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [lock, key])
        is_mine: bool = cursor.fetchone()[0]
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [lock, key])


def is_held(lock: Lock, key: int) -> bool:
    """Whether any connection to this database holds the lock now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s"
            " AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [lock, key],
        )
        return bool(cursor.fetchone()[0])
