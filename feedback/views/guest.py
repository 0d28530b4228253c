"""The guest's own page (`/g/<token>/`, G4): a survey, their own details, no more messages; no account, no script.

Answers here go out under nobody's name, so that they are never kept by a browser or a proxy. The referrer stays within
the house: a token must not reach other sites, and without any referrer a browser sends `Origin: null`, which the
protection against forged requests has to refuse.
"""

import logging
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _

from customers.models import PrivacyNotice
from feedback import guest_answers, guest_limits, guest_links, opt_outs
from feedback.forms.guest import GuestAnswersForm, OwnDetailsForm, SilenceForm
from feedback.guest_links import BadLink, Link
from feedback.models import Survey
from feedback.surveys import AnsweredBefore, SurveyRefused
from vipdesk import submissions
from vipdesk.middleware import client_ip

logger = logging.getLogger(__name__)

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Link, P], HttpResponse]
# The cookie by which a phone answers once; of one night, and of the guests' pages alone.
DEVICE = "__Secure-guest" if settings.IS_HTTPS else "guest"
KINDS = {"answer": "guest.answer", "details": "guest.details", "silence": "guest.silence"}
_GONE = {"unknown": 404, "expired": 410}


def guest_page(view: View[[]]) -> Callable[[HttpRequest, str], HttpResponse]:
    """Opens the link or refuses it, counts what is sent, and lets nothing be kept."""

    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        try:
            link = guest_links.open_link(token)
            if request.method == "POST":
                guest_limits.count_try(address=client_ip(request), token=token)
            response = view(request, link)
        except BadLink as bad:
            response = _refuse(request, bad.reason, _GONE[bad.reason])
        except guest_limits.TooMany:
            response = _refuse(request, "too many", 429)
        return _sealed(response)

    return opened


def _sealed(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, no_store=True, private=True)
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django would write the address down, token and all
    return response


def _refuse(request: HttpRequest, reason: str, status: int) -> HttpResponse:
    """Logged without the token and without who it was."""
    logger.warning("A guest's link was refused (%s): %s", request.method, reason)
    return render(request, "feedback/guest/refused.html", {"reason": reason}, status=status)


# --- the survey ----------------------------------------------------------------------------------------------------


@guest_page
def page(request: HttpRequest, link: Link) -> HttpResponse:
    """A room's code leads on to the party that sits there; a party's token is the survey, once a phone."""
    if link.party is None:
        party = guest_links.party_in(link.room, timezone.now())
        if party is None or request.method == "POST":
            return _show(request, link, "empty", status=404 if request.method == "POST" else 200)
        return redirect("guest:page", token=guest_links.mint(party, timezone.now()))
    if request.method == "POST":
        return _answer(request, link, GuestAnswersForm(request.POST))
    if _has_answered(request, link):
        return _show(request, link, "thanks", done="before")
    return _with_device(request, link, _show(request, link, "survey", form=GuestAnswersForm()))


def _answer(request: HttpRequest, link: Link, form: GuestAnswersForm) -> HttpResponse:
    party, device = link.party, _device(request)
    if party is None or request.POST.get("party", str(party.pk)) != str(party.pk):
        return _refuse(request, "another party", 404)
    if form.is_valid() and device is None:
        form.add_error(None, _("Please let your browser keep cookies for this page, and send it again."))
    if not form.is_valid():
        return _with_device(request, link, _show(request, link, "survey", form=form, status=422))

    def work() -> dict[str, Any]:
        phone = form.cleaned_data["phone"]
        return {"survey": guest_answers.answer(survey=form.answered(device), party=party, contact_phone=phone).pk}

    about = {"party": party.pk, "device": str(device)}
    try:
        _receive("answer", form, about, work)
    except AnsweredBefore:
        return _show(request, link, "thanks", done="before", status=409)
    except SurveyRefused as refused:
        return _show(request, link, "thanks", done="refused", words=str(refused), status=409)
    except submissions.ConflictingSubmission:
        return _show(request, link, "thanks", done="before", status=409)
    return _done(link, "answer")


def _has_answered(request: HttpRequest, link: Link) -> bool:
    device = _device(request)
    return device is not None and Survey.objects.filter(party=link.party, device=device).exists()


def _device(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.COOKIES.get(DEVICE, ""))
    except ValueError:
        return None


def _with_device(request: HttpRequest, link: Link, response: HttpResponse) -> HttpResponse:
    """Marks the phone until the token ends; a mark of one night says nothing about the next."""
    if _device(request) is None:
        response.set_cookie(
            DEVICE,
            str(uuid.uuid4()),
            expires=link.until,
            path=request.path.partition(link.token)[0],
            secure=settings.IS_HTTPS,
            httponly=True,
            samesite="Lax",
        )
    return response


# --- own details, silence ------------------------------------------------------------------------------------------


@guest_page
def details(request: HttpRequest, link: Link) -> HttpResponse:
    """The guest's own details, with notice and consent, onto the night's intake sheet as entered by themselves."""
    notice = PrivacyNotice.objects.in_force()
    form = OwnDetailsForm(_sent(request), notice=notice)
    if not form.is_valid():
        return _show(request, link, "details", form=form, notice=notice, status=422 if form.is_bound else 200)

    def work() -> dict[str, Any]:
        form.instance.client_id = form.cleaned_data["client_id"]
        party = link.party or guest_links.party_in(link.room, timezone.now())
        guest = guest_answers.leave_details(
            customer=form.instance, agreement=form.agreement(), room=link.room, party=party
        )
        return {"customer": guest.pk if guest else None}

    try:
        _receive("details", form, {"room": link.room.pk}, work)
    except submissions.ConflictingSubmission:
        return _show(request, link, "thanks", done="before", status=409)
    return _done(link, "details")


@guest_page
def silence(request: HttpRequest, link: Link) -> HttpResponse:
    """No more messages; the answer is the same whoever's number it is, or nobody's."""
    form = SilenceForm(_sent(request), offers_calls=link.party is not None)
    if not form.is_valid():
        return _show(request, link, "silence", form=form, status=422 if form.is_bound else 200)
    said = form.cleaned_data
    try:
        opt_outs.take_opt_out(link=link, number=said["phone"], calls=said.get("calls", False))
    except opt_outs.TooManyOptOuts:
        logger.warning("A room has sent too many opt-outs tonight: %s", link.room)
        form.add_error(
            "phone", _("Too many opt-outs came from this room tonight. Your service manager can enter yours.")
        )
        return _show(request, link, "silence", form=form, status=429)
    return _done(link, "silence")


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _receive(kind: str, form: Any, about: dict[str, Any], work: Callable[[], dict[str, Any]]) -> None:
    """Once for the form's UUID: who lost the answer and sends again is thanked as the first time."""
    client_id = form.cleaned_data["client_id"]
    content = {**form.content(), **about}
    submissions.receive(client_id=client_id, kind=KINDS[kind], content=content, user=None, work=work)


def _done(link: Link, what: str) -> HttpResponse:
    response = redirect(f"{reverse('guest:thanks', args=[link.token])}?done={what}")
    response.status_code = 303
    return response


@guest_page
def thanks(request: HttpRequest, link: Link) -> HttpResponse:
    return _show(request, link, "thanks", done=request.GET.get("done", "answer"))


def _show(request: HttpRequest, link: Link, name: str, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"feedback/guest/{name}.html", {"link": link, **context}, status=status)
