"""People who are not guests yet, and the trigger that makes them guests by their number (T12 G14)."""

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0007_birthdays'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Prospect',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('phone', models.CharField(max_length=16, null=True, verbose_name='phone')),
                ('name', models.CharField(blank=True, default='', max_length=80, verbose_name='name')),
                ('lead', models.CharField(choices=[('cards', 'cards given out'), ('friend', 'recommended by a guest'), ('wechat', 'WeChat'), ('online', 'review sites, short videos'), ('company', 'a company visited'), ('event', 'an event outside'), ('other', 'elsewhere')], max_length=7, verbose_name='lead source')),
                ('where', models.CharField(blank=True, default='', max_length=40, verbose_name='where, which action')),
                ('source', models.CharField(blank=True, default='', editable=False, max_length=60, verbose_name='source')),
                ('note', models.CharField(blank=True, default='', max_length=500, verbose_name='note')),
                ('call_consent', models.BooleanField(default=False, verbose_name='agreed to be called')),
                ('found_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='found at')),
                ('night', models.DateField(verbose_name='night')),
                ('state', models.CharField(choices=[('open', 'open'), ('guest', 'became a guest'), ('given_up', 'given up')], default='open', max_length=8, verbose_name='state')),
                ('given_up_for', models.CharField(blank=True, choices=[('no_wish', 'not interested'), ('no_answer', 'never reached'), ('wrong', 'wrong number'), ('no_calls', 'asked to be left alone'), ('other', 'another reason'), ('long_ago', 'too long ago')], default='', max_length=9, verbose_name='given up because')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled at')),
                ('client_id', models.UUIDField(unique=True)),
            ],
            options={
                'verbose_name': 'prospect',
                'verbose_name_plural': 'prospects',
                'ordering': ['-found_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ProspectAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('phone', 'by phone'), ('wechat', 'WeChat'), ('met', 'met in person'), ('other', 'otherwise')], max_length=6, verbose_name='how')),
                ('outcome', models.CharField(choices=[('coming', 'coming'), ('thinking', 'thinking about it'), ('no_answer', 'has not answered'), ('no_wish', 'not interested'), ('wrong', 'wrong number'), ('no_calls', 'asked to be left alone')], max_length=9, verbose_name='outcome')),
                ('note', models.CharField(blank=True, default='', max_length=200, verbose_name='note')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='when')),
                ('night', models.DateField(verbose_name='night')),
                ('client_id', models.UUIDField(unique=True)),
            ],
            options={
                'verbose_name': 'try to win a prospect',
                'verbose_name_plural': 'tries to win prospects',
                'ordering': ['-at', '-pk'],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='phonenumber',
            trigger=pgtrigger.compiler.Trigger(name='meet_prospects', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    WITH met AS (\n        UPDATE customers_prospect p SET state = 'guest', customer_id = n.customer_id, settled_at = now()\n        FROM new_rows n\n        WHERE p.state = 'open' AND p.phone = n.number AND n.released_at IS NULL\n        RETURNING p.customer_id, p.source, p.night\n    )\n    UPDATE customers_customer c SET source = met.source FROM met\n    WHERE c.id = met.customer_id AND c.source = '' AND met.source <> '' AND c.night >= met.night;\n    RETURN NULL;", hash='65b62be82555b7280ac4ac0ad16991381233ead4', level='STATEMENT', operation='INSERT', pgid='pgtrigger_meet_prospects_35843', referencing='REFERENCING NEW TABLE AS new_rows ', table='customers_phonenumber', when='AFTER')),
        ),
        migrations.AddField(
            model_name='prospect',
            name='customer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='prospects', to='customers.customer', verbose_name='guest'),
        ),
        migrations.AddField(
            model_name='prospect',
            name='found_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='found by'),
        ),
        migrations.AddField(
            model_name='prospect',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prospects', to=settings.AUTH_USER_MODEL, verbose_name='looked after by'),
        ),
        migrations.AddField(
            model_name='prospectattempt',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who'),
        ),
        migrations.AddField(
            model_name='prospectattempt',
            name='prospect',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='customers.prospect', verbose_name='prospect'),
        ),
        migrations.AddIndex(
            model_name='prospect',
            index=models.Index(models.F('owner'), models.OrderBy(models.F('found_at'), descending=True), condition=models.Q(('state', 'open')), name='prospect_open'),
        ),
        migrations.AddIndex(
            model_name='prospect',
            index=models.Index(models.F('night'), models.F('lead'), name='prospect_by_night'),
        ),
        migrations.AddIndex(
            model_name='prospect',
            index=models.Index(models.F('phone'), condition=models.Q(('state', 'given_up')), name='prospect_given_up'),
        ),
        migrations.AddConstraint(
            model_name='prospect',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('phone',), name='prospect_phone_open_once'),
        ),
        migrations.AddConstraint(
            model_name='prospect',
            constraint=models.CheckConstraint(condition=models.Q(('phone__regex', '^\\+[1-9][0-9]{6,14}$')), name='prospect_phone_is_e164'),
        ),
        migrations.AddConstraint(
            model_name='prospect',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('customer', None), ('phone__isnull', False), ('settled_at', None), ('state', 'open')), models.Q(('customer__isnull', False), ('settled_at__isnull', False), ('state', 'guest')), models.Q(('customer', None), ('settled_at__isnull', False), ('state', 'given_up')), _connector='OR'), name='prospect_state_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='prospect',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'given_up'), models.Q(('given_up_for', ''), _negated=True)), models.Q(models.Q(('state', 'given_up'), _negated=True), ('given_up_for', '')), _connector='OR'), name='prospect_given_up_has_a_reason'),
        ),
    ]
