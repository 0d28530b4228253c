"""The capture form (D1): a guest's facts, what they agreed to, and the UUID that makes sending it twice harmless."""

import uuid
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from customers import birthdays, phones
from customers.forms.guest import BIRTHDAY_NUMBERS, CONTACT_FIELDS, TOO_YOUNG, GuestForm
from customers.models import PrivacyNotice
from customers.services import Agreement
from vipdesk import nights
from vipdesk.forms import SureForm

# What of a submission counts when two of them are compared: all that a person typed, nothing that the page added.
IGNORED_KEYS = {"csrfmiddlewaretoken", "client_id"}


class CaptureForm(SureForm, GuestForm):
    """Nothing is saved without the notice having been shown: `consent` is required."""

    consent = forms.BooleanField(
        label=_("Guest has seen the notice"),
        error_messages={"required": _("Show the guest the notice first; without it nothing is saved.")},
    )
    sms_consent = forms.BooleanField(label=_("SMS offers"), required=False)
    call_consent = forms.BooleanField(label=_("Phone calls"), required=False)
    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    notice_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    # The party from whose page the guest is captured.
    party = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**63 - 1)

    asks_about_number = True

    class Meta(GuestForm.Meta):
        pass

    def __init__(self, *args: Any, notice: PrivacyNotice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notice = notice
        self.fields["client_id"].initial = uuid.uuid4
        self.fields["notice_version"].initial = notice.version

    def clean_client_id(self) -> uuid.UUID:
        return self.cleaned_data["client_id"] or uuid.uuid4()

    def clean(self) -> dict[str, Any]:
        """The version on the guest's screen has to be the one in force: a page left open overnight is asked again. A
        number of one digit, which people type to be done with the field, is asked about."""
        facts = super().clean()
        number = facts.get("phone")
        if self.asks_about_number and number and phones.is_one_digit(number):
            said = {"number": phones.display(number)}
            self.ask("phone", number, _("Is this the guest's number?"), _("Yes, it really is %(number)s.") % said)
        shown = facts.get("notice_version")
        if shown is not None and shown != self.notice.version and "consent" not in self.errors:
            self.add_error("consent", _("The notice has changed since this page was opened. Please show the new one."))
        return facts

    def agreement(self) -> Agreement:
        said = self.cleaned_data
        return Agreement(notice=self.notice, sms=said["sms_consent"], call=said["call_consent"])

    @property
    def is_refusal(self) -> bool:
        """Whether nothing of this guest may be kept, whatever else was typed: they did not agree, or are under age. A
        form in which nothing was typed is of no guest."""
        if not any(self.data.get(name) for name in (*CONTACT_FIELDS, *BIRTHDAY_NUMBERS)):
            return False
        year = self.cleaned_data.get("birthday_year")
        return (
            self.has_error("consent", "required")
            or self.has_error("birthday_year", TOO_YOUNG)
            or (year is not None and birthdays.is_surely_minor(year, on=nights.tonight()))
        )

    def content(self) -> dict[str, list[str]]:
        """What was sent, for comparing two submissions of one UUID."""
        typed = cast(QueryDict, self.data)
        return {key: [str(v) for v in typed.getlist(key)] for key in sorted(typed) if key not in IGNORED_KEYS}
