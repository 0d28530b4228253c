"""The doors of the desk: by password everywhere, by PIN on an enrolled tablet; and how a tablet is enrolled."""

import base64
import textwrap
from datetime import timedelta
from typing import Any, cast

import segno
from django.conf import settings
from django.contrib.auth import login as open_session
from django.contrib.auth import logout as end_session
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from staff import lockout, pins, roles, secondstep, tablets
from staff.access import StaffRequest, role_required
from staff.forms import CodeForm, EnrolForm, LoginForm, PadForm
from staff.models import FloorUser, Tablet, User

TABLET_COOKIE = settings.TABLET_COOKIE_NAME
EARLIER_COOKIE = "desk_tablet"  # of tablets enrolled before the cookie had its prefix
TABLET_COOKIE_AGE = timedelta(days=400)  # as long as browsers keep one; renewed at each signing in
BY_PIN = "staff.backends.PinBackend"


def tablet_of(request: HttpRequest) -> Tablet | None:
    """The enrolled tablet that this browser is."""
    return tablets.find(_token_of(request))


def _token_of(request: HttpRequest) -> str:
    return request.COOKIES.get(TABLET_COOKIE) or request.COOKIES.get(EARLIER_COOKIE, "")


def onward(request: HttpRequest) -> str:
    """Where the form says to go on to, where that is a page of ours; else empty."""
    target = request.POST.get("next", request.GET.get("next", ""))
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts=hosts, require_https=request.is_secure())
    return target if is_ours else ""


# --- by password ---------------------------------------------------------------------------------------------------


