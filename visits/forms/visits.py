"""Forms of what managers do in a room: a visit with its sale and promise, why a VIP was missed, what was spent."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from customers.families import GuestChoiceField, GuestsChoiceField
from customers.models import Customer
from staff.models import User
from vipdesk.forms import AmountField, SureForm
from visits.choices import Mood, SaleOutcome, SpendReason
from visits.forms.once import OnceForm
from visits.models import Party, RoomVisit, SecondSale
from visits.visiting import CannotVisit, Promised, Sale

SALE, PROMISE = ("item", "amount", "outcome", "is_promotion"), ("promise", "due")
DUE = (15, 30, 60)  # minutes
_BARE = {"autocomplete": "off"}


class RefusedForm(forms.Form):
    """A form whose rule may refuse it after it was valid."""

    def refuse(self, refused: CannotVisit) -> None:
        """Say why at the field where it was typed."""
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))


class VisitForm(OnceForm, SureForm, RefusedForm):
    """Whom they met, in what mood, what was said; perhaps one second sale and one promise."""

    met = GuestsChoiceField(
        Customer.objects.none(),
        label=_("Who was there"),
        required=False,
        error_messages={"invalid_choice": _("This guest is not with the party.")},
    )
    mood = forms.ChoiceField(label=_("Their mood"), choices=Mood.choices, required=False, widget=forms.RadioSelect)
    opinion = forms.CharField(
        label=_("What they said"), max_length=500, required=False, widget=forms.TextInput(attrs=_BARE)
    )
    item = forms.CharField(label=_("What"), max_length=80, required=False, widget=forms.TextInput(attrs=_BARE))
    amount = AmountField(label=_("Amount in yuan"), required=False, least=Decimal(0), asks_above="sale")
    outcome = forms.ChoiceField(
        label=_("What came of it"), choices=SaleOutcome.choices, required=False, widget=forms.RadioSelect
    )
    is_promotion = forms.BooleanField(label=_("Part of a promotion"), required=False)
    promise = forms.CharField(label=_("What"), max_length=200, required=False, widget=forms.TextInput(attrs=_BARE))
    due = forms.TypedChoiceField(
        label=_("By when"),
        choices=[(str(n), _("in %(n)d min") % {"n": n}) for n in DUE],
        coerce=int,
        initial="30",
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, party: Party | None, guests: Iterable[Customer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.party, self.guests = party, list(guests)
        keys = [guest.pk for guest in self.guests]
        met: Any = self.fields["met"]
        met.queryset = Customer.objects.filter(pk__in=keys)

    @property
    def chosen(self) -> list[str]:
        """Keys of the guests whose chip is on, as the page compares them."""
        return [str(key) for key in self["met"].value() or []]

    @property
    def has_sale(self) -> bool:
        """Whether something of a sale was typed, or is wrong: then it stands unfolded."""
        return any(self[name].errors or self[name].value() for name in SALE)

    @property
    def has_promise(self) -> bool:
        return any(self[name].errors for name in PROMISE) or bool(self["promise"].value())

    def clean(self) -> dict[str, Any]:
        """Nobody ticked is asked once, where there is somebody to tick. A sale has its thing and its outcome, one that
        was taken its amount; a promise its time."""
        said = super().clean() or {}
        if self.party is None:
            self.add_error(None, _("Which room?"))
        if self.guests and "met" in said and not said["met"]:
            nobody = pgettext("met on a visit", "Nobody is ticked.")
            self.ask("met", "", nobody, _("None of these guests was there: the visit is the room's."))
        if any(said.get(name) not in (None, "", False) for name in SALE):
            self._ask_for("item", _("What was it?"))
            self._ask_for("outcome", _("What came of it?"))
            if said.get("outcome") == SaleOutcome.SOLD:
                self._ask_for("amount", _("For how much?"))
        if said.get("promise"):
            self._ask_for("due", _("By when?"))
        return said

    def _ask_for(self, name: str, why: Any) -> None:
        if name not in self.errors and self.cleaned_data.get(name) in (None, ""):
            self.add_error(name, why)

    def visit(self, at: dt.datetime) -> RoomVisit:
        """What was typed, unsaved and nobody's yet; of a valid form."""
        said = self.cleaned_data
        return RoomVisit(
            party=self.party, at=at, mood=said["mood"], opinion=said["opinion"], client_id=said["client_id"]
        )

    def sales(self) -> list[Sale]:
        said = self.cleaned_data
        if not said["item"]:
            return []
        outcome, amount = SaleOutcome(said["outcome"]), said["amount"] or Decimal(0)
        return [Sale(item=said["item"], amount=amount, outcome=outcome, is_promotion=said["is_promotion"])]

    def promises(self, now: dt.datetime) -> list[Promised]:
        said = self.cleaned_data
        if not said["promise"]:
            return []
        return [Promised(text=said["promise"], due_at=now + dt.timedelta(minutes=said["due"]))]


class OfferForm(OnceForm, SureForm, RefusedForm):
    """A promotion offered to a party, and what came of it."""

    item = forms.CharField(
        label=_("Promotion"),
        max_length=80,
        widget=forms.TextInput(attrs=_BARE),
        error_messages={"required": _("Which promotion?")},
    )
    outcome = forms.ChoiceField(
        label=_("What came of it"),
        choices=SaleOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("What came of it?")},
    )
    amount = AmountField(label=_("Amount in yuan"), required=False, least=Decimal(0), asks_above="sale")

    def __init__(self, *args: Any, party: Party, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.party = party

    def clean(self) -> dict[str, Any]:
        """One that was taken has its amount."""
        said = super().clean() or {}
        if said.get("outcome") == SaleOutcome.SOLD and said.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("For how much?"))
        return said

    def offer(self, by: User) -> SecondSale:
        """What was typed, unsaved; of a valid form."""
        said = self.cleaned_data
        return SecondSale(
            party=self.party,
            manager=by,
            item=said["item"],
            outcome=said["outcome"],
            amount=said["amount"] or Decimal(0),
            client_id=said["client_id"],
        )


class MissedForm(RefusedForm):
    """Why a VIP of the party was not visited."""

    customer = GuestChoiceField(
        Customer.objects.none(), error_messages={"invalid_choice": _("This guest is not with the party.")}
    )
    reason = forms.CharField(max_length=200, error_messages={"required": _("A missed visit needs a reason.")})

    def __init__(self, *args: Any, guests: Iterable[Customer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customer: Any = self.fields["customer"]
        customer.queryset = Customer.objects.filter(pk__in=[guest.pk for guest in guests if guest.is_vip])

    @property
    def about(self) -> str:
        """The guest's key as it was sent, for the page to put what is wrong at their line."""
        return str(self["customer"].value() or "")


class SpendForm(OnceForm, SureForm, RefusedForm):
    """All that a party has spent so far; that it is no less than nothing is the rule's own word."""

    amount = AmountField(
        label=_("Spent so far, in yuan"), asks_above="spend", error_messages={"required": _("How much, in all?")}
    )
    why = forms.ChoiceField(
        label=_("Why less than before"), choices=SpendReason.choices, required=False, widget=forms.RadioSelect
    )

    @property
    def asks_why(self) -> bool:
        return bool(self["why"].errors or self["why"].value())
