"""The button that gives a plate: pressed twice, it gives one."""

from django import forms

from visits.forms.once import OnceForm


class GiveForm(OnceForm):
    """Nothing to type, and so nothing but the page's own UUID tells one press from the next."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
