"""The migrated database, kept on the server as a template: each worker of each run copies it instead of migrating.

Migrating takes seconds, and Django would do it once for each worker. A copy takes a fifth of a second.
"""

import hashlib
from pathlib import Path
from typing import Any

import psycopg2
from django.apps import apps
from django.conf import settings
from django.db import connection

from vipdesk.database_roles import owner_credentials

PREFIX = "test_prepared_"
MADE_BY = ("requirements.txt", "vipdesk/migration_operations.py", "vipdesk/database_roles.py")  # beside the migrations
LOCK = 7_310_522  # advisory lock: one process prepares, the others wait for its template


class Template:
    """The template of these migrations on the test server; of several workers one prepares it and the others wait."""

    def __init__(self) -> None:
        self.server = psycopg2.connect(settings.MIGRATE_DATABASE_URL or settings.DATABASE_URL)
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


class Roles:
    """Who the test run is to its database: the owner while the database is made and dropped, the application's role
    while tests run."""

    def __init__(self) -> None:
        self.application = {name: connection.settings_dict[name] for name in owner_credentials()}

    def become_owner(self) -> None:
        self._become(owner_credentials())

    def become_application(self) -> None:
        self._become(self.application)

    def _become(self, credentials: dict[str, Any]) -> None:
        """For all threads: they share the dictionary."""
        connection.close()
        connection.settings_dict.update(credentials)


def name() -> str:
    """The template's name: a hash of the migrations and of the packages that ran them."""
    sources = [Path(settings.BASE_DIR, file) for file in MADE_BY]
    for app in apps.get_app_configs():
        sources += sorted(Path(app.path, "migrations").glob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources))
    return PREFIX + digest.hexdigest()[:16]
