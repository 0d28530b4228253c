"""Forms of an answer: neutral, nothing chosen beforehand, only the overall score needed (D4 S2)."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.families import GuestChoiceField
from customers.models import Customer
from feedback.models import Survey
from feedback.models.survey import DIMENSIONS, LONGEST_COMMENT
from feedback.surveys import SurveyRefused
from staff.models import User
from visits.forms.once import OnceForm
from visits.models import Party

_OUT_OF_RANGE = _("Choose one of the numbers.")


class ScoreField(forms.TypedChoiceField):
    """One of a few numbers as radios; None where nobody chose. The last radio takes an optional one back."""

    def __init__(self, label: Any, *, lowest: int = 1, highest: int = 5, required: bool = False) -> None:
        numbers = [(str(n), str(n)) for n in range(lowest, highest + 1)]
        super().__init__(
            label=label,
            choices=numbers if required else [*numbers, ("", "–")],
            coerce=int,
            empty_value=None,
            required=required,
            widget=forms.RadioSelect,
            error_messages={"required": _("How was it, all in all?"), "invalid_choice": _OUT_OF_RANGE},
        )
        self.numbers = numbers

    def prepare_value(self, value: Any) -> Any:
        """Nothing is chosen before somebody chose: not even "no answer"."""
        return "nothing yet" if value is None else value


class AnswersForm(OnceForm):
    """What a guest is asked, whoever holds the screen."""

    overall = ScoreField(_("All in all, how was the evening?"), required=True)
    service = ScoreField(_("Service"))
    sound = ScoreField(_("Sound"))
    food_drink = ScoreField(_("Food and drink"))
    environment = ScoreField(_("Room and ambience"))
    value = ScoreField(_("Value for money"))
    recommend = ScoreField(_("How likely would you recommend us to a friend?"), lowest=0, highest=10)
    comment = forms.CharField(
        label=_("Anything you want to tell us"),
        max_length=LONGEST_COMMENT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )
    wants_contact = forms.BooleanField(label=_("Please get in touch with me about this"), required=False)

    @property
    def dimensions(self) -> list[forms.BoundField]:
        return [self[name] for name in DIMENSIONS]

    def survey(self, channel: Survey.Channel, at: dt.datetime) -> Survey:
        """What was answered at that moment, unsaved and about nobody yet; of a valid form."""
        said = self.cleaned_data
        names = ("overall", *DIMENSIONS, "recommend", "comment", "wants_contact", "client_id")
        return Survey(channel=channel, submitted_at=at, **{name: said[name] for name in names})

    def refuse(self, refused: SurveyRefused) -> None:
        """Say why at the field where it was typed."""
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))


class SurveyForm(AnswersForm):
    """Asked by a manager: in a room of the last nights, or by telephone of a guest on file."""

    party = forms.ModelChoiceField(
        Party.objects.none(), label=_("Room"), required=False, error_messages={"invalid_choice": _("No such party.")}
    )
    customer = GuestChoiceField(
        Customer.objects.none(),
        label=_("Who answers"),
        required=False,
        error_messages={"invalid_choice": _("This guest is not with the party.")},
    )

    def __init__(
        self,
        *args: Any,
        parties: Iterable[Party],
        guests: Iterable[Customer],
        caller: Customer | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.parties, self.caller = list(parties), caller
        self.guests = [caller] if caller else list(guests)
        party: Any = self.fields["party"]
        party.queryset = Party.objects.filter(pk__in=[one.pk for one in self.parties]).select_related(
            "room", "attributed_to", "seated_by"
        )
        customer: Any = self.fields["customer"]
        customer.queryset = Customer.objects.filter(pk__in=[guest.pk for guest in self.guests])
        self.fields["comment"].label = _("In the guest's own words")
        self.fields["wants_contact"].label = _("Wants to be contacted")
        self.fields["recommend"].label = _("Would recommend us, 0 to 10")

    @property
    def party_shown(self) -> Party | None:
        """The one that was chosen, where it is one to choose."""
        chosen = str(self["party"].value() or "")
        return next((party for party in self.parties if str(party.pk) == chosen), None)

    @property
    def chosen_guest(self) -> str:
        return str(self["customer"].value() or "")

    def clean(self) -> dict[str, Any]:
        """An answer is tied to a party or to the guest who was rung up."""
        said = super().clean() or {}
        if self.caller:
            said["customer"], said["party"] = self.caller, None
        elif not said.get("party") and "party" not in self.errors:
            self.add_error("party", _("Which room?"))
        return said

    def asked_by(self, manager: User, at: dt.datetime) -> Survey:
        survey = self.survey(Survey.Channel.CALL if self.caller else Survey.Channel.TABLET, at)
        survey.manager = manager
        survey.party, survey.customer = self.cleaned_data["party"], self.cleaned_data["customer"]
        return survey
