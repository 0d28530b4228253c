"""Forms of the text messages: a batch of a night, a test to oneself, a decision on what nobody knows."""

from django import forms
from django.utils.translation import gettext_lazy as _

from customers import phones
from outreach.models import Campaign


class BatchForm(forms.Form):
    """Which campaign goes out on which night; `is_forced` on a night that is no SMS night."""

    campaign = forms.ModelChoiceField(
        label=_("Campaign"), queryset=Campaign.objects.filter(approved_at__isnull=False), to_field_name="code"
    )
    night = forms.DateField(label=_("Night"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    is_forced = forms.BooleanField(label=_("Also on a night that is no SMS night"), required=False)


class TestForm(forms.Form):
    """A number of one's own; kept nowhere."""

    number = forms.CharField(
        label=_("My number"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )

    def clean_number(self) -> str:
        try:
            return phones.normalise(self.cleaned_data["number"])
        except phones.BadPhone as error:
            raise forms.ValidationError(str(error)) from error


WORDS = {"sent": _("The guest has it"), "lost": _("Not sent, leave it"), "again": _("Not sent, send it")}


class ReplyForm(forms.Form):
    """What somebody who read a guest's answer says of it: `stop`, no more messages; `read`, nothing to do."""

    reply = forms.IntegerField()
    word = forms.ChoiceField(choices=[("stop", ""), ("read", "")])


class DecisionForm(forms.Form):
    message = forms.IntegerField()
    word = forms.ChoiceField(choices=list(WORDS.items()))
