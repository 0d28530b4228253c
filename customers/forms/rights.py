"""What is asked of after-sales before a guest gets a copy, is forgotten, or goes because nobody needs them any more."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.erasing import calendar_day
from customers.models import Erasure
from staff.access import StaffRequest
from staff.stepup import ConfirmedForm

MOST_AT_ONCE = 100
Identity = Erasure.Identity
# What counts as having checked that it is the guest who asks.
CHECKS = [(one.value, one.label) for one in Identity if one != Identity.NOT_NEEDED]
_NOT_CHECKED = _("Check first that it is the guest who asks.")


def _identity() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("How do you know that it is the guest who asks?"),
        choices=CHECKS,
        widget=forms.RadioSelect,
        error_messages={"required": _NOT_CHECKED, "invalid_choice": _NOT_CHECKED},
    )


def _sure(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, error_messages={"required": _("Tick this to go on: it cannot be undone.")})


class EraseForm(ConfirmedForm):
    """A guest asks to be forgotten."""

    identity = _identity()
    requested_on = forms.DateField(
        label=_("Asked for on"),
        initial=calendar_day,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": _("On which day did the guest ask?"), "invalid": _("A date, please.")},
    )
    is_sure = _sure(_("Erase this guest everywhere. It cannot be undone."))

    def clean_requested_on(self) -> Any:
        day = self.cleaned_data["requested_on"]
        if day > calendar_day():
            raise forms.ValidationError(_("This day is still to come."))
        return day


class CopyForm(ConfirmedForm):
    """A guest asks for what is held about them."""

    identity = _identity()
    language = forms.ChoiceField(
        label=_("In which language?"),
        choices=[("zh-hans", "简体中文"), ("en", "English")],
        initial="zh-hans",
        widget=forms.RadioSelect,
    )
    format = forms.ChoiceField(
        label=_("To read, or for another machine?"),
        choices=[("html", _("To read and print")), ("json", _("For a machine (JSON)"))],
        initial="html",
        widget=forms.RadioSelect,
    )


class RetentionForm(ConfirmedForm):
    """Guests ticked on the list of those whom nobody needs any more."""

    pick = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": _("Tick the guests first.")})
    is_sure = _sure(_("Erase those ticked everywhere. It cannot be undone."))

    def __init__(self, data: Any = None, *, request: StaffRequest) -> None:
        super().__init__(data, request=request)
        keys = data.getlist("pick") if data else []
        self.fields["pick"].choices = [(key, key) for key in keys if _is_key(key)]  # type: ignore[attr-defined]

    def clean_pick(self) -> list[int]:
        picked: list[int] = self.cleaned_data["pick"]
        if len(picked) > MOST_AT_ONCE:
            raise forms.ValidationError(_("At most %(most)d at once, please.") % {"most": MOST_AT_ONCE})
        return picked


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
