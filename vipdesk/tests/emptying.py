"""Empties the database after a test that committed something: what Django's flush does, in a tenth of its time.

A flush makes the files of all tables and indexes anew, and then all permissions and roles. Most tests leave a few rows
in a few tables; these are deleted, with the triggers that would forbid it off.
"""

import functools
import os
from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase

# Made after every migrate, and the same for each test.
_KEPT = {"django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}
_MANY = 200  # rows of one table; each would be looked for in all that may point to it, and a flush is quicker
_flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]  # Django keeps it to itself


def install() -> None:
    """Have every TransactionTestCase, and pytest-django's own, emptied like this; but not the screens' run, in which a
    page may still be asking while its test is cleared away."""
    if "DJANGO_ALLOW_ASYNC_UNSAFE" in os.environ:
        return
    TransactionTestCase._fixture_teardown = _empty  # type: ignore[attr-defined]


def _empty(test: Any) -> None:
    if not empty():
        _flush(test)


def empty() -> bool:
    """Delete all rows; False where there are too many, and nothing has been done."""
    if connection.in_atomic_block:
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_filled(_tables()))
        found = cursor.fetchall()
        if any(has_many for _table, has_many in found):
            return False
        names = [f'"{table}"' for table, _has_many in found]
        for name in names:
            cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        for name in names:
            cursor.execute(f"DELETE FROM {name}")
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
