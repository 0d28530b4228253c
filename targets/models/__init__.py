"""Tables of charges, plans, targets, statements and gifts, by noun."""

from targets.models.charge import Charge
from targets.models.claim import Claim
from targets.models.gift import Gift, GiftAllowance, GiftCost
from targets.models.plan import BonusBand, CommissionPlan, CommissionTier, GiftBand, Target, TeamBoard
from targets.models.statement import Adjustment, MonthClosing, Statement
from targets.models.till import Till

__all__ = [
    "Adjustment",
    "BonusBand",
    "Charge",
    "Claim",
    "CommissionPlan",
    "CommissionTier",
    "Gift",
    "GiftAllowance",
    "GiftBand",
    "GiftCost",
    "MonthClosing",
    "Statement",
    "Target",
    "TeamBoard",
    "Till",
]
