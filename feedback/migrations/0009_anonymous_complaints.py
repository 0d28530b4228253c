"""An anonymous answer's complaint is of its party and of no guest; until now it was the host's."""

from django.db import migrations


def leave_hosts_alone(apps, schema_editor):
    complaints = apps.get_model("feedback", "Complaint").objects
    complaints.filter(survey__isnull=False, survey__customer=None, customer__isnull=False).update(customer=None)


class Migration(migrations.Migration):

    dependencies = [
        ('feedback', '0008_contact_phone'),
    ]

    operations = [
        migrations.RunPython(leave_hosts_alone, migrations.RunPython.noop),
    ]
