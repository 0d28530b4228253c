"""What tills talk to (JSON over HTTP): bills into the ledger, rooms' totals so far; and the description of both.

A till shows its token as `Authorization: Bearer …`. There is no session and no cookie, and so nothing that a foreign
page could make a browser send along.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from targets import tills
from targets.bills.answering import Answer, NotUnderstood, Row, read_rows, take_interims, take_rows

_DESCRIPTION = Path(__file__).parent.parent / "openapi.json"
View = Callable[[HttpRequest], HttpResponse]


def till_required(view: View) -> View:
    """Lets through whoever shows a living till's token; 401 to everybody else, signed in or not."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.casefold() != "bearer" or tills.till_of(token.strip()) is None:
            words = {"error": _("No till has this token.")}
            return JsonResponse(words, status=401, headers={"WWW-Authenticate": "Bearer"})
        return view(request)

    return guarded


@csrf_exempt
@require_POST
@till_required
def charges(request: HttpRequest) -> HttpResponse:
    """Bills, one or many; sent again they change nothing."""
    return _answer(request, take_rows)


@csrf_exempt
@require_POST
@till_required
def interim(request: HttpRequest) -> HttpResponse:
    """What rooms have spent in all so far, before any bill (T5)."""
    return _answer(request, take_interims)


@require_GET
def description(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1, for whoever connects a till."""
    return HttpResponse(_DESCRIPTION.read_bytes(), content_type="application/json")


def _answer(request: HttpRequest, take: Callable[[Sequence[Row]], list[Answer]]) -> JsonResponse:
    try:
        answers = take(read_rows(request.body))
    except NotUnderstood as error:
        return JsonResponse({"error": str(error)}, status=400)
    statuses = [answer["status"] for answer in answers]
    counts: dict[str, Any] = {name: statuses.count(name) for name in ("created", "unchanged", "rejected")}
    return JsonResponse({"rows": len(answers), **counts, "results": answers})
