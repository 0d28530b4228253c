"""Capture on the tablet (D1 S1): the form, what it says while one types, an answer ready for the next guest."""

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers import birthdays, captured, forgetting, leaks, lookups, names, numbers, phones, prospects
from customers.forms.capture import CaptureForm
from customers.models import Customer, Looks, PrivacyNotice
from customers.offline import KIND, notice_shown
from customers.services import capture_customer, follow_capture
from customers.sheets import GOAL
from customers.taken import Taken
from staff import roles
from staff.access import StaffRequest, role_required
from staff.offline.pages import offline_page, to_mend
from vipdesk import held, nights, submissions
from vipdesk.held import HeldSubmission


@role_required(roles.MANAGER)
@offline_page
def new(request: StaffRequest) -> HttpResponse:
    """The form; a POST answers in place (htmx) or comes back to an empty form.

    One that says `prefill` only brings what another screen knows already (a POST, so that no number stands in an
    address); it captures nothing.
    """
    waiting = held.asked_for(request, KIND)
    notice = notice_shown(waiting.typed().get("notice_version", "")) if waiting else PrivacyNotice.objects.in_force()
    if request.method == "POST" and "prefill" in request.POST:
        known = {name: request.POST.get(name, "") for name in ("name", "phone", "source", "party")}
        return _show(request, CaptureForm(notice=notice, initial=known), is_page=True)
    if request.method == "POST":
        return _take(request, CaptureForm(request.POST, notice=notice), waiting)
    if waiting:
        return _show(request, CaptureForm(waiting.typed(), notice=notice), waiting=waiting)
    saved = Customer.objects.filter(captured_by=request.user, pk=_number(request.GET.get("saved")) or 0).first()
    return _show(request, CaptureForm(notice=notice), saved=saved)


def _take(request: StaffRequest, form: CaptureForm, waiting: HeldSubmission | None) -> HttpResponse:
    if not form.is_valid():
        return _replay(request, form) or _refuse(request, form, waiting)
    try:
        receipt = submissions.receive(
            client_id=form.cleaned_data["client_id"],
            kind=KIND,
            content=form.content(),
            user=request.user,
            work=held.mending(waiting, lambda: _capture(request, form, held.moment_of(waiting))),
        )
    except Taken as taken:
        leaks.count_look(request.user, Looks.LOOKUP)  # without a limit: what is typed is taken in, whoever types it
        form.add_error("phone", _("This number is on file. Open that guest instead of making a second one."))
        return _show(request, form, known=taken.customer, waiting=waiting, status=422)
    except submissions.ConflictingSubmission:
        return render(request, "customers/conflict.html", _fragment(request), status=409)
    return _saved(request, receipt, form.instance, form.cleaned_data["client_id"])


def _refuse(request: StaffRequest, form: CaptureForm, waiting: HeldSubmission | None) -> HttpResponse:
    """What was typed comes back to the screen. Of a guest who did not agree, or is under age, a held form ends too."""
    if waiting is not None and form.is_refusal:
        with suppress(held.AlreadySettled):
            waiting.settle(HeldSubmission.Outcome.DROPPED, by=request.user, is_emptied=True)
        waiting = None
    return _show(request, form, waiting=waiting, status=422)


def _capture(request: StaffRequest, form: CaptureForm, at: dt.datetime) -> Mapping[str, Any]:
    form.instance.client_id = form.cleaned_data["client_id"]
    customer = capture_customer(customer=form.instance, agreement=form.agreement(), by=request.user, at=at)
    back = follow_capture(customer=customer, party=form.cleaned_data["party"], by=request.user)
    return {"customer": customer.pk, "night": customer.night, "received_at": customer.received_at} | back


def _replay(request: StaffRequest, form: CaptureForm) -> HttpResponse | None:
    """A form that was taken in before gets its first answer, even where the rules have changed since."""
    client_id = form.cleaned_data.get("client_id")
    if client_id is None:
        return None
    receipt = submissions.first_answer(client_id=client_id, kind=KIND, content=form.content(), user=request.user)
    return _saved(request, receipt, form.instance, client_id) if receipt else None


