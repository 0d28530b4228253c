"""Which of two records is kept, and why; whom else a record may belong to."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.searching import LONGEST


class MergeForm(forms.Form):
    """`kept` is one of the two keys it is given."""

    kept = forms.TypedChoiceField(coerce=int, error_messages={"required": _("Say which of the two is kept.")})
    reason = forms.CharField(label=_("Why (optional)"), required=False, max_length=200)

    def __init__(self, *args: Any, keys: tuple[int, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = self.fields["kept"]
        choices.choices = [(key, str(key)) for key in keys]  # type: ignore[attr-defined]  # a choice field's own


class OtherForm(forms.Form):
    """Who else it may be: a name, a number or a member number, as the list is searched."""

    q = forms.CharField(
        label=_("The other record: its number, name or member number"),
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Type a number or a name.")},
    )
