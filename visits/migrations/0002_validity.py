"""How long a house usually keeps bottles; data that operations edit."""

from decimal import Decimal

from django.db import migrations

USUAL = [
    ("spirits", False, Decimal("3")),
    ("spirits", True, Decimal("1.5")),
    ("wine", False, Decimal("2")),
    ("wine", True, Decimal("2")),
    ("other", False, Decimal("3")),
    ("other", True, Decimal("1.5")),
]


def furnish(apps, schema_editor):
    Validity = apps.get_model("visits", "BottleValidity")
    for category, is_opened, months in USUAL:
        Validity.objects.get_or_create(category=category, is_opened=is_opened, defaults={"months": months})


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_ground")]

    operations = [migrations.RunPython(furnish, migrations.RunPython.noop)]
