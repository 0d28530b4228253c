"""One's own password asked once more, before something that must not be done from a screen left open.

Once given it holds for a quarter of an hour, in the session that it was given in.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, cast

from axes.utils import reset as forget_failures
from django import forms
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from staff import lockout
from staff.access import Guarded, P, StaffRequest, password_required

HOLDS_FOR = timedelta(minutes=15)
_CONFIRMED_AT = "confirmed_at"  # in a session: when its password was given once more, in seconds


def is_own_password(request: StaffRequest, password: str) -> bool:
    """Whether this is the password of who is signed in. A wrong one counts as a failed login, locks as one, and the
    last one too many is answered as the login page answers it (django-axes' middleware)."""
    user = request.user
    found = authenticate(request, username=user.username, password=password)
    if found is None or found.pk != user.pk:
        return False
    forget_failures(username=user.username, ip=lockout.door_of(request))
    return True


def is_confirmed(request: StaffRequest) -> bool:
    """Whether this session's password was given once more within the last quarter of an hour."""
    confirmed_at: float = request.session.get(_CONFIRMED_AT, 0)
    return 0 <= timezone.now().timestamp() - confirmed_at < HOLDS_FOR.total_seconds()


class ConfirmedForm(forms.Form):
    """A form that asks for the person's own password too, unless they gave it just now. It is looked at last, so that a
    form with another fault costs no try."""

    def __init__(self, *args: Any, request: StaffRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        if not is_confirmed(request):
            # Named as at the door: django-axes keeps what was sent, and leaves this field out.
            self.fields["password"] = forms.CharField(
                label=gettext_lazy("Your password"),
                strip=False,
                widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
            )

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean() or self.cleaned_data
        if "password" in self.fields and not self.errors:
            if not is_own_password(self.request, facts["password"]):
                raise ValidationError({"password": _("This is not your password.")})
            self.request.session[_CONFIRMED_AT] = timezone.now().timestamp()
        return facts


def export(title: Any, *, refuse: Callable[..., None] | None = None) -> Callable[[Guarded[P]], Guarded[P]]:
    """Below `role_required`: this view takes something out of the house, by POST and after the password.

    A GET shows `title` and the button; so does a POST that lacks the password. `refuse` is asked first, with the view's
    arguments, and raises where there is nothing to take out.
    """

    def guard(view: Guarded[P]) -> Guarded[P]:
        @wraps(view)
        @require_http_methods(["GET", "POST"])
        def guarded(request: StaffRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if refuse:
                refuse(*args, **kwargs)
            form = ConfirmedForm(request.POST if request.method == "POST" else None, request=request)
            if form.is_valid():
                return view(request, *args, **kwargs)
            context = {"form": form, "title": title}
            # Without a word where the button of another screen led here.
            was_asked = "password" in request.POST
            if request.method == "POST" and not was_asked:
                context["form"] = ConfirmedForm(request=request)
            status = 422 if request.method == "POST" else 200
            return render(request, "staff/confirm.html", context, status=status)

        return password_required(cast("Guarded[P]", guarded))

    return guard
