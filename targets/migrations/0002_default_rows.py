"""The contract's example plan, a sample until operations confirm it or load their own."""

import datetime as dt
from decimal import Decimal

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

EFFECTIVE_FROM = dt.date(2026, 1, 1)
TIERS = [("50000.00", "0.03"), ("80000.00", "0.05"), ("120000.00", "0.08")]
BONUS = [("1.20", "500.00"), ("1.50", "1200.00")]
GIFTS = [("0.80", 10), ("1.00", 20), ("1.50", 30)]


def add_default_rows(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    Plan = apps.get_model("targets", "CommissionPlan")
    if Plan.objects.exists():
        return
    plan = Plan.objects.create(
        code="sample-2026",
        effective_from=EFFECTIVE_FROM,
        floor=Decimal("50000.00"),
        card_rate=Decimal("0.01"),
        card_paid_rooms_count=True,
        min_party_spend=Decimal("800.00"),
        is_sample=True,
    )
    Tier, Bonus, Gift = (apps.get_model("targets", name) for name in ("CommissionTier", "BonusBand", "GiftBand"))
    Tier.objects.bulk_create([Tier(plan=plan, over=Decimal(over), rate=Decimal(rate)) for over, rate in TIERS])
    Bonus.objects.bulk_create([Bonus(plan=plan, completion=Decimal(c), amount=Decimal(amount)) for c, amount in BONUS])
    Gift.objects.bulk_create([Gift(plan=plan, completion=Decimal(c), plates=plates) for c, plates in GIFTS])


class Migration(migrations.Migration):
    dependencies = [("targets", "0001_initial")]

    operations = [migrations.RunPython(add_default_rows, migrations.RunPython.noop)]
