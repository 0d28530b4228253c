"""A guest's rights (PIPL): a copy of all that is held, being forgotten, the proof; and whom nobody needs any more."""

import datetime as dt
import json
import re
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from customers import leaks, retention, tasks
from customers.erasing import CannotErase, erase_customer, person_behind
from customers.forms.rights import CopyForm, EraseForm, RetentionForm
from customers.models import AccessLog, Customer, Erasure, ErasureOrder, Looks
from customers.querysets import PAGE_SIZE
from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk import coded, jobs, nights, personal
from vipdesk.mentions import MOST, find_mentions
from vipdesk.personal import Section

# Tables that history's own machinery made and gave no name for people.
_WITHOUT_WORDS: dict[str, Any] = {
    "customers.CustomerEvent": gettext_lazy("Earlier states of the record"),
    "visits.ReservationEvent": gettext_lazy("Earlier states of reservations"),
    "visits.PartyEvent": gettext_lazy("Earlier states of parties"),
    "visits.StoredBottleEvent": gettext_lazy("Earlier states of bottles"),
    "staff.TaskFor": gettext_lazy("Answers to tasks"),
    "pghistory.Context": gettext_lazy("Reasons given for changes"),
}
_PLACE = re.compile(r"(\d{1,16})-(\d{1,18})")


# --- a copy of everything ------------------------------------------------------------------------------------------


@role_required(roles.AFTERSALES)
def copy(request: StaffRequest, pk: int) -> HttpResponse:
    """What is held about a guest, as a file for them; written down before its first byte leaves."""
    customer = get_object_or_404(Customer.objects.living(), pk=pk)
    form = CopyForm(request.POST if request.method == "POST" else None, request=request)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "customers/copy.html", {"customer": customer, "form": form}, status=status)
    said = form.cleaned_data
    detail = f"copy, {said['identity']}, {said['format']}"
    AccessLog.objects.create(
        user=request.user, customer=customer, night=nights.tonight(), kind=AccessLog.Kind.EXPORT, detail=detail
    )
    leaks.count_look(request.user, Looks.EXPORT)
    with translation.override(said["language"]):
        return _file(customer, said["format"])


def _file(customer: Customer, format: str) -> HttpResponse:  # noqa: A002  the form says so
    sections, made_at = _sections(customer), timezone.now()
    if format == "json":
        held = [{"title": one.title, "rows": one.rows} for one in sections]
        said = {"guest": customer.pk, "made_at": made_at.isoformat(), "sections": held}
        response = HttpResponse(json.dumps(said, ensure_ascii=False, indent=1), content_type="application/json")
    else:
        context = {"customer": customer, "sections": sections, "made_at": made_at}
        response = HttpResponse(render_to_string("customers/copy_file.html", context))
    response["Content-Disposition"] = f'attachment; filename="guest-{customer.pk}.{format}"'
    return response


def _sections(customer: Customer) -> list[Section]:
    person = person_behind(customer)
    return [section for part in personal.registry() for section in part.collect(person)]


# --- being forgotten -----------------------------------------------------------------------------------------------


@role_required(roles.AFTERSALES)
def erase(request: StaffRequest, pk: int) -> HttpResponse:
    """What is held in numbers, what has to be known first, and the button; who is erased already leads to the proof."""
    customer = get_object_or_404(Customer.objects.select_related("erasure"), pk=pk)
    if customer.merged_into_id is not None:
        messages.info(request, _("That record goes on as this guest."))
        return redirect(
            "customers:erase" if customer.goes_on_as.is_living else "customers:page", customer.goes_on_as.pk
        )
    if customer.erased_at is not None:
        messages.info(request, _("This guest is erased already."))
        return redirect("customers:erasure", customer.erasure.pk)
    if request.htmx and "texts" in request.GET:
        return render(request, "customers/_mentions.html", _mentions(request, customer))
    form = EraseForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid() and _has_looked(request, customer):
        try:
            erasure = erase_customer(
                customer=customer,
                by=request.user,
                identity=form.cleaned_data["identity"],
                requested_on=form.cleaned_data["requested_on"],
                strike=request.POST.getlist("strike"),
            )
            return redirect("customers:erasure", erasure.pk)
        except CannotErase as error:
            form.add_error(None, str(error))
    held = [(section.title, len(section.rows)) for section in _sections(customer)]
    context = {"customer": customer, "form": form, "held": held}
    if form.is_bound or "texts" in request.GET:
        context |= _mentions(request, customer)
    return render(request, "customers/erase.html", context, status=422 if form.is_bound else 200)


