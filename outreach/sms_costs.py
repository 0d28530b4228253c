"""What text messages cost, by month and campaign (G10): the parts that the provider has, or may have, taken, at the
price that the batch was built with. A message belongs to its batch's night. Amounts in yuan."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, DecimalField, ExpressionWrapper, F, Sum
from django.db.models.functions import TruncMonth

from outreach.models import SmsMessage
from outreach.sms_planning import PAID

MONTHS = 12
_PRICE = ExpressionWrapper(F("segments") * F("batch__segment_price"), DecimalField(max_digits=14, decimal_places=4))
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class CampaignCost:
    campaign: str
    messages: int
    parts: int
    cost: Decimal


@dataclass(frozen=True)
class MonthCost:
    """A month's campaigns, the dearest first."""

    first: dt.date
    campaigns: list[CampaignCost]

    @property
    def messages(self) -> int:
        return sum(one.messages for one in self.campaigns)

    @property
    def parts(self) -> int:
        return sum(one.parts for one in self.campaigns)

    @property
    def cost(self) -> Decimal:
        return sum((one.cost for one in self.campaigns), Decimal(0)).quantize(_CENT)


def costs_by_month(tonight: dt.date) -> list[MonthCost]:
    """The last twelve months, the newest first, this one so far; one statement."""
    months = tonight.year * 12 + tonight.month - MONTHS
    first = dt.date(months // 12, months % 12 + 1, 1)
    taken = SmsMessage.objects.filter(batch__night__range=(first, tonight), state__in=PAID).order_by()
    rows = taken.values(campaign=F("batch__campaign__name"), month=TruncMonth("batch__night")).annotate(
        messages=Count("pk"), parts=Sum("segments"), cost=Sum(_PRICE)
    )
    found: dict[dt.date, list[CampaignCost]] = {}
    for row in rows:
        one = CampaignCost(row["campaign"], row["messages"], row["parts"], row["cost"])
        found.setdefault(row["month"], []).append(one)
    dearest = {month: sorted(ones, key=lambda one: (-one.cost, one.campaign)) for month, ones in found.items()}
    return [MonthCost(month, dearest[month]) for month in sorted(dearest, reverse=True)]
