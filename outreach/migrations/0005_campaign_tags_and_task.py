"""A campaign chooses guests by tags, and names the task that managers got with it (S4 D5)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0009_tags'),
        ('outreach', '0004_campaign_feedback'),
        ('staff', '0004_leave'),
    ]

    operations = [
        migrations.AddField(
            model_name='campaign',
            name='tags',
            field=models.ManyToManyField(blank=True, related_name='+', to='customers.tag', verbose_name='guests with any of these tags'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='task',
            field=models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='staff.task', verbose_name='task'),
        ),
    ]
