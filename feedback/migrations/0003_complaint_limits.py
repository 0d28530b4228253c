"""What a house begins with: limits of complaints and of compensation, data that operations edit."""

from decimal import Decimal

from django.db import migrations

# severity: minutes to the first answer, to the solution, counted in shift or real hours
LIMITS = [
    ("low", 60, 960, "shift"),
    ("normal", 30, 480, "shift"),
    ("high", 15, 120, "shift"),
    ("critical", 10, 60, "real"),
]
MANAGERS_MAY = Decimal("200.00")


def furnish(apps, schema_editor):
    Limit = apps.get_model("feedback", "ComplaintLimit")
    for severity, answer, solve, hours in LIMITS:
        usual = {"answer_minutes": answer, "solve_minutes": solve, "hours": hours}
        Limit.objects.get_or_create(severity=severity, defaults=usual)
    Compensation = apps.get_model("feedback", "CompensationLimit")
    Compensation.objects.get_or_create(role="manager", defaults={"amount": MANAGERS_MAY})


class Migration(migrations.Migration):
    dependencies = [("feedback", "0002_complaints")]

    operations = [migrations.RunPython(furnish, migrations.RunPython.noop)]
