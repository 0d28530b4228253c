"""The rules a house begins with; operations edit them. Member days are a house's own, so none is shipped."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def load(apps: StateApps, schema: BaseDatabaseSchemaEditor) -> None:
    rules = apps.get_model("outreach", "OutreachRules")
    rules.objects.get_or_create(pk=1, defaults={"call_weekdays": ["wed", "thu"], "sms_weekdays": ["mon", "fri"]})


class Migration(migrations.Migration):
    dependencies = [("outreach", "0001_calls")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
