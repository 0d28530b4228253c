"""Migration operations of this project."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState
from pgtrigger.compiler import Trigger
from pgtrigger.migrations import AddTrigger


class CreateModels(Operation):
    """Migration operation that runs many `CreateModel` and `AddTrigger` operations and renders the state once.

    Each of them alone renders its model and all related models again, which took 9/10 of the time of `migrate` on an
    empty database. Both only add to the state, so the state after the last of them serves all of them.
    """

    category = OperationCategory.ADDITION
    serialization_expand_args = ["operations"]

    def __init__(self, operations: list[CreateModel | AddTrigger]) -> None:
        if not all(isinstance(operation, CreateModel | AddTrigger) for operation in operations):
            raise TypeError("CreateModels takes CreateModel and AddTrigger operations only.")
        self.operations = operations

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [], {"operations": self.operations}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # a cached property: rendered again when it is next asked for
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, to_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, from_state)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)


class ReplaceTriggers(Operation):
    """Migration operation that puts triggers in the place of those of the same name, one for each model.

    `RemoveTrigger` and `AddTrigger` render the model and all related models anew, twice for each trigger. This renders
    nothing: the statements stand in the compiled triggers. Models rendered earlier keep the old triggers in their
    `Meta`, where no operation looks for them.
    """

    category = OperationCategory.ALTERATION
    serialization_expand_args = ["triggers"]

    def __init__(self, triggers: list[tuple[str, Trigger]]) -> None:
        self.triggers = triggers

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [], {"triggers": self.triggers}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        for model, trigger in self.triggers:
            options = state.models[app_label, model].options
            others = [other for other in options["triggers"] if other.name != trigger.name]
            options["triggers"] = [*others, trigger]

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Install the triggers as `to_state` has them; backwards that is the state before."""
        for model, wanted in self.triggers:
            for trigger in to_state.models[app_label, model].options["triggers"]:
                if trigger.name == wanted.name:
                    schema_editor.execute(trigger.install_sql, params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "Replace triggers of " + ", ".join(f"{model} ({trigger.name})" for model, trigger in self.triggers)
