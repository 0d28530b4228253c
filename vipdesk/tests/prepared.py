"""The migrated database, kept on the server as a template: each worker of each run copies it instead of migrating.

Migrating takes seconds, and Django would do it once for each worker. A copy takes a fifth of a second.
"""

import hashlib
import os
from pathlib import Path

import psycopg2
from django.apps import apps
from django.conf import settings
from django.db import connection

PREFIX = "test_prepared_"
LOCK = 7_310_522  # advisory lock: one process prepares, the others wait for its template


class Template:
    """The template of these migrations on the test server; of several workers one prepares it and the others wait."""

    def __init__(self) -> None:
        self.server = psycopg2.connect(os.environ["DATABASE_URL"])
        self.server.autocommit = True
        self.cursor = self.server.cursor()

    def use(self) -> None:
        """Have Django copy its test database from the template. Without one the lock stays taken until `keep`."""
        self.cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if name() in self.kept():
            connection.settings_dict["TEST"]["TEMPLATE"] = name()
            self.server.close()

    def keep(self) -> None:
        """Copy the migrated test database, to which nobody may be connected meanwhile, and drop older templates."""
        if self.server.closed:
            return
        connection.close()
        for old in self.kept():
            self.cursor.execute(f"DROP DATABASE {old}")
        self.cursor.execute(f'CREATE DATABASE {name()} TEMPLATE "{connection.settings_dict["NAME"]}"')
        self.server.close()

    def kept(self) -> list[str]:
        self.cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        return [row[0] for row in self.cursor.fetchall()]


def name() -> str:
    """The template's name: a hash of the migrations and of the packages that ran them."""
    sources = [Path(settings.BASE_DIR, file) for file in ("requirements.txt", "vipdesk/migration_operations.py")]
    for app in apps.get_app_configs():
        sources += sorted(Path(app.path, "migrations").glob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources))
    return PREFIX + digest.hexdigest()[:16]
