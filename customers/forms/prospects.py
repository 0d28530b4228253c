"""Forms of prospects (T12 G14): somebody met outside, a try to win them, giving them up."""

import uuid
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from customers import names, phones
from customers.choices import GivenUpFor, LeadSource, ProspectChannel, ProspectOutcome
from customers.models import Prospect, ProspectAttempt

# What of a submission counts when two of them are compared: all that a person typed, nothing that the page added.
IGNORED_KEYS = {"csrfmiddlewaretoken", "client_id"}
# Why somebody may say that it came to nothing; the rest is said by time.
REASONS = [(one.value, one.label) for one in GivenUpFor if one != GivenUpFor.LONG_AGO]


class _Once(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """With a UUID made by the page or, for a plain form, by us."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client_id"].initial = uuid.uuid4

    def clean_client_id(self) -> uuid.UUID:
        self.instance.client_id = self.cleaned_data["client_id"] or uuid.uuid4()
        client_id: uuid.UUID = self.instance.client_id
        return client_id

    def validate_unique(self) -> None:
        """The database says it, and a form sent again is no error (`vipdesk.submissions`)."""

    def validate_constraints(self) -> None:
        """Likewise; what a person must be told is told at the field."""

    def content(self, **about: Any) -> dict[str, Any]:
        """What was sent, and about what, for comparing two submissions of one UUID."""
        typed = cast(QueryDict, self.data)
        return about | {key: [str(v) for v in typed.getlist(key)] for key in sorted(typed) if key not in IGNORED_KEYS}


class ProspectForm(_Once):
    """The number and where they were met are enough."""

    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "type": "tel"}),
        error_messages={"required": _("A phone number is needed.")},
    )
    lead = forms.ChoiceField(
        label=_("Where you met"),
        choices=LeadSource,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={"required": _("Say where you met.")},
    )

    class Meta:
        model = Prospect
        fields = ["phone", "lead", "where", "name", "note", "call_consent"]
        labels = {
            "name": _("Name (if known)"),
            "where": _("Which place, which action"),
            "note": _("Note (if any)"),
            "call_consent": _("They agreed to be called"),
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            "where": forms.TextInput(attrs={"autocomplete": "off"}),
            "note": forms.Textarea(attrs={"rows": 2}),
        }

    def clean_phone(self) -> str:
        try:
            return phones.normalise(self.cleaned_data["phone"])
        except phones.BadPhone as error:
            raise forms.ValidationError(str(error)) from error

    def clean_name(self) -> str:
        if not self.cleaned_data["name"]:
            return ""
        try:
            return names.read_name(self.cleaned_data["name"]).text
        except names.BadName as error:
            raise forms.ValidationError(str(error)) from error


class AttemptForm(_Once):
    """How, and what came of it: two taps."""

    channel = forms.ChoiceField(choices=ProspectChannel, error_messages={"required": _("Say how you spoke.")})
    outcome = forms.ChoiceField(choices=ProspectOutcome, error_messages={"required": _("Choose what came of it.")})

    class Meta:
        model = ProspectAttempt
        fields = ["channel", "outcome", "note"]
        labels = {"note": _("Note")}


class GiveUpForm(forms.Form):
    reason = forms.ChoiceField(choices=REASONS, error_messages={"required": _("Say why.")})
