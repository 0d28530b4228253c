"""Birthdays by month and day, for whoever is called or written to because of one; built beside a house at work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0006_erasure_orders")]

    operations = [
        AddIndexConcurrently(
            "customer",
            models.Index(
                "birthday_month",
                "birthday_day",
                name="customer_birthday",
                condition=models.Q(birthday_month__isnull=False),
            ),
        )
    ]
