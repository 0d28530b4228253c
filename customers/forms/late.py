"""What of a late capture goes into the guest's record."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

TAKE, LEAVE = "take", "leave"


class SettleForm(forms.Form):
    """`take` is some of the names it is given; `seen` the state of the guest that was on the screen."""

    action = forms.ChoiceField(choices=[(TAKE, TAKE), (LEAVE, LEAVE)])
    take = forms.MultipleChoiceField(required=False)
    seen = forms.DateTimeField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, offered: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["take"].choices = [(name, name) for name in offered]  # type: ignore[attr-defined]  # its own

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("action") == TAKE and not said.get("take") and "take" not in self.errors:
            self.add_error("take", _("Tick what to take over, or leave the guest as they are."))
        return said

    def chosen(self) -> list[str]:
        return list(self.cleaned_data["take"]) if self.cleaned_data["action"] == TAKE else []

    def seen_at(self) -> dt.datetime:
        at: dt.datetime = self.cleaned_data["seen"]
        return at
