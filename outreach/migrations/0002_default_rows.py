"""The rules that every venue starts with. Operations edit them. Member days are a venue's own, so there are none."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def add_default_rows(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    Rules = apps.get_model("outreach", "OutreachRules")
    rules = Rules(pk=1, call_weekdays=["wed", "thu"], sms_weekdays=["mon", "fri"])
    Rules.objects.bulk_create([rules], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("outreach", "0001_initial")]

    operations = [migrations.RunPython(add_default_rows, migrations.RunPython.noop)]
