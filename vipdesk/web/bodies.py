"""How large a body may be: 2 MB, unless a view takes more from this sender (`takes_body`). Asked before it is read."""

from __future__ import annotations

import logging
from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from vipdesk.web.framing import CUT

ANOTHER_WORKER = (
    "gunicorn runs without the desk's worker: slow visitors can stop it. Give it --config gunicorn.conf.py."
)
logger = logging.getLogger(__name__)

Limit = Callable[[HttpRequest], int]
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def takes_body(limit: Limit) -> Callable[[View], View]:
    """Marks a view that takes larger bodies: `limit` says how many bytes from whom, by the request's user and session.
    Stands above the view's other decorators."""

    def mark(view: View) -> View:
        view.body_limit = limit  # type: ignore[attr-defined]
        return view

    return mark


def limit_of(environ: dict[str, Any]) -> int:
    """Bytes that the sender of this request may send to this address."""
    usual: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    request = WSGIRequest({**environ, "wsgi.input": BytesIO()})
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return usual
    limit: Limit | None = getattr(view, "body_limit", None)
    if limit is None:
        return usual
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.user = get_user(request)
    return max(limit(request), usual)


class BodyLimit:
    """Middleware above all that might read a body: refuses one that is too large. The desk's own server has not read it
    from the network by then either."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.has_looked = False

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_looked:
            self.has_looked = True
            _warn_of_another_worker(request)
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if _declared(request) > limit:
            limit = limit_of(request.META)
        if _declared(request) > limit or request.META.get(CUT):
            with translation.override(translation.get_language_from_request(request)):
                return _refusal(limit)
        return self.get_response(request)


def _warn_of_another_worker(request: HttpRequest) -> None:
    """gunicorn started elsewhere than in the desk's folder finds no gunicorn.conf.py there, and says nothing."""
    if request.META.get("SERVER_SOFTWARE", "").startswith("gunicorn") and CUT not in request.META:
        logger.warning(ANOTHER_WORKER)


def _declared(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else 0


def _refusal(limit: int) -> HttpResponse:
    text = _("This is too large: at most %(size)s can be sent here. Nothing was saved.")
    response = HttpResponse(
        text % {"size": filesizeformat(limit)}, status=413, content_type="text/plain; charset=utf-8"
    )
    response.headers["Content-Length"] = str(len(response.content))
    response.headers["Desk-Whose"] = "0"  # the desk's own answer, before anybody's session is read
    return response
