"""Migrations: the operation that creates all models of an app, and later operations on top of it."""

from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.core.management.commands.makemigrations import Command
from django.db import DatabaseError, connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import OperationWriter
from pgtrigger.compiler import Trigger
from pgtrigger.migrations import AddTrigger, RemoveTrigger

from vipdesk.migration_operations import CreateModels, ReplaceTriggers

pytestmark = pytest.mark.servers


def make_trigger(model: str, name: str = "refuse") -> Trigger:
    """A compiled trigger that refuses to delete rows of `vipdesk_<model>`."""
    state = ProjectState()
    create_model(model).state_forwards("vipdesk", state)
    return pgtrigger.Protect(name=name, operation=pgtrigger.Delete).compile(state.apps.get_model("vipdesk", model))


def create_model(name: str, **fields: Any) -> migrations.CreateModel:
    return migrations.CreateModel(name, [("id", models.BigAutoField(primary_key=True)), *fields.items()])


def make_operation() -> CreateModels:
    link = models.ForeignKey("vipdesk.Shelf", models.CASCADE)
    creations = [create_model("Shelf"), create_model("Jar", shelf=link)]
    return CreateModels(
        [*creations, AddTrigger("shelf", make_trigger("Shelf")), AddTrigger("jar", make_trigger("Jar"))]
    )


def run(operation: Operation, state: ProjectState, app: str = "vipdesk") -> ProjectState:
    """Run the operation on the database. Returns the state after it, as `Migration.apply` would."""
    after = state.clone()
    operation.state_forwards(app, after)
    with connection.schema_editor() as editor:
        operation.database_forwards(app, editor, state, after)
    return after


def undo(operation: Operation, after: ProjectState, before: ProjectState, app: str = "vipdesk") -> None:
    with connection.schema_editor() as editor:
        operation.database_backwards(app, editor, after, before)


def triggers(table: str) -> set[str]:
    query = "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgname LIKE 'pgtrigger_%%'"
    with connection.cursor() as cursor:
        cursor.execute(query, [table])
        return {name.removeprefix("pgtrigger_").rpartition("_")[0] for (name,) in cursor.fetchall()}


def can_delete_from(table: str) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} DEFAULT VALUES")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")
    except DatabaseError:
        return False
    return True


@pytest.mark.usefixtures("database_owner")
def test_models_are_created_at_once_with_their_triggers_and_taken_back():
    before = ProjectState()
    after = run(make_operation(), before)
    assert {"vipdesk_shelf", "vipdesk_jar"} <= set(connection.introspection.table_names())
    assert triggers("vipdesk_shelf") == triggers("vipdesk_jar") == {"refuse"}
    assert not can_delete_from("vipdesk_shelf")

    undo(make_operation(), after, before)
    assert not {"vipdesk_shelf", "vipdesk_jar"} & set(connection.introspection.table_names())


def test_models_are_rendered_once_after_the_last_of_them():
    state = ProjectState()
    create_model("Crate").state_forwards("vipdesk", state)
    assert state.apps.get_model("vipdesk", "Crate")  # rendered, as `migrate` has it
    make_operation().state_forwards("vipdesk", state)
    assert "apps" not in state.__dict__
    assert state.apps.get_model("vipdesk", "Jar")._meta.get_field("shelf").related_model is state.apps.get_model(
        "vipdesk", "Shelf"
    )
    assert [trigger.name for trigger in state.apps.get_model("vipdesk", "Jar")._meta.triggers] == ["refuse"]


def test_only_what_adds_to_the_state_may_be_run_at_once():
    with pytest.raises(TypeError, match="CreateModel"):
        CreateModels([migrations.DeleteModel("Shelf")])  # type: ignore[list-item]


