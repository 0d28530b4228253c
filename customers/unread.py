"""Names whose pinyin nobody has read yet: guests who stood here before names were read, or came in past the desk.

Without it they are found by characters and numbers alone. The sweep finds them by an index that holds nobody else, so
that it costs nothing where there are none.
"""

import json
from time import monotonic

from django.db import connection, transaction

from customers import pinyin
from customers.models import Customer

AT_ONCE = 2_000
SECONDS = 40.0  # of a minute, so that the next sweep finds this one over
_WRITE = """
UPDATE customers_customer AS c SET pinyin = t.pinyin
FROM json_to_recordset(%s) AS t(id bigint, pinyin text)
WHERE c.id = t.id
"""


def read_names(*, at_once: int = AT_ONCE, seconds: float = SECONDS) -> int:
    """Read the names that nobody read, some thousands a transaction, until there are none or the time is up. Returns
    how many were. Leaves rows alone that somebody writes right now, who reads the name themselves."""
    until, done = monotonic() + seconds, 0
    while monotonic() < until:
        count = _read_some(at_once)
        done += count
        if count < at_once:
            break
    return done


@transaction.atomic
def _read_some(at_once: int) -> int:
    unread = Customer.objects.filter(pinyin=None).order_by("pk").select_for_update(skip_locked=True, of=("self",))
    rows = list(unread.values_list("pk", "name")[:at_once])
    if rows:
        read = [{"id": pk, "pinyin": pinyin.read(name)} for pk, name in rows]
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [json.dumps(read, ensure_ascii=False)])
    return len(rows)
