"""A week's summary among five years of answers, beside the plain aggregate of that week's rows: the same figures, for
the house, each manager and each room, straight from SQL; and, for scale, its totals alone.
"""

import sys
import time
from collections.abc import Callable, Iterator

from django.db import connection

from bench.sizes import SIZE
from bench.table import Row
from feedback import numbers
from vipdesk.database_roles import as_owner

WEEKS, WEEK = 260, "2023-W20"
_FILL = """
    INSERT INTO feedback_survey (client_id, channel, submitted_at, night, received_at, manager_id, room_id, overall,
        service, sound, food_drink, environment, value, recommend, comment, wants_contact)
    SELECT gen_random_uuid(), (ARRAY['tablet', 'qr', 'call'])[1 + n %% 3], night + interval '14 hours', night, now(),
        (SELECT array_agg(id ORDER BY id) FROM staff_user WHERE username LIKE 'mgr%%')[1 + n %% 6],
        (SELECT array_agg(id ORDER BY id) FROM visits_room)[1 + n %% 50], 1 + n * 7 %% 5,
        NULLIF(n * 3 %% 6, 0), NULLIF(n * 5 %% 6, 0), NULLIF(n * 7 %% 6, 0), NULLIF(n %% 6, 0), NULLIF(n * 11 %% 6, 0),
        NULLIF(n * 13 %% 12, 11), CASE WHEN n %% 4 = 0 THEN '音响不错，果盘等了一会儿' ELSE '' END, false
    FROM (SELECT n, date '2021-01-04' + (n::bigint * %s / %s)::int AS night FROM generate_series(0, %s - 1) AS n)
        AS answers
"""
_FIGURES = """
    count(*), avg(overall), avg((overall >= 4)::int), avg(service), avg(sound), avg(food_drink), avg(environment),
        avg(value), count(recommend), count(*) FILTER (WHERE recommend >= 9), count(*) FILTER (WHERE recommend <= 6)
    FROM feedback_survey WHERE night BETWEEN %s AND %s
"""
_WHOLE = f"SELECT {_FIGURES}"
_PLAIN = f"SELECT manager_id, room_id, {_FIGURES} GROUP BY GROUPING SETS ((), (manager_id), (room_id))"


def rows() -> Iterator[Row]:
    """The weekly summary's row of the table."""
    answers = SIZE.surveys
    print(f"filling in {answers:,} answers", file=sys.stderr)
    _ask(_FILL, WEEKS * 7, answers, answers)
    with as_owner():
        _ask("VACUUM (ANALYZE) feedback_survey")
    found = numbers.of_week(WEEK)
    plain = _best(lambda: _ask(_PLAIN, found.first_night, found.last_night))
    ours = _best(lambda: numbers.summary(WEEK))
    whole = _best(lambda: _ask(_WHOLE, found.first_night, found.last_night))
    yield Row.ratio(f"a week of {found.total.responses:,} answers", ours * 1000, plain * 1000, 1.5, "ms")
    yield Row.ratio("… beside its bare totals", ours * 1000, whole * 1000, None, "ms")


def _ask(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)  # type: ignore[arg-type]


def _best(work: Callable[[], object], times: int = 9) -> float:
    found = []
    for _n in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)
