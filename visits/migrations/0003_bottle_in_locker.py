"""A bottle is looked for by its locker too."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("visits", "0002_validity")]

    operations = [
        migrations.AddIndex(
            model_name="storedbottle",
            index=models.Index(
                "locker", name="bottle_in_locker", condition=Q(remaining__gt=0) & ~Q(locker="")
            ),
        ),
    ]
