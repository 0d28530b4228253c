"""Forms of campaigns: what guests said of one."""

from django import forms
from django.utils.translation import gettext_lazy as _

from visits.forms.once import OnceForm


class NoteForm(OnceForm):
    """What guests said, in a manager's words."""

    text = forms.CharField(
        label=_("What guests said of it"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what guests said, or that nobody spoke of it.")},
    )