class _Login(auth_views.LoginView):
    """The password form; on an enrolled tablet first the managers who may come in by PIN, the last one foremost."""

    template_name = "staff/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        tablet = tablet_of(request)
        people = _people(tablet) if tablet and request.GET.get("by") != "password" else []
        if not people:
            return super().get(request, *args, **kwargs)
        return render(request, "staff/picker.html", {"people": people, "tablet": tablet, "next": onward(request)})

    def get_initial(self) -> dict[str, Any]:
        """The login name of whoever comes from the PIN pad; nobody's without a tablet."""
        who = self.request.GET.get("who", "")
        is_key = who.isascii() and who.isdecimal() and len(who) < 19
        person = _person(tablet_of(self.request), int(who)) if is_key else None
        return {"username": person.username} if person else {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tablet = tablet_of(self.request)
        has_tiles = tablet is not None and bool(_people(tablet))
        return super().get_context_data(is_tablet=tablet is not None, has_tiles=has_tiles, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        tablet = tablet_of(self.request)
        if tablet is not None and _settle(self.request, tablet, is_by_password=True):
            _keep_token(self.request, response)
        return response


login = _Login.as_view()
logout = auth_views.LogoutView.as_view(next_page=reverse_lazy("staff:login"))


def settle_again(request: HttpRequest) -> None:
    """After a session's key has changed: a session that stands on a tablet stays known as such."""
    if tablets.ON_TABLET not in request.session:
        return
    tablet = tablet_of(request)
    if tablet is None or not _settle(request, tablet, is_by_password=True):
        end_session(request)


def locked_out(
    request: HttpRequest, _response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """What django-axes shows after too many wrong passwords or codes: for how long, and who can help."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    is_slow = lockout.is_slowly_locked(request, credentials)
    context = {"minutes": minutes, "is_enrolment": lockout.is_enrolment(credentials or {}), "is_slow": is_slow}
    return render(request, "staff/locked_out.html", context, status=429)


# --- the second step of the office ------------------------------------------------------------------------------------


@role_required(*roles.ALL)
@never_cache
@sensitive_post_parameters("code")
def second_step(request: StaffRequest) -> HttpResponse:
    """The code of one's phone; whoever has none here yet sets it up with the picture to scan."""
    if secondstep.has_passed(request) or not secondstep.is_asked_of(request.user):
        return redirect(onward(request) or "staff:home")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _passes(request, form):
        return redirect(onward(request) or "staff:home")
    context: dict[str, Any] = {"form": form, "next": onward(request), "nav": []}
    if not secondstep.has_phone(request.user):
        device = secondstep.phone_to_be(request.user)
        secret = base64.b32encode(device.bin_key).decode().rstrip("=")
        picture = segno.make(device.config_url, error="m").svg_inline(omitsize=True, border=3, lineclass=None)
        context |= {"picture": mark_safe(picture), "secret": " ".join(textwrap.wrap(secret, 4))}  # noqa: S308  drawn by us
    return render(request, "staff/second_step.html", context, status=422 if form.errors else 200)


def _passes(request: StaffRequest, form: CodeForm) -> bool:
    try:
        secondstep.try_code(request, request.user, form.cleaned_data["code"])
    except secondstep.WrongCode:
        form.add_error("code", _("This is not the code of your phone now. Wait for its next one; is its clock right?"))
    except secondstep.TooSoon as wait:
        n = wait.seconds
        words = ngettext("Wait %(n)d second before the next code.", "Wait %(n)d seconds before the next code.", n)
        form.add_error("code", words % {"n": n})
    return not form.errors


# --- by PIN --------------------------------------------------------------------------------------------------------


@never_cache
@sensitive_post_parameters("pin")
def pin_login(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The PIN pad of one person, on an enrolled tablet."""
    if request.user.is_authenticated:
        return redirect(onward(request) or "staff:home")
    tablet = tablet_of(request)
    person = _person(tablet, pk)
    if request.method != "POST":
        return _pad(request, person, PadForm()) if person else redirect(f"{reverse('staff:login')}?by=password")
    if tablet is None or person is None:
        return _by_password(request, None, _("The PIN does not open the desk here. Sign in with your password."))
    return _try_pin(request, tablet, person)


def _try_pin(request: HttpRequest, tablet: Tablet, person: FloorUser) -> HttpResponseBase:
    form = PadForm(request.POST)
    if not form.is_valid():
        return _pad(request, person, form)
    try:
        pins.try_pin(person=person, tablet=tablet, pin=form.cleaned_data["pin"])
    except pins.WrongPin as wrong:
        if wrong.left:
            form.add_error("pin", _wrong(wrong.left))
            return _pad(request, person, form)
        return _locked(request, person)
    except pins.PinLocked:
        return _locked(request, person)
    return _open_by_pin(request, tablet, person)


def _open_by_pin(request: HttpRequest, tablet: Tablet, person: FloorUser) -> HttpResponseBase:
    request.session.flush()  # nothing of whoever was here before
    open_session(request, person, backend=BY_PIN)
    if not _settle(request, tablet, is_by_password=False):
        end_session(request)  # revoked while the PIN was being looked at
        return redirect("staff:login")
    response = redirect(onward(request) or "staff:home")
    _keep_token(request, response)
    return response


def _wrong(left: int) -> str:
    return ngettext("Wrong PIN, %(left)d try left.", "Wrong PIN, %(left)d tries left.", left) % {"left": left}


def _locked(request: HttpRequest, person: FloorUser) -> HttpResponse:
    return _by_password(request, person, _("Sign in with your password; the PIN opens again after that."))


def _by_password(request: HttpRequest, person: User | None, why: str) -> HttpResponse:
    """The password form instead of the pad, and what for."""
    form = LoginForm(request, initial={"username": person.username} if person else None)
    context = {"form": form, "why": why, "next": onward(request), "is_tablet": True, "has_tiles": person is not None}
    return render(request, "staff/login.html", context, status=422)


def _pad(request: HttpRequest, person: FloorUser, form: PadForm) -> HttpResponse:
    context = {"person": person, "form": form, "next": onward(request)}
    return render(request, "staff/pad.html", context, status=422 if form.errors else 200)


def _person(tablet: Tablet | None, pk: int) -> FloorUser | None:
    return cast("FloorUser | None", FloorUser.objects.open_by_pin().filter(pk=pk).first()) if tablet else None


def _people(tablet: Tablet) -> list[FloorUser]:
    people = cast("list[FloorUser]", list(FloorUser.objects.open_by_pin()))
    return sorted(people, key=lambda person: person.pk != tablet.last_user_id)


# --- the tablet ----------------------------------------------------------------------------------------------------


@never_cache
@sensitive_post_parameters("code")
def enrol(request: HttpRequest) -> HttpResponse:
    """Makes this browser the tablet whose code is typed in. Whoever is signed in on it is signed out."""
    form = EnrolForm(request.POST or None)
    if not form.is_valid():
        return render(request, "staff/enrol.html", {"form": form}, status=422 if form.errors else 200)
    if not lockout.may_enrol(request):
        return locked_out(request, credentials=lockout.ENROLMENT)
    try:
        _tablet, token = tablets.enrol(code=form.cleaned_data["code"])
    except tablets.WrongCode:
        lockout.count_wrong_code(request)
        form.add_error("code", _("No tablet waits for this code. Each lasts ten minutes; operations can give another."))
        return render(request, "staff/enrol.html", {"form": form}, status=422)
    end_session(request)
    response = redirect("staff:login")
    _set_token(response, token)
    return response


def _settle(request: HttpRequest, tablet: Tablet, *, is_by_password: bool) -> bool:
    """Ties the session that was just opened to the tablet; False where the tablet was revoked meanwhile."""
    request.session[tablets.ON_TABLET] = tablet.pk
    key, user = str(request.session.session_key), cast(User, request.user)
    return tablets.note_session(tablet=tablet, user=user, session_key=key, is_by_password=is_by_password)


def _keep_token(request: HttpRequest, response: HttpResponseBase) -> None:
    _set_token(response, _token_of(request))


def _set_token(response: HttpResponseBase, token: str) -> None:
    cast(HttpResponse, response).set_cookie(
        TABLET_COOKIE,
        token,
        max_age=TABLET_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
