"""Forms of the guest's own page: their answer, their details, their wish for silence."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import phones
from customers.forms.capture import CaptureForm
from feedback.forms.surveys import AnswersForm
from feedback.models import Survey
from visits.forms.once import OnceForm


class GuestAnswersForm(AnswersForm):
    """What the guest is asked on their own phone, without a name; who wants to be called leaves a number."""

    phone = forms.CharField(
        label=_("Your phone number, so that we can reach you"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "type": "tel", "autocomplete": "tel"}),
    )

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"].strip()
        try:
            return phones.normalise(typed) if typed else ""
        except phones.BadPhone as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """A number alone says the same as the tick."""
        said = super().clean() or self.cleaned_data
        if said.get("wants_contact") and not said.get("phone") and "phone" not in self.errors:
            self.add_error("phone", _("Leave your number: without it nobody can get in touch with you."))
        said["wants_contact"] = bool(said.get("wants_contact") or said.get("phone"))
        return said

    def answered(self, device: Any) -> Survey:
        survey = self.survey(Survey.Channel.QR, timezone.now())
        survey.device = device
        return survey


class OwnDetailsForm(CaptureForm):
    """A guest enters themselves: a name and a number are enough, the rest is theirs to leave out."""

    needs_birthday = needs_address = asks_about_number = False

    class Meta(CaptureForm.Meta):
        fields = [name for name in CaptureForm.Meta.fields if name not in ("notes", "source")]

    notes = source = party = None  # type: ignore[assignment]  # Django's way of leaving out a field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = self.fields
        fields["consent"].label = _("I have read the notice, and agree that you keep this")
        fields["consent"].error_messages["required"] = _("Without your consent nothing is kept.")
        fields["sms_consent"].label = _("You may send me offers by SMS")
        fields["call_consent"].label = _("You may ring me up")
        for name in ("birthday_month", "birthday_day", "birthday_year"):  # side by side, with no room for labels
            fields[name].widget.attrs["aria-label"] = fields[name].label


class SilenceForm(OnceForm):
    """No more messages to this number; no calls either only where the link is a party's."""

    phone = forms.CharField(
        label=_("Your phone number"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "type": "tel", "autocomplete": "tel"}),
        error_messages={"required": _("A phone number is needed.")},
    )
    calls = forms.BooleanField(label=_("No phone calls either"), required=False)

    def __init__(self, *args: Any, offers_calls: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not offers_calls:
            del self.fields["calls"]

    def clean_phone(self) -> str:
        try:
            return phones.normalise(self.cleaned_data["phone"])
        except phones.BadPhone as error:
            raise forms.ValidationError(str(error)) from error
