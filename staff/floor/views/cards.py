"""How a card answers: as a fragment to the screen that loads it (htmx), asked for by itself as a page around it.

A screen of many cards brings them along in its own request (`bring`): one look at who is asking instead of one each.
"""

import copy
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import resolve, reverse
from django.utils.safestring import SafeString, mark_safe
from django_htmx.middleware import HtmxDetails

from staff.access import StaffRequest

_VERSION = "version-of-this-fragment"
# A token and a form's UUID are made anew by every rendering.
_OWN_EACH_TIME = re.compile(r'name="(?:csrfmiddlewaretoken|client_id)" value="[^"]*"')


def show(request: StaffRequest, card: str, context: Mapping[str, object], status: int = 200) -> HttpResponse:
    """`card` names the fragment `staff/floor/_<card>.html`."""
    fragment = f"staff/floor/_{card}.html"
    if request.htmx:
        return render(request, fragment, dict(context), status=status)
    return render(request, "staff/floor/card.html", {**context, "fragment": fragment}, status=status)


def changed(request: StaffRequest, card: Callable[[StaffRequest], HttpResponse], page: str) -> HttpResponse:
    """After something was done: the card as it stands now; without htmx back to its `page`."""
    return card(request) if request.htmx else redirect(page)


def live(
    request: StaffRequest, fragment: str, context: Mapping[str, object], *, page: str = "staff/floor/card.html"
) -> HttpResponse:
    """A fragment that refreshes itself: it names its `version`, a hash of all that it shows, to its next refresh
    (`?seen=`), which is empty while a refresh would look the same. Without htmx it stands on its `page`."""
    fresh = _rendered(request, fragment, context)
    version = _hash(fresh)
    if request.GET.get("seen") == version:
        return HttpResponse(status=204)
    if request.htmx:
        return HttpResponse(fresh.replace(_VERSION, version))
    return render(request, page, {**context, "version": version, "fragment": fragment})


def version_of(request: StaffRequest, fragment: str, context: Mapping[str, object]) -> str:
    """The `version` of a fragment as a refresh would show it, for a screen that renders it by itself."""
    return _hash(_rendered(request, fragment, context))


def unchanged(request: StaffRequest, version: str) -> HttpResponse | None:
    """An empty answer to a refresh that knows `version` already: the card stays as it is."""
    return HttpResponse(status=204) if request.GET.get("seen") == version else None


def _rendered(request: StaffRequest, fragment: str, context: Mapping[str, object]) -> str:
    """The fragment as a refresh gets it, with a word in the place of its version."""
    asked = request
    if not request.htmx:
        asked = _as_htmx(copy.copy(request))
        asked.htmx = HtmxDetails(asked)
    return render_to_string(fragment, {**context, "version": _VERSION}, asked)


def _hash(html: str) -> str:
    return f"{zlib.crc32(_OWN_EACH_TIME.sub('', html).encode()):08x}"


def _as_htmx(request: StaffRequest) -> StaffRequest:
    """A copy's headers, changed to those of a request of htmx."""
    request.META = request.META | {"HTTP_HX_REQUEST": "true"}
    vars(request).pop("headers", None)  # kept from the screen's own META
    return request


def refused(why: object) -> HttpResponse:
    """A sentence that the shell shows over the page, which stays as it is."""
    return HttpResponse(str(why), content_type="text/plain; charset=utf-8", status=409)


@dataclass(frozen=True)
class Card:
    """A card's address and what it shows; empty where it failed: then its frame loads it, and says if it cannot."""

    url: str
    html: SafeString


def bring(request: StaffRequest, names: Iterable[str]) -> list[Card]:
    """The cards behind these URL names, each answered by its own view as it would answer htmx.

    An error in one is logged as ever and must not take the whole screen along.
    """
    get_token(request)  # before the copies: they share the session's token, and none makes one of its own
    return [_answer(request, reverse(name)) for name in names]


def _answer(request: StaffRequest, url: str) -> Card:
    match = resolve(url)
    asked = _as_htmx(copy.copy(request))
    asked.path = asked.path_info = url
    asked.GET, asked.htmx, asked.resolver_match = QueryDict(), HtmxDetails(asked), match
    view = convert_exception_to_response(lambda card: match.func(card, *match.args, **match.kwargs))
    answer = cast(HttpResponse, view(asked))
    return Card(url, mark_safe(answer.content.decode() if answer.status_code == 200 else ""))  # noqa: S308  our own
