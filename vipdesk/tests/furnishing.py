"""The rows that migrations insert, put back after a test that emptied the tables."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import transaction

MIGRATION = "0002_default_rows"


def restore_default_rows() -> None:
    """Insert the default rows of all apps where they are missing. Rows that are there stay as they are."""
    with transaction.atomic():
        for add_default_rows in _functions():
            add_default_rows(apps, None)


@functools.cache
def _functions() -> tuple[Callable[[Any, Any], None], ...]:
    configs = [
        config for config in apps.get_app_configs() if Path(config.path, "migrations", f"{MIGRATION}.py").exists()
    ]
    return tuple(importlib.import_module(f"{c.name}.migrations.{MIGRATION}").add_default_rows for c in configs)
