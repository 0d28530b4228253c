"""A manager's own target of a month."""

from django import forms
from django.utils.translation import gettext_lazy as _

from targets.plan_files import MOST_YUAN


class TargetForm(forms.Form):
    """Empty: back to the plan's floor."""

    amount = forms.DecimalField(
        label=_("Target, yuan"),
        required=False,
        min_value=0,
        max_value=MOST_YUAN,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