def test_operation_is_written_as_it_was_read():
    text, imports = OperationWriter(make_operation()).serialize()
    names: dict[str, Any] = {"models": models, "migrations": migrations}
    exec("\n".join(imports), names)
    assert eval(text.rstrip(","), names).deconstruct()[2]["operations"][1].fields[1][0] == "shelf"
    assert OperationWriter(eval(text.rstrip(","), names)).serialize()[0] == text


@pytest.mark.usefixtures("database_owner")
def test_later_triggers_are_added_and_removed_as_usual():
    first = run(make_operation(), ProjectState())

    removal = RemoveTrigger("shelf", "refuse")
    second = run(removal, first)
    assert triggers("vipdesk_shelf") == set() and can_delete_from("vipdesk_shelf")
    addition = AddTrigger("shelf", make_trigger("Shelf", "refuse_again"))
    third = run(addition, second)
    assert triggers("vipdesk_shelf") == {"refuse_again"} and not can_delete_from("vipdesk_shelf")
    assert [t.name for t in third.models["vipdesk", "shelf"].options["triggers"]] == ["refuse_again"]

    undo(addition, third, second)
    undo(removal, second, first)
    assert triggers("vipdesk_shelf") == {"refuse"} and not can_delete_from("vipdesk_shelf")


@pytest.mark.usefixtures("database_owner")
def test_a_deleted_model_that_comes_back_has_its_trigger():
    first = run(make_operation(), ProjectState())
    deletion = migrations.DeleteModel("Jar")
    second = run(deletion, first)
    assert triggers("vipdesk_jar") == set()
    undo(deletion, second, first)
    assert triggers("vipdesk_jar") == {"refuse"}


@pytest.mark.usefixtures("database_owner")
def test_a_trigger_is_replaced_by_one_of_its_name_without_rendering_models_and_put_back():
    first = run(make_operation(), ProjectState())
    assert first.apps.get_model("vipdesk", "Shelf")
    passing = pgtrigger.Trigger(
        name="refuse", when=pgtrigger.Before, operation=pgtrigger.Delete, func="RETURN OLD;"
    ).compile(first.apps.get_model("vipdesk", "shelf"))
    replacement = ReplaceTriggers([("shelf", passing)])
    second = run(replacement, first)
    assert "apps" in second.__dict__
    assert second.models["vipdesk", "shelf"].options["triggers"] == [passing]
    assert triggers("vipdesk_shelf") == {"refuse"} and can_delete_from("vipdesk_shelf")

    undo(replacement, second, first)
    assert triggers("vipdesk_shelf") == {"refuse"} and not can_delete_from("vipdesk_shelf")


# --- our own migrations ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def landed_state() -> ProjectState:
    return MigrationLoader(None).project_state()


def changes(old: ProjectState, new: ProjectState) -> dict[str, list[Operation]]:
    """What `makemigrations` would write to get from the old state to the new one."""
    found = Command.autodetector(old, new).changes(MigrationLoader(None).graph)
    return {app: [operation for migration in ours for operation in migration.operations] for app, ours in found.items()}


def test_makemigrations_sees_a_changed_trigger_and_nothing_else(landed_state):
    wanted = ProjectState.from_apps(apps)
    assert changes(landed_state.clone(), wanted) == {}

    wanted = ProjectState.from_apps(apps)
    wanted.models["staff", "nightsignature"].options["triggers"] = []
    (removal,) = changes(landed_state.clone(), wanted).pop("staff")
    assert isinstance(removal, RemoveTrigger) and (removal.model_name, removal.name) == (
        "nightsignature",
        "append_only",
    )


@pytest.mark.usefixtures("database_owner")
def test_a_trigger_of_ours_is_removed_and_put_back_by_an_ordinary_migration(landed_state):
    removal = RemoveTrigger("nightsignature", "append_only")
    assert triggers("staff_nightsignature") == {"append_only"}
    after = run(removal, landed_state, "staff")
    assert triggers("staff_nightsignature") == set()
    undo(removal, after, landed_state, "staff")
    assert triggers("staff_nightsignature") == {"append_only"}
