"""Forms about bills: a claim on the tablet; to whom operations give a bill; why a claim is rejected."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from staff.models import User
from targets.choices import ChargeKind, Payment
from targets.models import Charge, Claim
from visits.forms.once import OnceForm
from visits.models import Room

_BARE = {"autocomplete": "off"}


class RefusedForm(forms.Form):
    """A form whose rule may refuse it after it was valid."""

    def refuse(self, field: str, message: str) -> None:
        """Say why at the field where it was typed."""
        self.add_error(field if field in self.fields else None, message)


class ClaimForm(OnceForm, RefusedForm):
    """A bill as its manager has it in hand, before the till sends it."""

    bill_no = forms.CharField(
        label=_("Bill number"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false", **_BARE}),
        error_messages={"required": _("The number stands on the bill.")},
    )
    kind = forms.ChoiceField(
        label=_("What for"), choices=ChargeKind.choices, initial=ChargeKind.ROOM, widget=forms.RadioSelect
    )
    amount = forms.DecimalField(
        label=_("Amount in yuan"),
        min_value=Decimal("0.01"),
        max_digits=14,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", **_BARE}),
        error_messages={"required": _("How much?")},
    )
    payment = forms.ChoiceField(
        label=_("Paid with"), choices=Payment.choices, initial=Payment.WECHAT, widget=forms.RadioSelect
    )
    room = forms.ModelChoiceField(
        Room.objects.order_by("number"),
        label=_("Room"),
        required=False,
        empty_label=_("no room"),
        to_field_name="number",
    )
    paid_at = forms.DateTimeField(
        label=_("Paid at"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["paid_at"].initial = timezone.now

    def claim(self, manager: User) -> Claim:
        said = self.cleaned_data
        facts = {name: said[name] for name in ("kind", "amount", "payment", "room", "paid_at", "client_id")}
        return Claim(manager=manager, bill_no=" ".join(said["bill_no"].split()), **facts)


class GiveForm(RefusedForm):
    """Whose a bill is from now on, and why."""

    to = forms.ModelChoiceField(User.objects.none(), label=_("Whose it is"), required=False, empty_label=_("nobody"))
    reason = forms.CharField(
        label=_("Why"), max_length=200, error_messages={"required": _("Say why: it stays in the ledger.")}
    )

    def __init__(self, *args: Any, bill: Charge, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to: Any = self.fields["to"]
        to.queryset = User.objects.with_roles().managers()
        to.initial = bill.manager_id


class RejectForm(RefusedForm):
    """Why there is no such bill."""

    reason = forms.CharField(
        label=_("Why"), max_length=200, error_messages={"required": _("Say why: the manager reads it.")}
    )
