"""Rows the law or the pay cares about only grow, in the database itself; erasing a person alone may pass (PIPL).

No setting lets it pass: any session could set one. `vipdesk_begin_erasing`, a SECURITY DEFINER function of the owner
(migration 0002), writes the transaction and the records to erase into a table that the application's role cannot reach;
the triggers ask `vipdesk_erased_keys` for them (docs/decisions/0025).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pgtrigger
from django.db import connection, transaction

_REFUSE = "RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;"
# All other columns stay as they are: not even erasure changes a sum, a person or a moment.
_EMPTY = """
    IF TG_OP = 'UPDATE' AND public.vipdesk_erased_keys() IS NOT NULL
       AND to_jsonb(OLD) - ARRAY[{columns}] = to_jsonb(NEW) - ARRAY[{columns}] THEN
        RETURN NEW;
    END IF;
"""
_DELETE = """
    IF TG_OP = 'DELETE' AND {condition} THEN
        RETURN OLD;
    END IF;
"""
OF_ERASED = "OLD.pgh_obj_id = ANY (public.vipdesk_erased_keys())"
WHILE_ERASING = "public.vipdesk_erased_keys() IS NOT NULL"


def append_only(*erasable: str, deletes: str = "") -> pgtrigger.Trigger:
    """The trigger that refuses UPDATE and DELETE of a row. A transaction that erases a person may write the `erasable`
    columns, and delete rows where `deletes` holds (SQL about OLD): `OF_ERASED`, `WHILE_ERASING`."""
    columns = ", ".join(f"'{column}'" for column in erasable)
    exceptions = (_EMPTY.format(columns=columns) if erasable else "") + (
        _DELETE.format(condition=deletes) if deletes else ""
    )
    return pgtrigger.Trigger(
        name="append_only",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=exceptions + _REFUSE,
    )


@contextmanager
def erasing(keys: Sequence[int]) -> Iterator[None]:
    """Within this block, which is one transaction, append-only and history rows may be redacted. Erasure's alone
    (domain.md, "Erasure").

    `keys`: of the records of one guest, the living one first. The database refuses others, and it refuses the commit
    without the proof of the erasure. Raises `django.db.InternalError`.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT vipdesk_begin_erasing(%s)", [list(keys)])
        yield
        # A failed block has been rolled back, and this with it.
        cursor.execute("SELECT vipdesk_end_erasing()")
