"""Answers that belong to no app."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.vary import vary_on_headers

INK = "#0e1014"  # the dark theme's page (css/tokens.css), before the desk itself can say which one is chosen


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from a page that stood open too long: says how to go on. `reason` is for developers and stays here."""
    return render(request, "403_csrf.html", status=403)


def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("icons/app.svg"))


@vary_on_headers("Accept-Language", "Cookie")
def manifest(request: HttpRequest) -> HttpResponse:
    """How the desk installs on a tablet's home screen, in the reader's language."""
    said = {
        "id": "/",
        "name": _("vipdesk, the service desk"),
        "short_name": "vipdesk",
        "lang": get_language(),
        "dir": "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "orientation": "any",
        "theme_color": INK,
        "background_color": INK,
        "icons": [
            _icon("icons/app-192.png", 192),
            _icon("icons/app-512.png", 512),
            _icon("icons/app-maskable-512.png", 512, purpose="maskable"),
        ],
        "shortcuts": [
            {"name": _("New guest"), "url": reverse("customers:new"), "icons": [_icon("icons/app-192.png", 192)]},
            {"name": _("Tonight"), "url": reverse("customers:tonight"), "icons": [_icon("icons/app-192.png", 192)]},
        ],
    }
    return JsonResponse(said, content_type="application/manifest+json")


def _icon(name: str, pixels: int, purpose: str = "any") -> dict[str, str]:
    return {"src": static(name), "sizes": f"{pixels}x{pixels}", "type": "image/png", "purpose": purpose}
