"""What came of a call, and a contact outside the lists."""

from django import forms
from django.utils.translation import gettext_lazy as _

from outreach.choices import CallOutcome, ContactChannel
from visits.forms.once import OnceForm


class CallForm(OnceForm):
    outcome = forms.ChoiceField(choices=CallOutcome, error_messages={"required": _("Choose what came of it.")})
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class ContactForm(OnceForm):
    """Calls are written down on the lists; here is everything else (T11)."""

    channel = forms.ChoiceField(
        label=_("How you spoke"),
        choices=ContactChannel,
        initial=ContactChannel.WECHAT,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    text = forms.CharField(label=_("What was said"), max_length=500, error_messages={"required": _("What was said?")})
