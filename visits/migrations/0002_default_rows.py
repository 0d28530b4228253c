"""The rows that every venue starts with: how many months bottles are kept. Operations edit them."""

from decimal import Decimal

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

MONTHS = [
    ("spirits", False, Decimal("3")),
    ("spirits", True, Decimal("1.5")),
    ("wine", False, Decimal("2")),
    ("wine", True, Decimal("2")),
    ("other", False, Decimal("3")),
    ("other", True, Decimal("1.5")),
]


def add_default_rows(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    Validity = apps.get_model("visits", "BottleValidity")
    names = ("category", "is_opened", "months")
    rows = [Validity(**dict(zip(names, row, strict=True))) for row in MONTHS]
    Validity.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial")]

    operations = [migrations.RunPython(add_default_rows, migrations.RunPython.noop)]
