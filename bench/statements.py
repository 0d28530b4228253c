"""A month's statements beside one plain GROUP BY over the same charges (issue 6): wall time."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection

from bench.sizes import SIZE
from bench.table import Row
from staff import roles
from staff.models import User
from targets.closing import close_month
from targets.models import Statement
from targets.statements import statement_of, statements_of
from vipdesk.database_roles import as_owner

MANAGERS = SIZE.managers
MONTH = dt.date(2026, 3, 1)
_FILL = """
    INSERT INTO targets_charge (entry, bill_no, kind, amount, payment, paid_at, night, booked_month, manager_id,
        source, reason, received_at)
    SELECT 'bill', 'BENCH' || n, CASE WHEN n %% 25 = 0 THEN 'card' ELSE 'room' END, 10 + n %% 9000 / 100.0,
        CASE WHEN n %% 7 = 0 THEN 'stored_value' ELSE 'wechat' END,
        (%(month)s::date + (n %% 31)::int + time '22:00') AT TIME ZONE 'Asia/Shanghai',
        %(month)s::date + (n %% 31)::int, %(month)s, (%(managers)s::bigint[])[1 + n %% %(many)s], 'file', '', now()
    FROM generate_series(1, %(rows)s) n
"""
_PLAIN = "SELECT manager_id, sum(amount) FROM targets_charge WHERE night BETWEEN %s AND %s GROUP BY manager_id"


def rows() -> Iterator[Row]:
    """The statements' rows of the table."""
    each = SIZE.charges
    managers = _fill(each)
    plain, ours = _best(_group), _best(lambda: statements_of(MONTH))
    work = f"statements, {MANAGERS} × {each:,} charges"
    yield Row(work, ours, plain, "1.5 × + 1", ours <= 1.5 * plain + 1, "s")
    one = _best(lambda: statement_of(MONTH, managers[0]))
    yield Row("one manager's of these", one, None, "", None, "s")
    began = time.perf_counter()
    close_month(month=MONTH)
    yield Row("closing that month", time.perf_counter() - began, None, "", None, "s")
    if Statement.objects.count() < MANAGERS:
        raise RuntimeError("not everybody has a statement: this would be measured wrongly")


def _fill(each: int) -> list[User]:
    """Managers and their month, in one statement, for which the ledger's guard looks once."""
    names = [f"bench{n:03d}" for n in range(MANAGERS)]
    people: list[User] = User.objects.bulk_create(
        User(username=name, display_name=name, password="!") for name in names
    )
    Group.objects.get(name=roles.MANAGER).user_set.add(*people)
    facts: dict[str, Any] = {
        "month": MONTH,
        "managers": [user.pk for user in people],
        "many": MANAGERS,
        "rows": MANAGERS * each,
    }
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(_FILL, facts)
        cursor.execute("VACUUM (ANALYZE) targets_charge")
    return people


def _group() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN, [MONTH, MONTH.replace(day=31)])
        cursor.fetchall()


def _best(work: Callable[[], object], times: int = 3) -> float:
    found = []
    for _n in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)
