"""What is everybody's own: the first screen, language, theme, password, PIN."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from staff import access, pins, roles
from staff.forms import OwnPasswordForm, PinForm
from staff.models import Theme, User
from staff.views import doors


@access.role_required(*roles.ALL)
def home(request: access.StaffRequest) -> HttpResponse:
    """To the role's home (contract.md, "Screens")."""
    user = request.user
    if user.has_role(roles.MANAGER):
        return redirect("customers:tonight")
    if user.is_superuser or user.has_role(roles.OPERATIONS):
        return redirect("admin:index")
    return redirect("customers:intake")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language chosen, with the person where somebody is signed in, and in a cookie for the login page."""
    code = request.POST.get("language", "")
    response = _back(request)
    if code in dict(settings.LANGUAGES) and check_for_language(code):
        if isinstance(request.user, User):
            User.objects.filter(pk=request.user.pk).update(language=code)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=365 * 24 * 3600,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )
    return response


@access.role_required(*roles.ALL)
@require_POST
def set_theme(request: access.StaffRequest) -> HttpResponse:
    """Keep the theme chosen."""
    theme = request.POST.get("theme", "")
    if theme in Theme.values:
        User.objects.filter(pk=request.user.pk).update(theme=theme)
    return _back(request)


def _back(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(doors.onward(request) or reverse("staff:home"))


# --- password and PIN ----------------------------------------------------------------------------------------------


class _ChangePassword(auth_views.PasswordChangeView):
    """One's own new password; choosing one ends the duty to choose one."""

    template_name = "staff/password.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("staff:home")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}

    def form_valid(self, form: object) -> HttpResponse:
        cast(User, self.request.user).must_change_password = False
        response = super().form_valid(form)  # type: ignore[arg-type]
        doors.settle_again(self.request)
        return response


change_password = access.role_required(*roles.ALL)(access.password_required(_ChangePassword.as_view()))


@access.role_required(roles.MANAGER)
@access.password_required
@sensitive_post_parameters("password", "pin", "again")
def pin(request: access.StaffRequest) -> HttpResponse:
    """One's own PIN for the tablets of the house; the password is asked again."""
    form = PinForm(request.POST or None, request=request)
    if not form.is_valid():
        return render(request, "staff/pin.html", {"form": form}, status=422 if form.errors else 200)
    pins.set_pin(user=request.user, pin=form.cleaned_data["pin"])
    messages.success(request, _("PIN saved. It opens the desk on the tablets of the house."))
    return redirect("staff:pin")


@access.role_required(roles.MANAGER)
@access.password_required
@require_POST
def remove_pin(request: access.StaffRequest) -> HttpResponse:
    """From now on the password alone."""
    pins.clear_pin(user=request.user)
    messages.success(request, _("PIN removed. From now on you sign in with your password."))
    return redirect("staff:pin")
