"""What the ledger comes to, month by month and manager by manager: sums that the database makes."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection

from targets import months
from targets.commission import CARD, ROOM, STORED_VALUE, Sale, Totals, add_up

_SOLD = """
    SELECT manager_id,
        coalesce(sum(amount) FILTER (WHERE kind = 'room' AND payment <> 'stored_value'), 0.00),
        coalesce(sum(amount) FILTER (WHERE kind = 'room' AND payment = 'stored_value'), 0.00),
        coalesce(sum(amount) FILTER (WHERE kind = 'card'), 0.00)
    FROM targets_charge WHERE {nights} GROUP BY manager_id
"""
_OF_ALL = _SOLD.format(nights="night >= %s AND night < %s AND manager_id IS NOT NULL")
# Night by night, for the index begins with the night: of few people it is not read from end to end.
_OF_SOME = _SOLD.format(nights="night = ANY(%s) AND manager_id = ANY(%s)")


def totals_of(month: dt.date, *, counts_cards: bool, people: Iterable[int] | None = None) -> dict[int, Totals]:
    """What was sold in the month's nights, by manager's key, of everybody who has a row in the ledger there.

    One pass over the month in the database: for five million charges it is an index read from end to end.
    """
    if people is None:
        rows = rows_of(_OF_ALL, month, months.following(month))
    else:
        rows = rows_of(_OF_SOME, list(months.nights_of(month)), list(people))
    return {
        manager: add_up(
            [Sale(ROOM, paid), Sale(ROOM, by_card, STORED_VALUE), Sale(CARD, cards)],
            card_paid_rooms_count=counts_cards,
        )
        for manager, paid, by_card, cards in rows
    }


def rows_of(sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