def _saved(request: StaffRequest, receipt: submissions.Receipt, customer: Customer, client_id: UUID) -> HttpResponse:
    if "held" in receipt.content:
        return to_mend(request, str(client_id))
    if receipt.replayed:
        customer = Customer.objects.get(pk=receipt.content["customer"])
    counted = _counter(request, customer)
    if counted.get("forgotten_at") and customer.phone and customer.sms_consent:
        # Whoever has an erased guest's number agreed anew, in person. After the capture's own transaction, since there
        # asking would cost every guest a statement: where this is lost, the number stays blocked until the next yes.
        forgetting.lift(customer.phone)
    if request.htmx:
        context = {"customer": customer, "back": receipt.content.get("back"), **counted}
        # Without the frame's context, which a fragment does not show: this answer is the one that a guest waits for.
        response = HttpResponse(render_to_string("customers/_saved.html", context))
        response["HX-Trigger"] = "desk:saved"
    else:
        response = redirect(receipt.content.get("back") or f"{reverse('customers:new')}?saved={customer.pk}")
        response.status_code = 303
    response["Desk-Receipt"] = str(client_id)
    return response


def _show(
    request: StaffRequest,
    form: CaptureForm,
    *,
    known: Customer | None = None,
    saved: Customer | None = None,
    waiting: HeldSubmission | None = None,
    status: int = 200,
    is_page: bool = False,
) -> HttpResponse:
    context = {
        "form": form,
        "held": waiting,
        "notice": form.notice,
        "known": known,
        "saved": saved,
        **_counter(request, saved),
    }
    is_answer = request.htmx and request.method == "POST" and not is_page
    template = "customers/_capture_form.html" if is_answer else "customers/capture.html"
    response = render(request, template, context, status=status)
    if is_answer:
        response["HX-Retarget"], response["HX-Reswap"] = "#capture", "outerHTML show:top"
    return response


def _counter(request: StaffRequest, saved: Customer | None = None) -> dict[str, object]:
    """How many tonight, and of a guest just saved, in the same statement, whose their number was before."""
    night = nights.tonight()
    if saved is None or saved.phone is None:
        return _count(night, Customer.objects.captured_by_manager(request.user, night).count())
    told = captured.told_after(guest=saved, number=saved.phone, by=request.user, night=night)
    return _count(night, told.count) | {
        "whose": told.whose and names.masked(told.whose),
        "until": told.until and nights.night_of(told.until),
        "forgotten_at": told.forgotten_at,
        "finder": told.finder,
    }


def _count(night: dt.date, count: int) -> dict[str, object]:
    return {"night": night, "count": count, "next_count": count + 1, "goal": GOAL}


def _fragment(request: StaffRequest) -> dict[str, object]:
    return {"is_fragment": bool(request.htmx)}


@role_required(roles.MANAGER)
@require_POST
def lookup(request: StaffRequest) -> HttpResponse:
    """Who has the number being typed. A POST, so that no number stands in an address or a log; changes nothing."""
    try:
        number = phones.normalise(request.POST.get("phone", ""))
    except phones.BadPhone:
        return HttpResponse()
    try:
        known = lookups.holder_of(request.user, number, where="lookup")
    except lookups.TooManyLookups as too_many:
        return render(request, "customers/_too_many.html", {"why": too_many})
    context: dict[str, object] = {"known": known, "number": number}
    if known is None:
        last = numbers.formerly(number).select_related("customer").first()
        if last and last.released_at:
            context |= {"whose": names.masked(last.customer.name), "until": nights.night_of(last.released_at)}
        context["prospect"] = prospects.open_prospects().filter(phone=number).select_related("owner").first()
        context["is_forgotten"] = bool(forgetting.forgotten([number]))
    return render(request, "customers/_lookup.html", context)


@role_required(roles.MANAGER)
@require_POST
def birthday(request: StaffRequest) -> HttpResponse:
    """The birthday being typed in words, with the coming date; empty while it is none. Changes nothing."""
    born = birthdays.Birthday(
        month=_number(request.POST.get("birthday_month")) or 0,
        day=_number(request.POST.get("birthday_day")) or 0,
        year=_number(request.POST.get("birthday_year")),
        calendar=request.POST.get("birthday_calendar", "solar"),
        is_leap=bool(request.POST.get("birthday_is_leap")),
    )
    try:
        birthdays.check(born, on=nights.tonight())
    except birthdays.BadBirthday:
        return HttpResponse()
    return render(
        request, "customers/_birthday.html", {"born": born, "next": birthdays.next_observance(born, nights.tonight())}
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None
