"""Searches by number and lookups of numbers: each is counted as a look, and a person has so many of them a night.

Whoever may try any number of whole numbers rebuilds a masked one. What the office looks for is written down as well.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import searching
from customers.models import AccessLog, Customer, Looks
from staff.models import User
from vipdesk import nights

WHOLE, TAIL = "whole number", "last four digits"

# One statement, so that a search costs one more (promises.md, "Speed is a ratio"); counted like `leaks.count_look`.
_COUNT = """
    WITH holder AS (
        SELECT customer_id FROM customers_phonenumber WHERE number = ANY(%(numbers)s) AND released_at IS NULL LIMIT 1
    ),
    logged AS (
        INSERT INTO customers_accesslog (user_id, customer_id, night, kind, detail, at)
        SELECT %(user)s, (SELECT customer_id FROM holder), %(night)s, %(search)s, %(detail)s, %(now)s
        WHERE %(is_logged)s
    )
    INSERT INTO customers_looktally (user_id, night, kind, count) VALUES (%(user)s, %(night)s, %(kind)s, 1)
    ON CONFLICT (user_id, night, kind) DO UPDATE SET count = customers_looktally.count + 1
    RETURNING count
"""


class TooManyLookups(Exception):
    """This person has asked for as many numbers tonight as one may; the message is for them."""

    def __init__(self) -> None:
        super().__init__(_("You have looked for very many numbers tonight. Look by name, or ask operations."))


def count_lookup(user: User, *, where: str, numbers: Sequence[str] = ()) -> None:
    """Count that this person asks whose one of these numbers (E.164) is, or who has the last digits they typed. Of the
    office it is written down, with whom a whole number means and without the digits. Raises `TooManyLookups`, from
    LOOKUPS_A_NIGHT on until the night is over."""
    facts: dict[str, Any] = {
        "user": user.pk,
        "night": nights.tonight(),
        "kind": Looks.LOOKUP,
        "search": AccessLog.Kind.SEARCH,
        "numbers": list(numbers),
        "detail": f"{where}: {WHOLE if numbers else TAIL}",
        "is_logged": user.is_office,
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, facts)
        if cursor.fetchone()[0] > settings.LOOKUPS_A_NIGHT:
            raise TooManyLookups


def count_search(user: User, typed: str, *, where: str) -> None:
    """Count a search where it is one by number. Raises `TooManyLookups`."""
    if searching.asks_by_number(typed):
        count_lookup(user, where=where, numbers=searching.whole_numbers(typed))


def holder_of(user: User, number: str, *, where: str) -> Customer | None:
    """The living guest who has this number (E.164), where this person may open their page; counted. Raises
    `TooManyLookups`."""
    count_lookup(user, where=where, numbers=[number])
    holders = Customer.objects.visible_to(user).living().with_number(number)
    known: Customer | None = holders.select_related("owner", "tier").first()
    return known


def is_part_of_a_number(typed: str) -> bool:
    """Whether somebody typed digits that are neither a whole number nor what the mask shows."""
    return searching.has_digits(typed) and not searching.asks_by_number(typed)
