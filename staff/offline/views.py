"""What a tablet without a network talks to once it has one: who is here, its sealed forms, and what of them is held."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from staff.models import User
from staff.offline import queues, worker
from staff.offline.pages import offline_page
from vipdesk import held, held_ends, offline, sealing
from vipdesk.held import HeldSubmission
from vipdesk.json_text import read_json

MOST = 50  # forms in one request
LISTED = 200


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that shows the kept screens. Its text changes with every file it keeps, so that tablets notice."""
    context = {"version": worker.version(), "files": worker.files(), "ahead": worker.ahead()}
    response = render(request, "staff/offline/sw.js", context, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
@never_cache
def session(request: HttpRequest) -> JsonResponse:
    """Who is signed in, the token to send with, the key to seal with, the ids of the keys that this desk has, and the
    time (ms since 1970)."""
    user = request.user
    is_here = isinstance(user, User)
    return JsonResponse(
        {
            "user": user.get_username() if is_here else "",
            "is_manager": isinstance(user, User) and user.is_manager,
            "token": get_token(request) if is_here else "",
            "key": sealing.public_key(),
            "keys": sealing.key_ids(),
            "now": _now(),
        }
    )


@require_POST
@never_cache
def entries(request: HttpRequest) -> JsonResponse:
    """Take in sealed forms, each in a transaction of its own, and what the tablet says of its queue. The answer has a
    line for each form; 401 where nobody is signed in, 403 where it is no manager, 400 where it is nonsense."""
    if not isinstance(request.user, User):
        return JsonResponse({"error": "signed out"}, status=401)
    if not request.user.is_manager:
        return JsonResponse({"error": "no manager"}, status=403)
    if request.content_type != "application/json":  # the body of a form is read already
        return JsonResponse({"error": "not understood"}, status=400)
    try:
        said = read_json(request.body)
        device, sealed = UUID(said["device"]), [(str(UUID(one["id"])), str(one["sealed"])) for one in said["entries"]]
        waiting = queues.read(said["waiting"])
        sent_at = dt.datetime.fromtimestamp(float(said["now"]) / 1000, dt.UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError, AttributeError):
        return JsonResponse({"error": "not understood"}, status=400)
    if len(sealed) > MOST:
        return JsonResponse({"error": "too many at once"}, status=413)
    answers = [_take(request.user, client_id, text, sent_at) for client_id, text in sealed]
    queues.note(device=device, waiting=waiting, request=request)
    return JsonResponse({"answers": answers, "now": _now()})


def _take(user: User, client_id: str, sealed: str, sent_at: dt.datetime) -> dict[str, str]:
    try:
        entry = offline.open_entry(sealed, client_id=client_id, author=user, sent_at=sent_at)
    except sealing.CannotOpen:
        return {"id": client_id, "state": "unreadable"}
    except offline.NotTheirs:
        return {"id": client_id, "state": "foreign"}
    return {"id": client_id, "state": offline.take_in(entry).state}


def _now() -> int:
    return int(timezone.now().timestamp() * 1000)


# --- screens ---------------------------------------------------------------------------------------------------------


@role_required(*roles.ALL)
@offline_page
@require_GET
def queue(request: StaffRequest) -> HttpResponse:
    """What waits on this tablet; the tablet itself fills the list in."""
    return render(
        request, "staff/offline/queue.html", {"held": HeldSubmission.objects.waiting().of(request.user).count()}
    )


@role_required(roles.MANAGER, roles.OPERATIONS)
@require_GET
def held_list(request: StaffRequest) -> HttpResponse:
    """Forms that came in and are not right yet: one's own to mend; operations see everybody's."""
    kinds = offline.kinds()
    sees_all = request.user.has_role(roles.OPERATIONS)
    found = HeldSubmission.objects.waiting().select_related("author")
    shown: list[Any] = list((found if sees_all else found.of(request.user))[:LISTED])
    for one in shown:
        one.form_kind = kinds.get(one.kind)
        one.ends_at = one.received_at + held_ends.lifetime()
        one.is_mine = one.author_id == request.user.pk and request.user.is_manager
    return render(request, "staff/offline/held.html", {"forms": shown, "sees_all": sees_all})


@role_required(roles.MANAGER)
@require_POST
def drop(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Put a held form of one's own aside: it is known already, or was typed by mistake. It stays on file."""
    waiting = get_object_or_404(HeldSubmission.objects.waiting().of(request.user), pk=pk)
    try:
        waiting.settle(HeldSubmission.Outcome.DROPPED, by=request.user)
    except held.AlreadySettled:
        messages.info(request, _("This form was settled before."))
    else:
        messages.success(request, _("Put aside."))
    return redirect("staff:held")


@role_required(roles.OPERATIONS)
@require_POST
def let_in(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Operations take in what is too old for its author, as theirs and at the time it was typed."""
    waiting = get_object_or_404(HeldSubmission.objects.waiting().select_related("author"), pk=pk)
    try:
        is_in = offline.let_in(waiting, by=request.user)
    except held.AlreadySettled:
        messages.info(request, _("This form was settled before."))
    else:
        if is_in:
            messages.success(request, _("Let in, at the time it was typed."))
        else:
            messages.error(request, _("Something else in it is not right: its author has to mend it."))
    return redirect("staff:held")


@role_required(roles.MANAGER)
@require_GET
def held_card(request: StaffRequest) -> HttpResponse:
    """The card on Tonight: forms of one's own to mend, and what one's tablets still hold; empty while unchanged."""
    card = "staff/offline/_held_card.html"
    return cards.live(request, card, queues.owed(request.user), page=card)
