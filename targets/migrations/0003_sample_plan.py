"""The contract's example plan, marked as a sample until operations confirm it or load their own."""

import datetime as dt
from decimal import Decimal

from django.db import migrations

FROM = dt.date(2026, 1, 1)
TIERS = [("50000.00", "0.03"), ("80000.00", "0.05"), ("120000.00", "0.08")]
BONUS = [("1.20", "500.00"), ("1.50", "1200.00")]
GIFTS = [("0.80", 10), ("1.00", 20), ("1.50", 30)]


def furnish(apps, schema_editor):
    Plan = apps.get_model("targets", "CommissionPlan")
    if Plan.objects.exists():
        return
    plan = Plan.objects.create(
        code="sample-2026",
        effective_from=FROM,
        floor=Decimal("50000.00"),
        card_rate=Decimal("0.01"),
        card_paid_rooms_count=True,
        min_party_spend=Decimal("800.00"),
        is_sample=True,
    )
    for over, rate in TIERS:
        plan.tiers.create(over=Decimal(over), rate=Decimal(rate))
    for completion, amount in BONUS:
        plan.bonus_bands.create(completion=Decimal(completion), amount=Decimal(amount))
    for completion, plates in GIFTS:
        plan.gift_bands.create(completion=Decimal(completion), plates=plates)


class Migration(migrations.Migration):
    dependencies = [("targets", "0002_charges")]

    operations = [migrations.RunPython(furnish, migrations.RunPython.noop)]
