"""How a card answers: as a fragment to the screen that loads it (htmx), asked for by itself as a page around it."""

import zlib
from collections.abc import Callable, Mapping

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language

from staff.access import StaffRequest


def show(request: StaffRequest, card: str, context: Mapping[str, object], status: int = 200) -> HttpResponse:
    """`card` names the fragment `staff/floor/_<card>.html`."""
    fragment = f"staff/floor/_{card}.html"
    if request.htmx:
        return render(request, fragment, dict(context), status=status)
    return render(request, "staff/floor/card.html", {**context, "fragment": fragment}, status=status)


def changed(request: StaffRequest, card: Callable[[StaffRequest], HttpResponse], page: str) -> HttpResponse:
    """After something was done: the card as it stands now; without htmx back to its `page`."""
    return card(request) if request.htmx else redirect(page)


def version(*shown: object) -> str:
    """Changes whenever the card would: sent along by its next refresh, which is empty while it is the same."""
    return f"{zlib.crc32(repr((get_language(), shown)).encode()):08x}"


def unchanged(request: StaffRequest, version: str) -> HttpResponse | None:
    """An empty answer to a refresh that knows `version` already: the card stays as it is."""
    return HttpResponse(status=204) if request.GET.get("seen") == version else None


def refused(why: object) -> HttpResponse:
    """A sentence that the shell shows over the page, which stays as it is."""
    return HttpResponse(str(why), content_type="text/plain; charset=utf-8", status=409)