def _has_looked(request: StaffRequest, customer: Customer) -> bool:
    """Whether the page that was sent listed the texts with the guest's name, or there are none."""
    return "looked" in request.POST or not find_mentions(person_behind(customer))


def _mentions(request: StaffRequest, customer: Customer) -> dict[str, Any]:
    """Where the guest's name stands in what was written about others; nothing is ticked unasked."""
    found = find_mentions(person_behind(customer))
    has_skipped = request.method == "POST" and "looked" not in request.POST
    return {
        "customer": customer,
        "mentions": found,
        "is_cut": len(found) >= MOST,
        "ticked": set(request.POST.getlist("strike")),
        "has_skipped": has_skipped and bool(found),
    }


@role_required(roles.AFTERSALES, roles.OPERATIONS)
@require_GET
def erasure_list(request: StaffRequest) -> HttpResponse:
    """What was erased, newest first."""
    done = Erasure.objects.select_related("erased_by").defer("proof")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        done = done.filter(pk__lt=int(before))
    rows = list(done.order_by("-pk")[: PAGE_SIZE + 1])
    older = rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None
    context = {
        "rows": rows[:PAGE_SIZE],
        "older": older,
        "before": before,
        "is_aftersales": request.user.has_role(roles.AFTERSALES),
    }
    return render(request, "customers/erasures.html", context)


@role_required(roles.AFTERSALES, roles.OPERATIONS)
@require_GET
def proof(request: StaffRequest, pk: int) -> HttpResponse:
    """What was removed where, and which sums were kept: to be printed for whoever asked."""
    erasure = get_object_or_404(Erasure.objects.select_related("erased_by"), pk=pk)
    names = {code: str(part.name) for code, part in personal.by_code().items()}
    parts = [
        {
            "part": names.get(part["part"]) or coded.read(part["part"]),
            "removed": _tables(part["removed"]),
            "kept": {coded.read(what): kept for what, kept in part["kept"].items()},
        }
        for part in erasure.proof
    ]
    return render(request, "customers/erasure.html", {"erasure": erasure, "parts": parts})


def _tables(removed: dict[str, int]) -> list[tuple[str, int]]:
    """Tables by their names in words."""
    return [(_WITHOUT_WORDS.get(table) or _plural(table), rows) for table, rows in removed.items()]


def _plural(table: str) -> str:
    """One that was dropped from the desk since goes by its own name."""
    app, model = table.split(".")
    known = apps.all_models[app].get(model.lower())
    return str(capfirst(known._meta.verbose_name_plural)) if known else table


# --- whom nobody needs any more ------------------------------------------------------------------------------------


@role_required(roles.AFTERSALES)
def retention_list(request: StaffRequest) -> HttpResponse:
    """Guests proposed for erasure, a page at a time; those ticked go, the others simply stay."""
    form = RetentionForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid():
        chosen, left = retention.choose(form.cleaned_data["pick"], by=request.user)
        _say(request, chosen, left)
        return redirect("customers:retention")
    asked = request.POST if form.is_bound else request.GET
    rows = list(_after(asked.get("after", "")).select_related("owner", "tier")[: PAGE_SIZE + 1])
    context = {
        "form": form,
        "rows": rows[:PAGE_SIZE],
        "after": asked.get("after", ""),
        "next": rows[PAGE_SIZE - 1].place if len(rows) > PAGE_SIZE else "",
        "picked": {int(key) for key, _label in form.fields["pick"].choices},  # type: ignore[attr-defined]
        "since": retention.not_seen_since(),
        "waiting": ErasureOrder.objects.count(),
    }
    return render(request, "customers/retention.html", context, status=422 if form.is_bound else 200)


def _after(place: str) -> Any:
    found = _PLACE.fullmatch(place)
    rows = retention.no_longer_needed()
    if not found:
        return rows
    at, pk = dt.datetime.fromtimestamp(int(found[1]) / 1_000_000, dt.UTC), int(found[2])
    return rows.filter(captured_at__gte=at).exclude(captured_at=at, pk__lte=pk)


def _say(request: StaffRequest, chosen: int, left: int) -> None:
    if chosen:
        jobs.enqueue(tasks.carry_out_erasures)
        text = ngettext(
            "%(n)d guest will be erased within minutes.", "%(n)d guests will be erased within minutes.", chosen
        )
        messages.success(request, text % {"n": chosen})
    if left:
        text = ngettext(
            "%(n)d was left: seen or changed meanwhile.", "%(n)d were left: seen or changed meanwhile.", left
        )
        messages.warning(request, text % {"n": left})
