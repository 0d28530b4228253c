"""Plans and closed months for tests."""

import copy
import datetime as dt
from typing import Any

from targets import plans
from targets.models import CommissionPlan, MonthClosing
from targets.plan_files import plan_from

# The contract's example.
SAMPLE: dict[str, Any] = {
    "code": "sample-2026",
    "effective_from": "2026-01",
    "floor": "50000.00",
    "tiers": [
        {"over": "50000.00", "rate": "0.03"},
        {"over": "80000.00", "rate": "0.05"},
        {"over": "120000.00", "rate": "0.08"},
    ],
    "card_rate": "0.01",
    "card_paid_rooms_count": True,
    "bonus": [{"completion": "1.20", "amount": "500.00"}, {"completion": "1.50", "amount": "1200.00"}],
    "gifts": {
        "min_party_spend": "800.00",
        "bands": [
            {"completion": "0.80", "plates": 10},
            {"completion": "1.00", "plates": 20},
            {"completion": "1.50", "plates": 30},
        ],
    },
}


def written(**facts: Any) -> dict[str, Any]:
    """A plan as JSON holds it: the sample's, with other facts."""
    return copy.deepcopy(SAMPLE) | facts


def make_plan(*, is_sample: bool = False, **facts: Any) -> CommissionPlan:
    """The sample's terms from 2025 on, loaded as a file is."""
    plan = plan_from(written(**({"code": "house", "effective_from": "2025-01"} | facts)))
    plans.load_plan(plan=plan)
    CommissionPlan.objects.filter(code=plan.code).update(is_sample=is_sample)
    return CommissionPlan.objects.get(code=plan.code)


def close_by(plan: CommissionPlan, month: dt.date) -> MonthClosing:
    """A closed month without statements."""
    return MonthClosing.objects.create(month=month, plan=plan, was_sample=plan.is_sample)
