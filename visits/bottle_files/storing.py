"""Writing many bottles in one statement: a JSON recordset in (as customers.intake.storing does with guests)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from customers.intake.storing import Moved
from vipdesk import locks
from vipdesk.locks import Lock

_FACTS = "product, category, is_opened, stored_on, expires_on, remaining, locker"
_TYPES = (
    "product varchar, category varchar, is_opened boolean, stored_on date, expires_on date, remaining numeric,"
    " locker varchar"
)
_INSERT = f"""
    INSERT INTO visits_storedbottle (bottle_no, customer_id, {_FACTS}, updated_at)
    SELECT bottle_no, customer_id, {_FACTS}, %(now)s
    FROM json_to_recordset(%(records)s) AS t(bottle_no varchar, customer_id bigint, {_TYPES})
    ON CONFLICT (bottle_no) DO NOTHING
"""  # noqa: S608  names of our own columns
_UPDATE = f"""
    UPDATE visits_storedbottle AS b SET ({_FACTS}, updated_at)
        = (t.{_FACTS.replace(", ", ", t.")}, %(now)s)
    FROM json_to_recordset(%(records)s) AS t(id bigint, updated_at timestamptz, {_TYPES})
    WHERE b.id = t.id AND b.updated_at = t.updated_at
"""  # noqa: S608  names of our own columns

Record = Mapping[str, Any]


def lock_imports() -> None:
    """One import of bottles writes at a time, until the transaction ends; tablets are not held up."""
    locks.hold(Lock.BOTTLE_ROWS)


def insert_bottles(records: Sequence[Record]) -> None:
    """Raises `Moved` where a number has been taken since it was looked up."""
    _write(_INSERT, records)


def update_bottles(records: Sequence[Record]) -> None:
    """Write all facts of the bottles `id`, as long as they are as they were read (`updated_at`). Raises `Moved` where
    somebody took some out meanwhile."""
    _write(_UPDATE, records)


def _write(statement: str, records: Sequence[Record]) -> None:
    if not records:
        return
    with connection.cursor() as cursor:
        text = json.dumps(list(records), default=str, ensure_ascii=False)
        cursor.execute(statement, {"records": text, "now": timezone.now()})
        if cursor.rowcount != len(records):
            raise Moved
