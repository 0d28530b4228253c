"""The fields a guest's record has on every screen; rules that capture and correction share (S1: true and valid)."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers import birthdays, names, phones
from customers.addresses import clean_address
from customers.birthdays import Birthday
from customers.choices import Calendar
from customers.models import Customer
from vipdesk import nights

CONTACT_FIELDS = ["name", "phone", "home_address", "work_address", "notes", "source"]
TOO_YOUNG = "too_young"  # the code of the error of a guest under age
BIRTHDAY_NUMBERS = ["birthday_month", "birthday_day", "birthday_year"]
BIRTHDAY_FIELDS = [*BIRTHDAY_NUMBERS, "birthday_calendar", "birthday_is_leap"]


def _number(low: int, high: int, label: Any, placeholder: Any = "") -> forms.IntegerField:
    attrs = {"inputmode": "numeric", "placeholder": placeholder, "autocomplete": "off"}
    widget = forms.TextInput(attrs=attrs)
    return forms.IntegerField(min_value=low, max_value=high, required=False, label=label, widget=widget)


class GuestForm(forms.ModelForm):  # type: ignore[type-arg]
    """Phone first, then the name, the birthday in its own calendar, one of two addresses."""

    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "type": "tel"}),
        error_messages={"required": _("A phone number is needed.")},
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("A name is needed.")},
    )
    birthday_calendar = forms.ChoiceField(
        label=_("Calendar"), choices=Calendar, initial=Calendar.SOLAR, required=False, widget=forms.RadioSelect
    )
    birthday_month = _number(1, 12, _("Month"), _("Month"))
    birthday_day = _number(1, 31, _("Day"), _("Day"))
    birthday_year = _number(1900, 2100, _("Year"), _("Year"))
    birthday_is_leap = forms.BooleanField(label=_("Leap month"), required=False)
    notes = forms.CharField(label=_("Notes"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))

    needs_birthday = True
    needs_address = True

    class Meta:
        model = Customer
        fields = [*CONTACT_FIELDS, *BIRTHDAY_FIELDS]
        labels = {
            "home_address": _("Home address"),
            "work_address": _("Work address"),
            "source": _("How they came to us"),
        }

    def validate_unique(self) -> None:
        """One guest per number is the database's constraint; who has the number is told when it speaks."""

    def clean_phone(self) -> str | None:
        if not self.cleaned_data["phone"]:
            return None
        try:
            return phones.normalise(self.cleaned_data["phone"])
        except phones.BadPhone as error:
            raise forms.ValidationError(str(error)) from error

    def clean_name(self) -> str:
        try:
            name = names.read_name(self.cleaned_data["name"])
        except names.BadName as error:
            raise forms.ValidationError(str(error)) from error
        self.instance.name_is_partial = name.is_partial
        return name.text

    def clean_home_address(self) -> str:
        return clean_address(self.cleaned_data["home_address"])

    def clean_work_address(self) -> str:
        return clean_address(self.cleaned_data["work_address"])

    def clean_birthday_calendar(self) -> str:
        return self.cleaned_data["birthday_calendar"] or Calendar.SOLAR

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        self._check_birthday(facts)
        if self.needs_address and not (facts.get("home_address") or facts.get("work_address")):
            self.add_error("home_address", self._missing_address())
        return facts

    def _missing_address(self) -> str:
        is_typed = any(str(self.data.get(name, "")).strip() for name in ("home_address", "work_address"))
        if is_typed:
            return gettext("This is no address. One of the two is needed.")
        return gettext("One of the two addresses is needed.")

    def _check_birthday(self, facts: dict[str, Any]) -> None:
        if any(field in self.errors for field in BIRTHDAY_FIELDS):
            return
        month, day = facts.get("birthday_month"), facts.get("birthday_day")
        if month is None or day is None:
            if self.needs_birthday or month is not None or day is not None or facts.get("birthday_year"):
                missing = "birthday_month" if month is None else "birthday_day"
                self.add_error(missing, _("Month and day of the birthday are needed; the year may stay empty."))
            return
        is_lunar = facts["birthday_calendar"] == Calendar.LUNAR
        facts["birthday_is_leap"] = bool(facts.get("birthday_is_leap")) and is_lunar
        born = Birthday(
            month=month,
            day=day,
            year=facts.get("birthday_year"),
            calendar=facts["birthday_calendar"],
            is_leap=facts["birthday_is_leap"],
        )
        try:
            birthdays.check(born, on=nights.tonight())
        except birthdays.BadBirthday as error:
            code = TOO_YOUNG if isinstance(error, birthdays.TooYoung) else None
            self.add_error(error.field, forms.ValidationError(str(error), code=code))
