"""What is told once a guest is captured (D1): how many there are tonight, and whose the number was before.

One statement, ready-made: every guest waits for this answer, and putting the query together by the ORM cost a third of
the whole capture.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection

from customers import forgetting
from customers.models import Customer
from staff.models import User

# Who counts is said by `querysets.counts_toward_goal`, whose number it was by `numbers.formerly`.
_TOLD = """
    SELECT
        (
            SELECT count(*) FROM customers_customer
            WHERE captured_by_id = %(by)s AND night = %(night)s AND NOT (intake_status = 'sent_back' OR origin = 'self')
                AND merged_into_id IS NULL AND erased_at IS NULL
                AND NOT (home_address = '' AND work_address = '')
        ),
        before.name, before.released_at, blocked.forgotten_at, met.finder
    FROM (SELECT) AS one
    LEFT JOIN LATERAL (
        SELECT c.name, n.released_at FROM customers_phonenumber n JOIN customers_customer c ON c.id = n.customer_id
        WHERE n.number = %(number)s AND n.released_at IS NOT NULL AND n.customer_id <> %(guest)s
        ORDER BY n.released_at DESC LIMIT 1
    ) AS before ON true
    LEFT JOIN customers_forgottennumber blocked ON blocked.digest = %(digest)s AND blocked.lifted_at IS NULL
    LEFT JOIN LATERAL (
        SELECT coalesce(nullif(u.display_name, ''), u.username) AS finder
        FROM customers_prospect p JOIN staff_user u ON u.id = p.found_by_id
        WHERE p.customer_id = %(guest)s AND p.phone = %(number)s ORDER BY p.found_at DESC LIMIT 1
    ) AS met ON true
"""


@dataclass(frozen=True)
class Told:
    """`whose` the number was and `until` when, where somebody released it; `forgotten_at`: since when it is blocked,
    where whoever had it was erased. `finder`: who met this guest before they were one."""

    count: int
    whose: str | None
    until: dt.datetime | None
    forgotten_at: dt.datetime | None
    finder: str | None


def told_after(*, guest: Customer, number: str, by: User, night: dt.date) -> Told:
    """What to say to `by`, who has just saved this guest under this number (E.164); one statement."""
    facts: dict[str, Any] = {
        "by": by.pk,
        "night": night,
        "guest": guest.pk,
        "number": number,
        "digest": forgetting.digest(number),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, facts)
        return Told(*cursor.fetchone())
