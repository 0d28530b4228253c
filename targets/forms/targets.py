"""A manager's own target of a month."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from targets.plan_files import MOST_YUAN
from vipdesk.forms import AmountField, SureForm


class TargetForm(SureForm):
    """Empty: back to the plan's floor."""

    amount = AmountField(label=_("Target, yuan"), required=False, least=Decimal(0), most=MOST_YUAN, asks_above="target")
