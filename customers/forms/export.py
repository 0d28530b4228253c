"""Taking a list of guests out of the house: as what, and why."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

SHORTEST_REASON, LONGEST_REASON = 5, 200
MOST_IN_XLSX = 100_000  # a workbook of more takes minutes to write, and longer to open


class ExportForm(forms.Form):
    """`found` is how many guests there are to take, counted no further than one beyond MOST_IN_XLSX.

    The password is looked at by the view, and only once everything else is in order.
    """

    format = forms.ChoiceField(
        label=_("As"),
        choices=[("xlsx", "XLSX"), ("csv", "CSV")],
        initial="xlsx",
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    reason = forms.CharField(
        label=_("What for"),
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept with your name, and shown to operations."),
    )
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, data: Any = None, *, found: int) -> None:
        super().__init__(data)
        self.found = found

    def clean_format(self) -> str:
        chosen: str = self.cleaned_data["format"]
        if not self.found:
            raise forms.ValidationError(_("No guest matches: there is nothing to take out."))
        if chosen == "xlsx" and self.found > MOST_IN_XLSX:
            words = _("XLSX takes at most %(most)s guests: choose CSV, or narrow the filter.")
            raise forms.ValidationError(words % {"most": f"{MOST_IN_XLSX:,}"})
        return chosen
