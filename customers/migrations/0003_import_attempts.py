from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("customers", "0002_house"),
    ]

    operations = [
        migrations.AddField(
            model_name="customerimport",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="customerimport",
            name="language",
            field=models.CharField(blank=True, default="", max_length=10),
        ),
    ]
