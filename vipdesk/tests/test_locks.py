"""Advisory locks: who waits for whom, and that `vipdesk.locks` is the only module that takes one."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from vipdesk import locks
from vipdesk.locks import Lock

ROOT = Path(settings.BASE_DIR)
APPS = ("vipdesk", "staff", "customers", "visits", "feedback", "targets", "outreach")
# The trigger of the ledger takes the lock of a month in SQL.
TAKING = {"vipdesk/locks.py", "targets/models/ledger_guard.py"}

committing = pytest.mark.django_db(transaction=True)


def elsewhere(ask: Callable[[], bool]) -> bool:
    """The answer on a connection of its own."""
    answers: list[bool] = []

    def run() -> None:
        try:
            answers.append(ask())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return answers[0]


def can_hold(lock: Lock, key: int | str, *, is_shared: bool = False) -> Callable[[], bool]:
    def ask() -> bool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = 100")
            try:
                locks.hold(lock, key, is_shared=is_shared)
            except OperationalError:
                return False
        return True

    return ask


def can_try(lock: Lock, key: int) -> Callable[[], bool]:
    def ask() -> bool:
        with locks.try_to_hold(lock, key) as is_mine:
            return is_mine

    return ask


@committing
@pytest.mark.parametrize("key", [7, "suite"])
def test_a_lock_is_held_until_the_transaction_ends(key: int | str) -> None:
    with transaction.atomic():
        locks.hold(Lock.BOOKING, key)
        assert not elsewhere(can_hold(Lock.BOOKING, key))
        assert elsewhere(can_hold(Lock.BOOKING, 8)) and elsewhere(can_hold(Lock.MONTH, key))
    assert elsewhere(can_hold(Lock.BOOKING, key))


@committing
def test_a_shared_lock_keeps_out_whoever_wants_it_alone() -> None:
    with transaction.atomic():
        locks.hold(Lock.MONTH, 1, is_shared=True)
        assert elsewhere(can_hold(Lock.MONTH, 1, is_shared=True))
        assert not elsewhere(can_hold(Lock.MONTH, 1))


@committing
def test_a_lock_that_is_tried_for_is_held_across_transactions_and_seen() -> None:
    with locks.try_to_hold(Lock.CUSTOMER_FILE, 5) as is_mine:
        assert is_mine
        with transaction.atomic():
            pass
        assert not elsewhere(can_try(Lock.CUSTOMER_FILE, 5)) and elsewhere(can_try(Lock.CUSTOMER_FILE, 6))
        assert elsewhere(lambda: locks.is_held(Lock.CUSTOMER_FILE, 5))
    assert elsewhere(can_try(Lock.CUSTOMER_FILE, 5)) and not locks.is_held(Lock.CUSTOMER_FILE, 5)


def test_no_two_locks_share_a_number() -> None:
    assert len(Lock) == len(Lock.__members__)


@pytest.mark.check
def test_no_other_module_takes_an_advisory_lock() -> None:
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    product = [path for path in files if not {"tests", "migrations"} & set(path.parts)]
    taking = {str(path.relative_to(ROOT)) for path in product if "pg_advisory" in path.read_text(encoding="utf-8")}
    assert taking == TAKING
