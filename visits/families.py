"""Guests who were merged: what this app knows of them stays with their own keys, and is read through the family."""

from collections.abc import Iterable

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models.expressions import RawSQL

from customers.querysets import CustomerQuerySet

_NOBODY = "SELECT id FROM customers_customer WHERE false"
_WHO_GOES_ON = """
    WITH RECURSIVE up(start, id, merged_into_id) AS (
        SELECT id, id, merged_into_id FROM customers_customer WHERE id = ANY(%s)
        UNION SELECT up.start, c.id, c.merged_into_id FROM up JOIN customers_customer c ON c.id = up.merged_into_id
    )
    SELECT start, id FROM up WHERE merged_into_id IS NULL
"""


def with_merged(guests: CustomerQuerySet) -> RawSQL:
    """Keys of these guests and of all who were merged into them, for `customer__in`."""
    try:
        chosen, values = guests.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:  # Django knows without asking that these are none
        return RawSQL(_NOBODY, ())  # noqa: S611  our own
    family = (
        f"WITH RECURSIVE family(id) AS ({chosen} UNION "  # noqa: S608  Django's own statement, its values apart
        "SELECT c.id FROM customers_customer c JOIN family f ON c.merged_into_id = f.id) SELECT id FROM family"
    )
    return RawSQL(family, values)  # noqa: S611  likewise


def who_goes_on(customers: Iterable[int]) -> dict[int, int]:
    """For each of these keys the guest who goes on for it: itself, or whom it was merged into in the end."""
    with connection.cursor() as cursor:
        cursor.execute(_WHO_GOES_ON, [list(customers)])
        return dict(cursor.fetchall())
