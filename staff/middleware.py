"""The language of the person who is signed in, and the step between the password and the desk."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode

from staff import secondstep
from staff.models import User


class UserLocale:
    """Language by the user's own choice, then the cookie, then the browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        chosen = getattr(request.user, "language", "")
        language = chosen or translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class SecondStep:
    """Whoever has to sign in by two steps sees nothing of the desk between them."""

    ALLOWED = frozenset({"staff:second_step", "staff:logout", "staff:language", "healthz", "readyz", "favicon"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        user = request.user
        if name in self.ALLOWED or not isinstance(user, User) or secondstep.has_passed(request):
            return None
        if not secondstep.is_asked_of(user):
            return None
        url = reverse("staff:second_step")
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": url})
        back = request.get_full_path() if request.method == "GET" and name != "staff:home" else ""
        return redirect(f"{url}?{urlencode({'next': back})}" if back else url)
