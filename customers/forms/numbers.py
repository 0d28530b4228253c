"""One more number for a guest, and what is asked before their only one is let go."""

from django import forms
from django.utils.translation import gettext_lazy as _

from customers import phones


class NumberForm(forms.Form):
    """A number as people type it; `cleaned_data` has it as E.164."""

    phone = forms.CharField(
        label=_("One more number"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "type": "tel"}),
        error_messages={"required": _("A phone number is needed.")},
    )

    def clean_phone(self) -> str:
        try:
            return phones.normalise(self.cleaned_data["phone"])
        except phones.BadPhone as error:
            raise forms.ValidationError(str(error)) from error


class ReleaseForm(forms.Form):
    """`sure`: let it go though it is the only one."""

    sure = forms.BooleanField(required=False)
