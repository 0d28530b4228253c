"""The role of the application cannot change what may only grow, whatever statement it is made to send."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import InternalError, ProgrammingError, connection, transaction

from customers.tests.factories import make_customer
from targets.models import Charge
from targets.tests.bills import make_charge
from vipdesk.checks import application_role_is_plain
from vipdesk.database_roles import as_owner, excessive_powers
from vipdesk.tests.served import Server

pytestmark = [pytest.mark.django_db, pytest.mark.servers]


def execute(*statements: str) -> list[tuple[Any, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def guarded_tables() -> dict[str, str]:
    """Tables whose rows only grow, each with the name of its trigger in the database."""
    return {
        model._meta.db_table: trigger.get_pgid(model)
        for model in apps.get_models(include_auto_created=True)
        for trigger in getattr(model._meta, "triggers", [])
        if trigger.name == "append_only"
    }


def test_every_history_and_every_ledger_is_guarded() -> None:
    tables = guarded_tables()
    assert {"targets_charge", "customers_accesslog", "customers_consent", "customers_erasure"} <= tables.keys()
    histories = {model._meta.db_table for model in apps.get_models() if hasattr(model, "pgh_obj")}
    assert histories and histories <= tables.keys()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE targets_charge DISABLE TRIGGER USER",
        "ALTER TABLE targets_charge DISABLE TRIGGER ALL",
        "ALTER TABLE targets_charge RENAME TO charge",
        "DROP TRIGGER {trigger} ON targets_charge",
        "DROP FUNCTION {trigger}() CASCADE",
        "CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE OR REPLACE FUNCTION vipdesk_erased_keys() RETURNS bigint[] LANGUAGE sql AS 'SELECT ''{{1}}''::bigint[]'",
        "CREATE TRIGGER swallow BEFORE INSERT ON targets_charge FOR EACH ROW EXECUTE FUNCTION {trigger}()",
        "CREATE RULE swallow AS ON UPDATE TO targets_charge DO INSTEAD NOTHING",
        "TRUNCATE targets_charge CASCADE",
        "DROP TABLE targets_charge CASCADE",
        "SET session_replication_role = replica",
        "SET ROLE {owner}",
        "SET SESSION AUTHORIZATION {owner}",
        "CREATE TEMPORARY TABLE targets_monthclosing (month date)",
        "CREATE TABLE public.targets_other (month date)",
        "CREATE SCHEMA other",
        "SELECT * FROM vipdesk_guard.erasing",
        "INSERT INTO vipdesk_guard.erasing VALUES (pg_current_xact_id(), '{{1}}')",
    ],
)
def test_a_power_of_the_owner_is_refused(statement: str) -> None:
    names = {"trigger": guarded_tables()["targets_charge"], "owner": owner_of("targets_charge")}
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        execute(statement.format(**names))


def owner_of(table: str) -> str:
    ((name,),) = execute(f"SELECT relowner::regrole::text FROM pg_class WHERE oid = '{table}'::regclass")
    return str(name)


SWITCHES = {
    "none": (),
    "the erasing switch of earlier versions": ("SET LOCAL vipdesk.erasing = 'on'",),
    "the switch of pgtrigger": ("SET LOCAL pgtrigger.ignore = '{{{trigger}}}'",),
    "a path to tables of its own": ("SET LOCAL search_path = pg_temp, public",),
}


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("change", ["UPDATE targets_charge SET amount = amount + 1", "DELETE FROM targets_charge"])
def test_a_row_that_may_only_grow_is_not_changed(mgr1: Any, switch: str, change: str) -> None:
    bill = make_charge(mgr1)
    trigger = guarded_tables()["targets_charge"]
    with pytest.raises(InternalError, match="Cannot update or delete rows"):
        execute(*(statement.format(trigger=trigger) for statement in SWITCHES[switch]), change)
    assert Charge.objects.get(pk=bill.pk).amount == bill.amount


def test_no_guarded_table_belongs_to_the_role_or_can_be_emptied_by_it() -> None:
    for table in guarded_tables():
        rights = "SELECT pg_has_role(relowner, 'MEMBER'), has_table_privilege(oid, 'TRUNCATE, TRIGGER') FROM pg_class"
        assert execute(f"{rights} WHERE oid = '{table}'::regclass") == [(False, False)], table


def test_every_guarded_table_has_its_trigger_enabled() -> None:
    enabled = execute("SELECT tgname, tgenabled FROM pg_trigger WHERE tgname LIKE 'pgtrigger_append_only_%'")
    assert dict(enabled) == dict.fromkeys(guarded_tables().values(), "O")


def test_functions_of_the_owner_have_a_fixed_search_path_without_the_sessions_own_tables_first() -> None:
    functions = execute(
        "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    assert {name for name, _config in functions} >= {"vipdesk_begin_erasing", "vipdesk_end_erasing"}
    for name, config in functions:
        (path,) = [entry for entry in config or [] if entry.startswith("search_path=")]
        assert re.fullmatch(r"search_path=pg_catalog,.*\bpg_temp", path), name


def test_the_check_passes_the_role_of_the_application() -> None:
    assert application_role_is_plain(None, databases=["default"]) == []
    assert excessive_powers() == []


def test_the_check_fails_for_the_owner() -> None:
    with as_owner():
        errors = run_checks(include_deployment_checks=True, databases=["default"])
    (error,) = [error for error in errors if error.id == "vipdesk.E001"]
    assert error.is_serious() and "owns tables" in error.msg and "TRUNCATE" in error.msg


def test_the_check_asks_no_database_that_is_not_named() -> None:
    assert application_role_is_plain(None) == []


@pytest.fixture
def new_table() -> Iterator[str]:
    """A table that the owner made after the last migration."""
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE made_later (id bigserial PRIMARY KEY, word text)")
    yield "made_later"
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("DROP TABLE made_later")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("furnished")
def test_a_table_of_a_later_migration_is_read_and_written_and_not_emptied(new_table: str) -> None:
    execute(f"INSERT INTO {new_table} (word) VALUES ('one')", f"UPDATE {new_table} SET word = 'two'")
    assert execute(f"SELECT word FROM {new_table}") == [("two",)]
    execute(f"DELETE FROM {new_table}")
    with pytest.raises(ProgrammingError):
        execute(f"TRUNCATE {new_table}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("furnished")
def test_migrate_runs_as_the_owner_and_leaves_the_connection_to_the_application() -> None:
    call_command("migrate", verbosity=0)
    assert excessive_powers() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("furnished")
def test_a_process_of_the_desk_connects_as_the_application(tmp_path: Any, mgr1: Any) -> None:
    """gunicorn as it is served: the connections it opens are those of the plain role."""
    make_customer()
    server = Server(tmp_path)
    try:
        server.start()
        assert server.ask("GET", "/readyz", "").status in (200, 503)
        sessions = execute(
            "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database() AND usename IS NOT NULL"
        )
        assert sessions == [(connection.settings_dict["USER"],)]
        assert sessions != [(owner_of("targets_charge"),)]
    finally:
        server.kill()
