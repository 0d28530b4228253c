"""Captures that came in late of a number already on file, for after-sales to settle."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0009_tags'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CaptureNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client_id', models.UUIDField(unique=True)),
                ('captured_at', models.DateTimeField(verbose_name='captured at')),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='came in at')),
                ('night', models.DateField(verbose_name='night')),
                ('content', models.JSONField(default=dict)),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled at')),
                ('how', models.CharField(blank=True, choices=[('taken_over', 'taken over'), ('left', 'left as it was')], default='', max_length=10, verbose_name='how')),
                ('taken_over', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('captured_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='captured by')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='capture_notes', to='customers.customer', verbose_name='guest')),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.privacynotice', verbose_name='privacy notice')),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='settled by')),
            ],
            options={
                'verbose_name': 'late capture',
                'verbose_name_plural': 'late captures',
                'indexes': [models.Index(models.F('received_at'), condition=models.Q(('settled_at', None)), name='capture_note_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('how', ''), ('settled_at', None), ('settled_by', None)), models.Q(('settled_at__isnull', False), ('settled_by__isnull', False), models.Q(('how', ''), _negated=True)), _connector='OR'), name='capture_note_settled_whole')],
            },
        ),
    ]
