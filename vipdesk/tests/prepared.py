"""The migrated database, kept on the server: the next run of the tests copies it in a second instead of migrating anew."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.apps import apps
from django.conf import settings
from django.db import connection
from psycopg2 import errors

PREFIX = "test_prepared_"


def use() -> None:
    """Have the test database copied from the one that is kept, if it is of these migrations."""
    with _server() as cursor:
        if name() in _kept(cursor):
            connection.settings_dict["TEST"]["TEMPLATE"] = name()


def keep() -> None:
    """Keep a copy of the test database as it has just been made, in place of older ones."""
    with _server() as cursor:
        kept = _kept(cursor)
        if name() in kept:
            return
        connection.close()  # nobody may look at what is copied
        try:
            for old in kept:
                cursor.execute(f"DROP DATABASE IF EXISTS {old}")
            cursor.execute(f'CREATE DATABASE {name()} TEMPLATE "{connection.settings_dict["NAME"]}"')
        except (errors.DuplicateDatabase, errors.ObjectInUse, errors.UniqueViolation):
            return  # another run beside this one was quicker


def name() -> str:
    """Says which migrations made it, of which packages. They insert the same rows on any day, but for when they did."""
    sources = [Path(settings.BASE_DIR, file) for file in ("requirements.txt", "vipdesk/migration_operations.py")]
    for app in apps.get_app_configs():
        sources += sorted(Path(app.path, "migrations").glob("*.py"))
    said = hashlib.sha256()
    for path in sources:
        said.update(path.read_bytes())
    return PREFIX + said.hexdigest()[:16]


def _kept(cursor: Any) -> list[str]:
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
    return [found for (found,) in cursor.fetchall()]


@contextmanager
def _server() -> Iterator[Any]:
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as server:
        server.autocommit = True
        with server.cursor() as cursor:
            yield cursor
