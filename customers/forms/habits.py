"""What a guest likes and cannot stand (D7), written down in passing: four lines and the notes."""

from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from customers.forms.correct import VersionedForm
from customers.models import Customer

TASTES = ("likes_drinks", "dislikes", "likes_rooms", "likes_music")


class HabitsForm(VersionedForm):
    """Confirms nothing else of the record. `focus` names the field that was tapped."""

    notes = forms.CharField(label=_("Notes"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))

    class Meta:
        model = Customer
        fields = [*TASTES, "notes"]

    def __init__(self, *args: Any, focus: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TASTES:
            self.fields[name].widget.attrs["autocomplete"] = "off"
        if focus in self.fields and focus != "version":
            self.fields[focus].widget.attrs["autofocus"] = True
        self.on_file = {name: getattr(self.instance, name) for name in self.Meta.fields}

    def accept_version(self, *args: Any) -> None:
        """Says beside each field what stands there by now, where that is not what was typed."""
        super().accept_version(*args)
        for name in set(self.changed_data) & set(self.on_file):
            now = self.on_file[name] or "—"  # escaped, since help is markup
            self[name].help_text = _("On file now: %(value)s") % {"value": escape(now)}
