"""Records that may be one guest: found every night, each pair shown to after-sales until somebody has settled it (G5).

One statement compares all living guests by what two records of one person share, so that it needs to remember nothing
and a night left out loses nothing. Every comparison joins on equal values: a million guests are hashed, never compared
each with each. Numbers one digit apart are alike either in their last five digits or in all before them.
"""

import datetime as dt
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from customers import names
from customers.models import PossibleDouble
from staff.models import User

# So many records with one name and birthday, or one member number, are no doubles but a habit of writing (every unknown
# birthday on 1 January): they are left out, and the job's summary says how many groups were.
MOST_ALIKE = 8
_TAIL = 5


def _letters() -> tuple[str, str]:
    """Small letters with an accent or a stroke, and the same letters without; what no name differs by comes last, so
    that `translate` drops it."""
    accented = [c for c in map(chr, (*range(0xDF, 0x250), *range(0x1E00, 0x1F00))) if c.islower()]
    pairs = [(c, names.unaccented(c)) for c in accented]
    pairs = [(c, bare) for c, bare in pairs if len(bare) == 1 and bare != c]
    return "".join(c for c, _bare in pairs) + f"{names.DOTS} .,'’-", "".join(bare for _c, bare in pairs)


_ACCENTED, _PLAIN = _letters()
_NOT_PLAIN = f"[^{names.HAN}]"
_MEMORY = "64MB"

_FIND = """
WITH living AS MATERIALIZED (
    SELECT id,
        CASE WHEN name ~ %(not_plain)s THEN translate(lower(name), %(accented)s, %(plain)s) ELSE name END AS name,
        nullif(pinyin, '') AS pinyin, birthday_month AS month, birthday_day AS day,
        birthday_year AS year, birthday_calendar AS calendar,
        nullif(ltrim(upper(regexp_replace(member_no, '[^[:alnum:]]', '', 'g')), '0'), '') AS card
    FROM customers_customer WHERE merged_into_id IS NULL AND erased_at IS NULL
),
namesakes AS MATERIALIZED (
    SELECT id, year, count(*) OVER alike AS many, min(id) OVER alike AS one FROM living
    WHERE month IS NOT NULL AND day IS NOT NULL WINDOW alike AS (PARTITION BY name, month, day, calendar)
),
cards AS MATERIALIZED (
    SELECT id, count(*) OVER alike AS many, min(id) OVER alike AS one FROM living
    WHERE card IS NOT NULL WINDOW alike AS (PARTITION BY card)
),
numbers AS MATERIALIZED (
    SELECT l.id, l.pinyin, l.month, l.day, l.calendar, n.number,
        right(n.number, %(tail)s) AS tail, left(n.number, -%(tail)s) AS head
    FROM customers_phonenumber n JOIN living l ON l.id = n.customer_id WHERE n.released_at IS NULL
),
near AS (
    SELECT a.id AS one, b.id AS other, a.number AS a, b.number AS b
    FROM numbers a JOIN numbers b ON a.head = b.head AND a.pinyin = b.pinyin WHERE a.id < b.id
    UNION ALL
    SELECT a.id, b.id, a.number, b.number
    FROM numbers a JOIN numbers b ON a.tail = b.tail AND a.pinyin = b.pinyin WHERE a.id < b.id
    UNION ALL
    SELECT a.id, b.id, a.number, b.number FROM numbers a
    JOIN numbers b ON a.head = b.head AND a.month = b.month AND a.day = b.day AND a.calendar = b.calendar
    WHERE a.id < b.id
    UNION ALL
    SELECT a.id, b.id, a.number, b.number FROM numbers a
    JOIN numbers b ON a.tail = b.tail AND a.month = b.month AND a.day = b.day AND a.calendar = b.calendar
    WHERE a.id < b.id
),
found AS MATERIALIZED (
    SELECT one AS first_id, other AS second_id, array_agg(DISTINCT reason ORDER BY reason) AS reasons FROM (
        SELECT a.id AS one, b.id AS other, 'birthday' AS reason
        FROM namesakes a JOIN namesakes b ON a.one = b.one
        WHERE a.many BETWEEN 2 AND %(most)s AND a.id < b.id AND coalesce(a.year = b.year, true)
        UNION ALL
        SELECT a.id, b.id, 'member_no' FROM cards a JOIN cards b ON a.one = b.one
        WHERE a.many BETWEEN 2 AND %(most)s AND a.id < b.id
        UNION ALL
        SELECT one, other, 'digit' FROM near WHERE length(a) = length(b) AND (
            SELECT count(*) FROM generate_series(1, length(a)) place
            WHERE substr(a, place, 1) <> substr(b, place, 1)
        ) = 1
    ) pair GROUP BY one, other
),
gone AS (
    DELETE FROM customers_possibledouble d WHERE state = 'open'
    AND NOT EXISTS (SELECT FROM found f WHERE f.first_id = d.first_id AND f.second_id = d.second_id)
    RETURNING id
),
written AS (
    INSERT INTO customers_possibledouble AS d (first_id, second_id, reasons, found_at, state)
    SELECT first_id, second_id, reasons, %(now)s, 'open' FROM found ORDER BY first_id, second_id
    ON CONFLICT (first_id, second_id) DO UPDATE SET reasons = excluded.reasons
    WHERE d.state = 'open' AND d.reasons <> excluded.reasons
    RETURNING xmax = 0 AS is_new
)
SELECT (SELECT count(*) FROM written WHERE is_new), (SELECT count(*) FROM written WHERE NOT is_new),
    (SELECT count(*) FROM gone),
    (SELECT count(DISTINCT one) FROM namesakes WHERE many > %(most)s)
    + (SELECT count(DISTINCT one) FROM cards WHERE many > %(most)s)
"""


@transaction.atomic
def find_doubles(night: dt.date) -> dict[str, Any]:
    """Bring the open pairs up to what is alike now; a pair settled as different, or merged, stays as it was settled.

    Any night's run does the same. Returns the job's summary: pairs new, changed, no longer alike, and groups left out.
    """
    facts: dict[str, Any] = {"tail": _TAIL, "most": MOST_ALIKE, "now": timezone.now()}
    facts |= {"not_plain": _NOT_PLAIN, "accented": _ACCENTED, "plain": _PLAIN}
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{_MEMORY}'")
        cursor.execute(_FIND, facts)
        new, changed, gone, left_out = cursor.fetchone()
    return {"new": new, "changed": changed, "gone": gone, "groups_left_out": left_out}


def settle_as_different(*, double: PossibleDouble, by: User) -> None:
    """Two different guests, says somebody who looked: never shown again."""
    still_open = PossibleDouble.objects.filter(pk=double.pk, state=PossibleDouble.State.OPEN)
    still_open.update(state=PossibleDouble.State.DIFFERENT, settled_at=timezone.now(), settled_by=by)
