"""Forms of signing in, of one's own PIN and of the tablets."""

import re
import unicodedata
from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from staff import pins, stepup
from staff.access import StaffRequest
from staff.models import Tablet

_SIX_DIGITS = _("A PIN has six digits.")
_PIN_KEYS = {"inputmode": "numeric", "pattern": "[0-9]*", "minlength": pins.DIGITS, "autocomplete": "off"}


class LoginForm(AuthenticationForm):
    """Login name and password, as large as a thumb in the dark needs them."""

    username = forms.CharField(
        label=_("Login name"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocapitalize": "none", "autocomplete": "username", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    error_messages = {
        "invalid_login": _("Login name and password do not belong together. Both are case-sensitive."),
        "inactive": _("This account is closed. Ask operations."),
    }


class OwnPasswordForm(PasswordChangeForm):
    """Another password of one's own. The old one counts as one tried at the door: wrong ones lock."""

    def __init__(self, *args: Any, request: StaffRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        if not stepup.is_own_password(self.request, old):
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old


class PinField(forms.CharField):
    """Six digits, hidden while they are typed; full-width ones are understood."""

    def __init__(self, *, label: Any, **attributes: Any) -> None:
        # Without a maximum: what a finger adds is refused in words, not cut off unseen.
        widget = forms.PasswordInput(attrs={**_PIN_KEYS, **attributes})
        super().__init__(label=label, widget=widget, error_messages={"required": _SIX_DIGITS})

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text if not text else self._normalised(text)

    def _normalised(self, text: str) -> str:
        try:
            return pins.normalise(text)
        except pins.BadPin as bad:
            raise ValidationError(_SIX_DIGITS) from bad


class PadForm(forms.Form):
    """The PIN as it is typed at the door."""

    pin = PinField(label=_("PIN"), autofocus=True, **{"class": "form-control"})


class PinForm(forms.Form):
    """A PIN of one's own. The password counts as one tried at the door: wrong ones lock."""

    # Named as at the door: django-axes keeps what was sent, and leaves this field out.
    password = forms.CharField(
        label=_("Your password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    pin = PinField(label=_("New PIN, six digits"))
    again = PinField(label=_("The same PIN again"))

    def __init__(self, *args: Any, request: StaffRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if authenticate(self.request, username=self.request.user.username, password=password) is None:
            raise ValidationError(_("This is not your password."))
        return password

    def clean_pin(self) -> str:
        pin: str = self.cleaned_data["pin"]
        try:
            pins.check_strength(pin)
        except pins.BadPin as bad:
            raise ValidationError(_("This is what others try first. Choose six digits without a pattern.")) from bad
        return pin

    def clean(self) -> None:
        pin, again = self.cleaned_data.get("pin"), self.cleaned_data.get("again")
        if pin and again and pin != again:
            self.add_error("again", _("These are not the same six digits."))


class CodeForm(forms.Form):
    """What the phone shows now; spaces and full-width digits are understood."""

    code = forms.CharField(
        label=_("Code of your phone"),
        max_length=20,
        error_messages={"required": _("The code has six digits.")},
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "one-time-code", "inputmode": "numeric", "pattern": "[0-9 ]*"}
        ),
    )

    def clean_code(self) -> str:
        code = unicodedata.normalize("NFKC", self.cleaned_data["code"]).replace(" ", "")
        if not re.fullmatch(r"[0-9]{6}", code):
            raise ValidationError(_("The code has six digits."))
        return code


class EnrolForm(forms.Form):
    """The code that operations read out."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
    )


class TabletForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """One more tablet, by the name that is written on its back."""

    class Meta:
        model = Tablet
        fields = ["name"]
        labels = {"name": _("Name of the tablet")}
        error_messages = {"name": {"unique": _("There is a tablet of this name already, or was.")}}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("Hall 1")})}
