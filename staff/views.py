"""Signing in and out, and the two settings that are everybody's own: language and theme."""

from typing import cast

from django.conf import settings
from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from staff import access, roles
from staff.forms import LoginForm
from staff.models import Theme, User

login = auth_views.LoginView.as_view(
    template_name="staff/login.html", authentication_form=LoginForm, redirect_authenticated_user=True
)
logout = auth_views.LogoutView.as_view(next_page=reverse_lazy("staff:login"))


class _ChangePassword(auth_views.PasswordChangeView):
    """One's own new password; choosing one ends the duty to choose one."""

    template_name = "staff/password.html"
    success_url = reverse_lazy("staff:home")

    def form_valid(self, form: object) -> HttpResponse:
        cast(User, self.request.user).must_change_password = False
        return super().form_valid(form)  # type: ignore[arg-type]


change_password = access.role_required(*roles.ALL)(_ChangePassword.as_view())


@access.role_required(*roles.ALL)
def home(request: access.StaffRequest) -> HttpResponse:
    """To the role's home (CONTRACT.md, "Screens")."""
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
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(target if is_ours else reverse("staff:home"))


def locked_out(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
    """What django-axes shows after too many wrong passwords: for how long, and who can help."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return render(request, "staff/locked_out.html", {"minutes": minutes}, status=429)
