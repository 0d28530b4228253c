"""The two roles of the database: the owner, who migrates, and the application's, which all processes use.

The application's role reads and writes rows. It owns nothing, and so it can neither disable a trigger nor empty a table
(docs/decisions/0025). Where only DATABASE_URL is given one role is both; `check --deploy --database default` names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

_CREDENTIALS = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
MAINTAIN_SINCE = 170_000  # PostgreSQL 17: VACUUM and ANALYZE can be granted
# What pgtrigger's functions ask whether somebody switched them off. Any session may set what they read, so it says no.
_NO_IGNORE = """
    CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS 'SELECT false'
"""
_GRANTS = """
    REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO {role};
    GRANT {rows} ON ALL TABLES IN SCHEMA public TO {role};
    GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rows} ON TABLES TO {role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {role};
"""
# What the current role could do to the guards, each with whether it can.
_POWERS = """
    SELECT 'it is a superuser' WHERE (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    UNION ALL SELECT 'it has BYPASSRLS' WHERE (SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user)
    UNION ALL SELECT 'it has CREATEROLE' WHERE (SELECT rolcreaterole FROM pg_roles WHERE rolname = current_user)
    UNION ALL SELECT 'it owns the database, or is a member of its owner' WHERE (
        SELECT pg_has_role(datdba, 'MEMBER') FROM pg_database WHERE datname = current_database())
    UNION ALL SELECT 'it owns tables, or is a member of their owner' WHERE EXISTS (
        SELECT FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
        AND pg_has_role(relowner, 'MEMBER'))
    UNION ALL SELECT 'it may TRUNCATE tables, or put triggers on them' WHERE EXISTS (
        SELECT FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
        AND has_table_privilege(oid, 'TRUNCATE, TRIGGER'))
    UNION ALL SELECT 'it may create objects in the database or in its schema public' WHERE
        has_database_privilege(current_database(), 'CREATE') OR has_schema_privilege('public', 'CREATE')
    UNION ALL SELECT 'it may create temporary tables, which hide those that triggers read' WHERE
        has_database_privilege(current_database(), 'TEMPORARY')
    UNION ALL SELECT 'it reaches the schema that holds the erasing switch' WHERE
        to_regnamespace('vipdesk_guard') IS NOT NULL
        AND has_schema_privilege(to_regnamespace('vipdesk_guard')::oid, 'USAGE')
    UNION ALL SELECT 'it may set session_replication_role' WHERE
        has_parameter_privilege('session_replication_role', 'SET')
"""


@contextmanager
def as_owner(alias: str = DEFAULT_DB_ALIAS) -> Iterator[BaseDatabaseWrapper]:
    """Within this block the alias is a second connection to the same database, of the role that MIGRATE_DATABASE_URL
    names; of the usual role where there is none."""
    usual = connections[alias]
    owner = usual.copy()
    owner.settings_dict.update(owner_credentials())
    connections[alias] = owner
    try:
        yield owner
    finally:
        connections[alias] = usual
        owner.close()


def owner_credentials() -> dict[str, Any]:
    """How the owner connects. Not to which database: that is DATABASE_URL's, which tests and copies replace."""
    owner = settings.MIGRATE_DATABASE
    return {name: owner[name] for name in _CREDENTIALS if name in owner}


def settle(owner: BaseDatabaseWrapper, application: str) -> None:
    """After migrations: switch off pgtrigger's own switch, and grant `application` what a process needs. Idempotent."""
    quote = owner.ops.quote_name
    with owner.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('public._pgtrigger_should_ignore(name)') IS NOT NULL, current_user")
        has_triggers, role = cursor.fetchone()
        if has_triggers:
            cursor.execute(_NO_IGNORE)
        if application and application != role:
            rows = "SELECT, INSERT, UPDATE, DELETE"
            rows += ", MAINTAIN" if cursor.connection.server_version >= MAINTAIN_SINCE else ""
            names = {"database": quote(owner.settings_dict["NAME"]), "role": quote(application)}
            cursor.execute(_GRANTS.format(rows=rows, **names))


def excessive_powers(alias: str = DEFAULT_DB_ALIAS) -> list[str]:
    """What the role of this connection can do to the guards of the database, in words; empty: nothing."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_POWERS)
        return [power for (power,) in cursor.fetchall()]


def analyze(*tables: str) -> None:
    """ANALYZE these tables, or all: by the owner's function, for PostgreSQL 15 and 16 let nobody else."""
    names = list(tables) or connections[DEFAULT_DB_ALIAS].introspection.django_table_names(only_existing=True)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT vipdesk_analyze(VARIADIC %s::regclass[])", [names])
