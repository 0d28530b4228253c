"""The rows that every venue starts with: limits of complaints and of compensation. Operations edit them."""

from decimal import Decimal

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# severity, minutes to the first answer, minutes to the solution, counted in shift or real hours
LIMITS = [
    ("low", 60, 960, "shift"),
    ("normal", 30, 480, "shift"),
    ("high", 15, 120, "shift"),
    ("critical", 10, 60, "real"),
]
MANAGER_LIMIT = Decimal("200.00")


def add_default_rows(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    Limit = apps.get_model("feedback", "ComplaintLimit")
    names = ("severity", "answer_minutes", "solve_minutes", "hours")
    Limit.objects.bulk_create([Limit(**dict(zip(names, row, strict=True))) for row in LIMITS], ignore_conflicts=True)
    Compensation = apps.get_model("feedback", "CompensationLimit")
    Compensation.objects.bulk_create([Compensation(role="manager", amount=MANAGER_LIMIT)], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_initial")]

    operations = [migrations.RunPython(add_default_rows, migrations.RunPython.noop)]
