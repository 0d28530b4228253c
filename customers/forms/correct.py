"""Correcting a guest's record: the facts of capture, and what only those who know the guest can add (D7)."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from customers import phones
from customers.forms.guest import GuestForm


class CorrectForm(GuestForm):
    """All of a guest's record that people write. `version` is the state it was opened in: a save over somebody else's
    change is refused once, with what was typed still there."""

    needs_birthday = False

    reason = forms.CharField(label=_("Why (optional)"), required=False, max_length=200)
    version = forms.DateTimeField(widget=forms.HiddenInput, required=False)

    class Meta(GuestForm.Meta):
        fields = [
            *GuestForm.Meta.fields,
            "tier",
            "member_no",
            "member_since",
            "likes_rooms",
            "likes_drinks",
            "likes_music",
            "dislikes",
            "sms_consent",
            "call_consent",
        ]
        widgets = {"member_since": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.updated_at.isoformat()
        self.initial["phone"] = phones.display(self.instance.phone or "")
        self.number_on_file = self.instance.phone

    def clean_member_no(self) -> str | None:
        return (self.cleaned_data["member_no"] or "").strip().upper() or None

    def accept_version(self, updated_at: dt.datetime) -> None:
        """Say that somebody else was faster; the next save, made with open eyes, goes through."""
        typed = cast(QueryDict, self.data).copy()
        typed["version"] = updated_at.isoformat()
        self.data = typed
        self.add_error(None, _("Somebody changed this guest while you were typing. Look, then save again."))

    def changed_fields(self) -> list[str]:
        """Model fields that differ from what is on file, with those that follow from them. Saving the form confirms
        every guess an import made: the person has the record before their eyes."""
        changed = [name for name in self.changed_data if name in self.Meta.fields]
        if self.instance.phone == self.number_on_file and "phone" in changed:
            changed.remove("phone")
        if "name" in changed:
            changed.append("name_is_partial")
        if self.instance.needs_check:
            self.instance.needs_check = []
            changed.append("needs_check")
        return changed
