"""Forms of complaints: taking one in with a few taps, and the moves of one."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.families import GuestChoiceField
from customers.models import Customer
from feedback.complaint_choices import Category, Channel, CompensationKind, RootCause, Severity
from feedback.models import Compensation, Complaint
from feedback.models.complaint import LONGEST_WORDS
from staff.models import User
from vipdesk import nights
from vipdesk.forms import AmountField, SureForm
from vipdesk.templatetags.nights import night as night_in_words
from visits.forms.once import OnceForm
from visits.models import Party
from visits.querysets import guest_keys

_BARE = {"autocomplete": "off"}
NIGHTS_BACK = 3  # whose parties a complaint can still be about


class ComplaintForm(OnceForm):
    """About what, how severe, what was said; guest and party as the page knows them, or chosen."""

    category = forms.ChoiceField(
        label=_("What is it about?"),
        choices=Category.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it is about.")},
    )
    severity = forms.ChoiceField(
        label=_("How severe?"), choices=Severity.choices, initial=Severity.NORMAL, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("What the guest said"),
        max_length=LONGEST_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, **_BARE}),
    )
    wished = forms.CharField(
        label=_("What they wish"), max_length=300, required=False, widget=forms.TextInput(attrs=_BARE)
    )
    channel = forms.ChoiceField(label=_("How it came"), choices=Channel.choices, widget=forms.RadioSelect)
    party = forms.ModelChoiceField(
        Party.objects.none(),
        label=_("Room"),
        required=False,
        empty_label=_("no room"),
        error_messages={"invalid_choice": _("Choose one of these rooms.")},
    )
    customer = GuestChoiceField(
        Customer.objects.none(),
        label=_("Guest"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("This guest is not on file any more.")},
    )

    def __init__(self, *args: Any, user: User, party: Party | None, guest: Customer | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of_party, self.of_guest = party, guest
        came: Any = self.fields["channel"]
        came.choices = [(value, label) for value, label in Channel.choices if value != Channel.SURVEY]
        came.initial = Channel.VISIT if party else Channel.HAND
        rooms: Any = self.fields["party"]
        rooms.queryset = _parties(party)
        rooms.label_from_instance = _in_words
        who: Any = self.fields["customer"]
        who.queryset = Customer.objects.visible_to(user).living()
        self.guests = _guests(party, guest, user)
        who.initial = guest.pk if guest else self.guests[0].pk if self.guests else None

    @property
    def chosen(self) -> str:
        """The key of the guest whose chip is on, as the page compares them."""
        return str(self["customer"].value() or "")

    @property
    def has_more(self) -> bool:
        """Whether something stands in the folded part that one should see."""
        return bool(self["wished"].value() or self["wished"].errors or self["channel"].errors or self["party"].errors)

    def complaint(self) -> Complaint:
        """What was typed, unsaved; of a valid form."""
        said = self.cleaned_data
        names = ("category", "severity", "words", "wished", "channel", "party", "customer", "client_id")
        return Complaint(**{name: said[name] for name in names})


def _parties(party: Party | None) -> Any:
    """Of the last nights, tonight's open ones first."""
    if party:
        return Party.objects.filter(pk=party.pk)
    tonight = nights.tonight()
    recent = Party.objects.filter(night__range=(tonight - dt.timedelta(days=NIGHTS_BACK - 1), tonight))
    return recent.select_related("room", "customer").order_by("-night", "room__number")


def _in_words(party: Party) -> str:
    host = party.customer.name if party.customer else party.host_name
    return " · ".join(filter(None, (str(party.room), host, night_in_words(party.night))))


def _guests(party: Party | None, guest: Customer | None, user: User) -> list[Customer]:
    """Those it can be about: the one guest, or everybody on file of the party, the host first."""
    if guest:
        return [guest]
    if not party:
        return []
    keys = guest_keys(Party.objects.with_guests().get(pk=party.pk))
    found = Customer.objects.visible_to(user).living().in_bulk(keys)
    return [found[key] for key in keys if key in found]


class WordsForm(OnceForm):
    """A move with a sentence to it."""

    words = forms.CharField(
        label=_("In a sentence"), max_length=LONGEST_WORDS, required=False, widget=forms.TextInput(attrs=_BARE)
    )


class SaidForm(WordsForm):
    """A move that says nothing without its sentence."""

    words = forms.CharField(
        label=_("In a sentence"),
        max_length=LONGEST_WORDS,
        widget=forms.TextInput(attrs=_BARE),
        error_messages={"required": _("Say it in a sentence: it stands in the timeline.")},
    )


class CloseForm(WordsForm):
    """Why it happened (G1)."""

    root_cause = forms.ChoiceField(
        label=_("Why it happened"),
        choices=[("", "—"), *RootCause.choices],
        error_messages={"required": _("Say why it happened before you close it.")},
    )
    category = forms.ChoiceField(label=_("What it was about"), choices=Category.choices)
    prevention = forms.CharField(
        label=_("So that it does not happen again"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs=_BARE),
    )


class AssignForm(WordsForm):
    """A manager who answers for it from now on."""

    to = forms.ModelChoiceField(
        User.objects.none(), label=_("Give to"), empty_label="—", error_messages={"required": _("Choose somebody.")}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to: Any = self.fields["to"]
        to.queryset = User.objects.with_roles().managers()


class CompensationForm(OnceForm, SureForm):
    """What the guest is to get, its value in yuan, and why."""

    kind = forms.ChoiceField(label=_("What"), choices=CompensationKind.choices)
    value = AmountField(label=_("Value in yuan"), least=Decimal(0), asks_above="compensation")
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        widget=forms.TextInput(attrs=_BARE),
        error_messages={"required": _("Say why: operations read it.")},
    )

    def compensation(self, complaint: Complaint) -> Compensation:
        said = self.cleaned_data
        names = ("kind", "value", "reason", "client_id")
        return Compensation(complaint=complaint, **{name: said[name] for name in names})
