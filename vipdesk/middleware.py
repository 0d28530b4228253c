"""What holds for every screen: who is behind an address, what the browser may keep and do, how long a session lasts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from uuid import UUID

from csp.constants import NONCE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.defaults import bad_request

from vipdesk import nights
from vipdesk.invisible import drop_invisible

GetResponse = Callable[[HttpRequest], HttpResponseBase]

FLOOR_ROLE = "manager"
NIGHT_ENDS, SEEN = "night_ends", "seen"
SEEN_EVERY = 60  # seconds between two writes of the last sign of life
BROWSER_FEATURES = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"


def client_ip(request: HttpRequest) -> str:
    """The address of the client, past as many proxies as the house says are its own; no other's word is taken."""
    remote: str = request.META.get("REMOTE_ADDR", "")
    if not settings.TRUSTED_PROXIES:
        return remote
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    # Each trusted proxy has added one hop at the end: whatever stands before theirs was written by the client.
    return hops[-settings.TRUSTED_PROXIES] if len(hops) >= settings.TRUSTED_PROXIES else remote


class BrowserFeatures:
    """No page of ours uses the tablet's camera, microphone or position, and nothing that slips in may either."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", BROWSER_FEATURES)
        return response


class NoNul:
    """Answers 400 to a NUL in an address, its query or a cookie: no screen has a use for it, and PostgreSQL refuses it.
    In a form it is told at its field."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = (request.path_info, *request.COOKIES.keys(), *request.COOKIES.values())
        has_nul = any("\0" in text for text in sent) or "%00" in request.META.get("QUERY_STRING", "")
        return bad_request(request, BadRequest()) if has_nul else self.get_response(request)


class VisibleText:
    """Takes characters that nobody sees out of every form that is sent, before any view reads it (`vipdesk.invisible`).

    What a machine sends is left to its own reader: views without CSRF protection read the body by themselves.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        if request.method == "POST" and not getattr(view, "csrf_exempt", False):
            request.POST = drop_from_form(request.POST)  # type: ignore[assignment]  # a property with a setter


class AdminPolicy:
    """Adds, on /admin/ alone, what the scripts of its theme need: evaluated strings and style attributes."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path.startswith(reverse("admin:index")):
            relaxed = {"script-src": [SELF, NONCE, UNSAFE_EVAL], "style-src-attr": [UNSAFE_INLINE]}
            response._csp_replace = relaxed  # type: ignore[attr-defined]  # django-csp's own way in
        return response


class NoStore:
    """Nothing that a signed-in person saw is kept by the browser or by anything between."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        was_signed_in = _is_signed_in(request)
        response = self.get_response(request)
        if was_signed_in or _is_signed_in(request):
            patch_cache_control(response, no_store=True, private=True)
        return response


class Whose:
    """Says on every answer whose session it is (a key, 0: nobody's): a tablet's service worker throws away the screens
    it kept as soon as they are somebody else's."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers["Desk-Whose"] = str(request.session.get(SESSION_KEY, "0"))
        return response


class RefusalReceipts:
    """Says on the answer to a form with a UUID that the desk itself refused it (422), or keeps it as a conflict (409).

    What was taken in has its receipt from the view. A tablet forgets a form on `Desk-Receipt` alone: a gateway answers
    with these states too.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method == "POST" and response.status_code in (409, 422):
            self._mark(response, request.POST.get("client_id", ""))
        return response

    def _mark(self, response: HttpResponseBase, client_id: str) -> None:
        try:
            response.headers["Desk-Receipt"] = str(UUID(client_id))
        except ValueError:
            return


class NightSession:
    """Ends a session when the night does and when nobody has touched the screen for a while (promises.md).

    Whoever's session is over goes on as nobody; the views' guards answer that. Requests which a page makes by itself
    carry the header `X-Background` and are no sign of life.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _is_signed_in(request) and self._is_over(request):
            logout(request)
        response = self.get_response(request)
        if _is_signed_in(request):
            self._touch(request)
        return response

    def _is_over(self, request: HttpRequest) -> bool:
        now, session = timezone.now().timestamp(), request.session
        is_morning = now >= session.get(NIGHT_ENDS, math.inf)
        return bool(is_morning or now - session.get(SEEN, now) > _idle_seconds(request.user))

    def _touch(self, request: HttpRequest) -> None:
        now, session = timezone.now(), request.session
        if NIGHT_ENDS not in session:
            session[NIGHT_ENDS] = nights.night_bounds(nights.night_of(now))[1].timestamp()
        is_person = "X-Background" not in request.headers
        if SEEN not in session or (is_person and now.timestamp() - session[SEEN] > SEEN_EVERY):
            session[SEEN] = now.timestamp()


class MustChangePassword:
    """Whoever was given a password by somebody else chooses their own before anything else."""

    ALLOWED = frozenset({"staff:password", "staff:logout", "staff:language", "healthz", "readyz"})

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in self.ALLOWED or not getattr(request.user, "must_change_password", False):
            return None
        url = reverse("staff:password")
        return HttpResponse(headers={"HX-Redirect": url}) if request.headers.get("HX-Request") else redirect(url)


def _is_signed_in(request: HttpRequest) -> bool:
    # Of the session, not of request.user, which would be fetched for pages that do not ask who is there.
    return SESSION_KEY in request.session


def _idle_seconds(user: Any) -> int:
    on_floor = user.is_authenticated and user.has_role(FLOOR_ROLE)
    minutes: int = settings.FLOOR_IDLE_MINUTES if on_floor else settings.OFFICE_IDLE_MINUTES
    return minutes * 60


def drop_from_form(typed: QueryDict) -> QueryDict:
    """What a form sends without invisible characters; passwords stay as they were chosen."""
    if all(value.isascii() for _name, values in typed.lists() for value in values):
        return typed
    data = typed.copy()
    for name, values in typed.lists():
        if "password" not in name:
            data.setlist(name, [drop_invisible(value) for value in values])
    data._mutable = False
    return data
