"""Rows the law or the pay cares about only grow, in the database itself; erasing a person alone may pass (PIPL).

The triggers test a setting that lives no longer than its transaction, so that no session can forget to take it back.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pgtrigger
from django.db import connection, transaction

_SETTING = "vipdesk.erasing"


def append_only() -> pgtrigger.Protect:
    """The trigger that refuses UPDATE and DELETE of a row, unless the transaction erases a person."""
    return pgtrigger.Protect(
        name="append_only",
        operation=pgtrigger.Update | pgtrigger.Delete,
        condition=pgtrigger.Condition(f"current_setting('{_SETTING}', true) IS DISTINCT FROM 'on'"),
    )


@contextmanager
def erasing() -> Iterator[None]:
    """Within this block, which is one transaction, append-only and history rows may be redacted. Erasure's alone
    (DOMAIN.md, "Erasure")."""
    with transaction.atomic():
        _say("on")
        yield
        # A failed block has been rolled back, and the setting with it.
        _say("off")


def _say(word: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {_SETTING} = '{word}'")
