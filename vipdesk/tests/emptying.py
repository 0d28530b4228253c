"""Empties the database after a test that committed something: what Django's flush does, in a tenth of its time.

A flush makes the files of all tables and indexes anew, and then all permissions and roles. Most tests leave a few rows
in a few tables; these are deleted by the owner, with the triggers that would forbid it off.
"""

import functools
from typing import Any

from django.db import OperationalError, connection, transaction
from django.test import TransactionTestCase

from staff.roles import PERMISSIONS
from vipdesk.database_roles import as_owner
from vipdesk.tests.furnishing import restore_default_rows

# Made after every migrate, and the same for each test.
_KEPT = {"django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}
_MANY = 200  # rows of one table; each would be looked for in all that may point to it, and a flush is quicker
_flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]  # Django keeps it to itself


def install() -> None:
    """Have every TransactionTestCase, and pytest-django's own, emptied like this."""
    TransactionTestCase._fixture_teardown = _empty  # type: ignore[attr-defined]


def _empty(test: Any) -> None:
    if not empty():
        with as_owner():
            _flush(test)
    restore_default_rows()


def empty() -> bool:
    """Delete all rows; False where nothing was done: too many rows, or a request that still holds some of them."""
    if connection.in_atomic_block:
        return False
    try:
        with as_owner():
            return _delete()
    except OperationalError:  # a deadlock or no lock in time: a page was still asking as its window was closed
        return False


def _delete() -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        cursor.execute(_filled(_tables()))
        found = cursor.fetchall()
        if any(has_many for _table, has_many in found):
            return False
        names = [f'"{table}"' for table, _has_many in found]
        for name in names:
            cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        for name in names:
            cursor.execute(f"DELETE FROM {name}")
        cursor.execute("DELETE FROM auth_group WHERE name <> ALL(%s)", [list(PERMISSIONS)])  # what a test made
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else the triggers could not be put back in this transaction
        for name in names:
            cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
    return True


def _filled(tables: tuple[str, ...]) -> str:
    each = '(SELECT \'{0}\', EXISTS (SELECT FROM "{0}" OFFSET {1}) WHERE EXISTS (SELECT FROM "{0}"))'
    return " UNION ALL ".join(each.format(table, _MANY) for table in tables)


@functools.cache
def _tables() -> tuple[str, ...]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return tuple(sorted(set(names) - _KEPT))
