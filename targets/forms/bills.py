"""Forms about bills: a claim on the tablet; to whom operations give a bill; why a claim is rejected."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from staff.models import User
from targets.charge_querysets import ChargeQuerySet
from targets.choices import ChargeKind, Payment
from targets.models import Charge, Claim
from vipdesk.forms import AmountField, SureForm
from vipdesk.sheets.identifiers import RewrittenNumber, read_identifier
from vipdesk.templatetags.nights import night as night_in_words
from visits.forms.once import OnceForm
from visits.models import Room

_BARE = {"autocomplete": "off"}


class RefusedForm(forms.Form):
    """A form whose rule may refuse it after it was valid."""

    def refuse(self, field: str, message: str) -> None:
        """Say why at the field where it was typed."""
        self.add_error(field if field in self.fields else None, message)


class MomentField(forms.DateTimeField):
    """Form field for a local time of the past, also one that the clocks show twice or skip.

    Django refuses such a time, so that nobody could claim a bill in the hour in which summer time ends. Of two moments
    the later that has been is meant; a time that is skipped is read as if the clocks had not been changed yet.
    """

    def to_python(self, value: Any) -> dt.datetime | None:
        local = _local_time(value)
        if local is None:
            return super().to_python(value)
        zone = timezone.get_current_timezone()
        first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
        return second if first < second <= timezone.now() else first


def _local_time(value: Any) -> dt.datetime | None:
    """The time without a zone that is typed; None for what the field itself has to judge."""
    try:
        moment = parse_datetime(value.strip()) if isinstance(value, str) else None
    except ValueError:  # well written and impossible, such as 30 February
        return None
    return moment if moment is not None and moment.tzinfo is None else None


class ClaimForm(OnceForm, SureForm, RefusedForm):
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
    amount = AmountField(
        label=_("Amount in yuan"),
        least=Decimal("0.01"),
        asks_above="bill",
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
    paid_at = MomentField(
        label=_("Paid at"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["paid_at"].initial = timezone.now

    def clean_bill_no(self) -> str:
        try:
            return read_identifier(None, self.cleaned_data["bill_no"])
        except RewrittenNumber as error:
            raise forms.ValidationError(str(error)) from error

    def claim(self, manager: User) -> Claim:
        said = self.cleaned_data
        names = ("bill_no", "kind", "amount", "payment", "room", "paid_at", "client_id")
        return Claim(manager=manager, **{name: said[name] for name in names})


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


class WaitingFilter(forms.Form):
    """Which of nobody's bills are listed: of a room (0: of none), of a night, naming somebody. Empty: all of them; what
    cannot be read filters nothing."""

    room = forms.TypedChoiceField(label=_("Room"), coerce=int, required=False, empty_value=None)
    night = forms.DateField(label=pgettext_lazy("bills", "Night"), required=False, widget=forms.Select)
    named = forms.TypedChoiceField(label=_("Named on the bill"), coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, waiting: ChargeQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [("", pgettext_lazy("filter of bills", "all"))]
        rooms = waiting.order_by("room__number").values_list("room", "room__number").distinct()
        nights = waiting.order_by("-night").values_list("night", flat=True).distinct()
        people = User.objects.filter(pk__in=waiting.order_by().values("named"))
        fields: Any = self.fields
        fields["room"].choices = [*every, *((key or 0, number or _("no room")) for key, number in rooms)]
        fields["named"].choices = [*every, (0, pgettext_lazy("filter of bills", "nobody")), *_by_key(people)]
        fields["night"].widget.choices = [*every, *((night.isoformat(), night_in_words(night)) for night in nights)]
        self.is_valid()

    def narrow(self, waiting: ChargeQuerySet) -> ChargeQuerySet:
        chosen = getattr(self, "cleaned_data", {})
        for name in ("room", "named"):
            if (key := chosen.get(name)) is not None:
                waiting = waiting.filter(**{name: key or None})
        if chosen.get("night"):
            waiting = waiting.filter(night=chosen["night"])
        return waiting


def _by_key(people: Iterable[User]) -> list[tuple[int, str]]:
    return [(person.pk, str(person)) for person in people]


class GiveManyForm(RefusedForm):
    """Whose the ticked bills are, or all that the filter shows, and one reason. `seen` is how many these were when the
    page was made: others that came since are not given unseen."""

    bills = forms.TypedMultipleChoiceField(
        coerce=int, required=False, error_messages={"invalid_choice": _("Some of these bills were settled meanwhile.")}
    )
    are_all = forms.BooleanField(required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    to = forms.ModelChoiceField(
        User.objects.none(),
        label=pgettext_lazy("bills", "Give them to"),
        empty_label="—",
        error_messages={"required": _("Choose somebody.")},
    )
    reason = forms.CharField(
        label=_("Why"), max_length=200, error_messages={"required": _("Say why: it stays in the ledger.")}
    )

    def __init__(self, *args: Any, shown: ChargeQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = list(shown.order_by().values_list("pk", flat=True))
        fields: Any = self.fields
        fields["bills"].choices = [(key, key) for key in self.keys]
        fields["to"].queryset = User.objects.with_roles().managers()
        fields["seen"].initial = len(self.keys)

    @property
    def ticked(self) -> list[str]:
        return [str(key) for key in self["bills"].value() or []]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if facts.get("are_all"):
            facts["bills"] = self.keys
            if facts.get("seen") != len(self.keys):
                self.add_error("bills", _("The list has changed meanwhile. Look at it again."))
        elif not facts.get("bills") and "bills" not in self.errors:
            self.add_error("bills", _("Tick the bills, or all of them."))
        return facts

    def chosen(self) -> dict[str, Any]:
        """What `give_bills` takes, of a valid form."""
        return {name: self.cleaned_data[name] for name in ("bills", "to", "reason")}


class RejectForm(RefusedForm):
    """Why there is no such bill."""

    reason = forms.CharField(
        label=_("Why"), max_length=200, error_messages={"required": _("Say why: the manager reads it.")}
    )
