"""Forms of the stored bottles: taking one in, taking some out, extending it. How much is a step or a percentage."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.intake.members import as_number
from vipdesk.sheets.identifiers import RewrittenNumber, read_identifier
from vipdesk.templatetags.nights import clock, moment
from visits.bottles import BottleRefused, percent
from visits.choices import BottleCategory
from visits.forms.once import OnceForm
from visits.models import BottleWithdrawal, Party, StoredBottle

OTHER = "other"
STEPS = [(Decimal("0.25"), "¼"), (Decimal("0.5"), "½"), (Decimal("0.75"), "¾")]


class AmountForm(OnceForm):
    """A share of a full bottle, by a step or typed in percent."""

    amount = forms.CharField(
        label=_("How much"), widget=forms.RadioSelect, error_messages={"required": _("Choose how much.")}
    )
    percent = forms.DecimalField(
        label=_("Percent of a full bottle"),
        required=False,
        min_value=Decimal("0.1"),
        max_value=100,
        max_digits=4,
        decimal_places=1,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    party = forms.ModelChoiceField(
        label=_("Party"),
        queryset=Party.objects.all(),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("There is no such party.")},
    )

    def __init__(self, *args: Any, parties: Iterable[Party] = (), without_party: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parties = list(parties)
        rooms = [(party.pk, _("%(place)s, since %(at)s") % _seated(party)) for party in self.parties]
        cast(forms.ModelChoiceField, self.fields["party"]).widget.choices = [*rooms, ("", without_party)]  # type: ignore[type-arg]

    def clean(self) -> dict[str, Any]:
        """`share` is what both fields say together."""
        facts = super().clean() or {}
        amount = facts.get("amount")
        if amount == OTHER and not self.errors.get("percent"):
            if facts.get("percent") is None:
                self.add_error("percent", _("Type how much, in percent."))
            else:
                facts["share"] = facts["percent"] / 100
        elif amount and amount != OTHER:
            facts["share"] = self._step(amount)
        return facts

    def _step(self, amount: str) -> Decimal | None:
        try:
            share = Decimal(amount)
        except InvalidOperation:
            share = Decimal("NaN")
        if not share.is_finite() or abs(share) > 9:
            self.add_error("amount", _("Choose how much."))
            return None
        return share

    def refuse(self, refused: BottleRefused) -> None:
        """Say why at the field where it was typed."""
        field = refused.field
        if field in ("amount", "remaining"):
            field = "percent" if self.cleaned_data.get("amount") == OTHER else "amount"
        self.add_error(field if field in self.fields else None, str(refused))


def _number(typed: str) -> str:
    try:
        return as_number(read_identifier(None, typed))
    except RewrittenNumber as error:
        raise forms.ValidationError(str(error)) from error


def _seated(party: Party) -> dict[str, str]:
    return {"place": party.room.title, "at": clock(party.seated_at)}


class StoreForm(AmountForm):
    """A bottle that a guest leaves; how full it is, is a step or a percentage."""

    bottle_no = forms.CharField(
        label=_("Bottle number"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    product = forms.CharField(label=_("Product"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    category = forms.ChoiceField(
        label=_("Category"), choices=BottleCategory, initial=BottleCategory.SPIRITS, widget=forms.RadioSelect
    )
    is_opened = forms.BooleanField(label=_("Opened already"), required=False)
    locker = forms.CharField(
        label=_("Locker"), max_length=20, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    field_order = ["product", "category", "amount", "percent", "is_opened", "bottle_no", "locker", "party"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, without_party=_("Brought along"), **kwargs)
        self.fields["amount"].widget.choices = [("1", _("Full")), *STEPS[::-1], (OTHER, "%")]
        self.fields["amount"].initial = "1"

    def clean_bottle_no(self) -> str:
        return _number(self.cleaned_data["bottle_no"])

    def clean_locker(self) -> str:
        return _number(self.cleaned_data["locker"])

    def bottle(self, customer: int) -> StoredBottle:
        """What was typed, unsaved."""
        said = self.cleaned_data
        facts = {name: said[name] for name in ("bottle_no", "product", "category", "is_opened", "locker", "party")}
        return StoredBottle(customer_id=customer, remaining=said["share"], client_id=said["client_id"], **facts)


class TakeForm(AmountForm):
    """Some of a bottle or all of it. What “all” means is what the page showed: where somebody took some meanwhile, it
    is refused."""

    despite_expiry = forms.BooleanField(label=_("The guest knows that it has expired"), required=False)

    def __init__(self, *args: Any, bottle: StoredBottle, **kwargs: Any) -> None:
        super().__init__(*args, without_party=_("For taking home"), **kwargs)
        steps = [(share, words) for share, words in STEPS if share < bottle.remaining]
        every = (bottle.remaining, _("All of it"))
        self.fields["amount"].widget.choices = [*steps, every, (OTHER, "%")]
        if self.parties:
            self.fields["party"].initial = self.parties[0].pk


class CorrectForm(forms.Form):
    """Which withdrawal was a mistake, and what happened."""

    withdrawal = forms.ModelChoiceField(
        BottleWithdrawal.objects.none(),
        label=_("Taken out by mistake"),
        empty_label="—",
        error_messages={
            "required": _("Choose what was a mistake."),
            "invalid_choice": _("This has been put right already."),
        },
    )
    reason = forms.CharField(
        label=_("Why"), max_length=200, error_messages={"required": _("Say why: it stays in the bottle's history.")}
    )

    def __init__(self, *args: Any, bottle: StoredBottle, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["withdrawal"]
        standing = bottle.withdrawals.filter(corrects=None, correction=None).select_related("party__room")
        self.standing = list(standing)
        chosen.queryset = standing
        chosen.widget.choices = [("", "—"), *((one.pk, _taken_in_words(one)) for one in self.standing)]

    def refuse(self, refused: BottleRefused) -> None:
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))


def _taken_in_words(taken: BottleWithdrawal) -> str:
    where = taken.party.room.title if taken.party else _("for taking home")
    return f"{moment(taken.at)} · {percent(taken.amount)} % · {where}"


class ExtendForm(forms.Form):
    """A later last day, and why."""

    until = forms.DateField(label=_("Good until"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    reason = forms.CharField(
        label=_("Why"), max_length=200, error_messages={"required": _("Say why: it stays in the bottle's history.")}
    )

    def refuse(self, refused: BottleRefused) -> None:
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))
