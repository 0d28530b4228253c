"""The after-sales desk (D1 S1): nights and their sheets, deciding on records, paper and files."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Page, Paginator
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from customers import decisions, leaks, sheets, wrong_numbers
from customers.choices import IntakeStatus
from customers.decisions import Outcome
from customers.forms.intake import REASONS, DecideForm, Shown
from customers.intake.exporting import export_intake
from customers.models import AccessLog, CaptureNote, Customer, Looks
from customers.querysets import CustomerQuerySet
from customers.services import log_sheet_shown
from customers.sheets import GOAL, NightSheet
from staff import roles, stepup
from staff.access import StaffRequest, role_required
from vipdesk import nights

ROWS_A_PAGE = 100
WRONG_NUMBERS_SHOWN = 50
EXPORT = "customers.export_intake"
KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def _refuse_coming(night: dt.date, **_kwargs: Any) -> None:
    """A night to come has no sheet."""
    if night > nights.tonight():
        raise Http404


def _open(night: dt.date) -> NightSheet:
    """The sheet of a night that has begun."""
    _refuse_coming(night)
    return sheets.sheet_of(night)


@role_required(roles.AFTERSALES, roles.OPERATIONS)
@require_GET
def nights_list(request: StaffRequest) -> HttpResponse:
    """Nights, newest first; older ones by the night they come before."""
    before = _night_or_none(request.GET.get("before", ""))
    found = sheets.nights_with_records(before=before)
    shown = found[: sheets.NIGHTS_A_PAGE]
    context = {
        "sheets": sheets.sheets_of(shown),
        "older": shown[-1] if len(found) > len(shown) else None,
        "is_first": before is None,
        "goal": GOAL,
        "late": CaptureNote.objects.to_settle().count(),
        "wrong_numbers": wrong_numbers.waiting()[:WRONG_NUMBERS_SHOWN],
    }
    return render(request, "customers/intake.html", context)


@role_required(roles.AFTERSALES, roles.OPERATIONS)
@require_GET
def night_page(request: StaffRequest, night: dt.date) -> HttpResponse:
    """A night's sheet; htmx takes the table alone."""
    return _show(request, _open(night), Shown.asked(request.GET))


@role_required(roles.AFTERSALES, roles.OPERATIONS)
@require_POST
def decide(request: StaffRequest, night: dt.date) -> HttpResponse:
    """Accept or send back, then the sheet again with the same rows chosen to be shown."""
    form, shown = DecideForm(request.POST), Shown.asked(request.POST)
    sheet = _open(night)
    if not form.is_valid():
        return _show(request, sheet, shown, form=form)
    outcome = _decide(request, form, sheet, shown)
    for level, text in _told(outcome, is_sent_back=form.cleaned_data["action"] == "send_back"):
        messages.add_message(request, level, text)
    if request.htmx:
        return _show(request, sheets.sheet_of(night), shown)
    return redirect(reverse("customers:night", args=[night]) + shown.query())


def _decide(request: StaffRequest, form: DecideForm, sheet: NightSheet, shown: Shown) -> Outcome:
    facts, night = form.cleaned_data, sheet.night
    if facts["action"] == "accept_all":
        rows = shown.rows(sheet, Customer.objects.all())
        return decisions.accept_waiting(rows=rows, night=night, as_of=form.seen_at(), by=request.user)
    if facts["action"] == "send_back":
        return decisions.send_back_seen(seen=facts["pick"], night=night, reason=facts["why"], by=request.user)
    return decisions.accept_seen(seen=facts["pick"], night=night, by=request.user)


def _told(outcome: Outcome, *, is_sent_back: bool) -> Iterator[tuple[int, str]]:
    """What became of a decision, in words: first what was done, then each reason why some were left alone."""
    done = (
        ngettext("Sent %(n)d record back.", "Sent %(n)d records back.", outcome.done)
        if is_sent_back
        else ngettext("Accepted %(n)d record.", "Accepted %(n)d records.", outcome.done)
    )
    left = [
        (outcome.already, ngettext("%(n)d was already accepted.", "%(n)d were already accepted.", outcome.already)),
        (outcome.away, ngettext("%(n)d waits for its manager.", "%(n)d wait for their managers.", outcome.away)),
        (outcome.nobody, ngettext("%(n)d has no manager to go back to: correct it here.",
                                  "%(n)d have no manager to go back to: correct them here.", outcome.nobody)),
        (outcome.changed, ngettext("%(n)d came or changed meanwhile: look at it first.",
                                   "%(n)d came or changed meanwhile: look at them first.", outcome.changed)),
    ]  # fmt: skip
    if outcome.done:
        yield messages.SUCCESS, done % {"n": outcome.done}
    if why := " ".join(text % {"n": count} for count, text in left if count):
        yield messages.WARNING, why
    elif not outcome.done:
        yield messages.INFO, _("Nothing waits here.")


def _show(request: StaffRequest, sheet: NightSheet, shown: Shown, form: DecideForm | None = None) -> HttpResponse:
    page = _page(sheet, shown)
    rows = [_row(sheet, guest, set(request.POST.getlist("pick")) if form else set()) for guest in page]
    numbers = sum(row["is_shown"] and bool(row["guest"].phone) for row in rows)
    log_sheet_shown(night=sheet.night, numbers=numbers, by=request.user)
    earlier, later = sheets.neighbours(sheet.night)
    context = {
        "sheet": sheet,
        "goal": GOAL,
        "page": page,
        "rows": rows,
        "waiting": shown.waiting(sheet),
        "all_managers": shown.query(manager="", page=1),
        "status_chips": _status_chips(sheet, shown),
        "shown": shown,
        "newer_page": page.has_previous() and shown.query(page=page.number - 1),
        "older_page": page.has_next() and shown.query(page=page.number + 1),
        "earlier": earlier,
        "later": later,
        "form": form,
        "presets": _presets(request.POST.getlist("preset") if form else []),
        "as_of": timezone.now().isoformat(),
    }
    template = "customers/_intake_sheet.html" if request.htmx else "customers/night.html"
    return render(request, template, context, status=422 if form else 200)


def _page(sheet: NightSheet, shown: Shown) -> Page[Customer]:
    """The rows to show. How many there are is known from the counts by manager and not asked again."""
    rows = shown.rows(sheet, _guests(sheet.night))
    paginator = Paginator(rows, ROWS_A_PAGE)
    paginator.count = shown.count(sheet)
    return paginator.get_page(shown.page)


def _guests(night: dt.date) -> CustomerQuerySet:
    """All of the night, manager by manager, in the order of the evening; what nobody captured comes last."""
    guests = Customer.objects.on_sheet(night).select_related("captured_by")
    return guests.defer("name_keys", "pinyin", "pinyin_joined", "pinyin_initials").order_by(
        "captured_by__username", "captured_at", "pk"
    )


def _row(sheet: NightSheet, guest: Customer, picked: set[str]) -> dict[str, Any]:
    seen = decisions.token(guest)
    return {
        "guest": guest,
        "token": seen,
        "is_waiting": guest.intake_status in sheets.WAITS,
        # To be checked against the number and the address; what is accepted needs neither any more.
        "is_shown": guest.intake_status != IntakeStatus.ACCEPTED,
        "is_picked": seen in picked,
        "is_changed": sheet.is_changed(guest),
        "is_after_hand_in": sheet.is_after_hand_in(guest),
    }


def _status_chips(sheet: NightSheet, shown: Shown) -> list[dict[str, Any]]:
    tally = shown.part_total(sheet)
    states = [
        ("", _("All states"), tally.captured),
        ("waiting", _("To check"), tally.waiting),
        ("accepted", _("Accepted"), tally.accepted),
        ("sent_back", _("Sent back"), tally.sent_back),
        ("changed", _("Changed since export"), tally.changed),
    ]
    return [
        {
            "label": label,
            "count": count,
            "url": shown.query(status=key, page=1) or "?",
            "is_current": key == shown.status,
        }
        for key, label, count in states
        if count or not key or key == shown.status
    ]


def _presets(chosen: list[str]) -> list[dict[str, Any]]:
    return [{"name": name, "label": label, "is_chosen": name in chosen} for name, label in REASONS.items()]


@role_required(roles.AFTERSALES, roles.OPERATIONS)
@permission_required(EXPORT, raise_exception=True)
@stepup.export(gettext_lazy("Print the night's sheet"), refuse=_refuse_coming)
def print_view(request: StaffRequest, night: dt.date) -> HttpResponse:
    """The whole sheet on A4, manager by manager; full numbers leave on it, so that it is written down first."""
    sheet = _open(night)
    detail = f"{sheet.total.captured}"
    AccessLog.objects.create(user=request.user, night=night, kind=AccessLog.Kind.PRINT, detail=detail)
    leaks.count_look(request.user, Looks.EXPORT, sheet.total.captured)
    guests: dict[int | None, list[Customer]] = {}
    for guest in _guests(night):
        guests.setdefault(guest.captured_by_id, []).append(guest)
    parts = [
        {"part": part, "guests": guests.get(part.manager.pk if part.manager else None, [])} for part in sheet.parts
    ]
    context = {"sheet": sheet, "parts": parts, "goal": GOAL, "now": timezone.now()}
    return render(request, "customers/night_print.html", context)


def _night_or_none(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


@role_required(roles.AFTERSALES, roles.OPERATIONS)
@permission_required(EXPORT, raise_exception=True)
@stepup.export(gettext_lazy("Export the night's sheet"), refuse=_refuse_coming)
def sheet(request: StaffRequest, night: dt.date, format: str) -> HttpResponseBase:  # noqa: A002  the address says so
    """The night's file. It is stamped and logged before its first byte leaves, whether or not the last one arrives."""
    export = export_intake(night=night, format=format, user=request.user)
    response = FileResponse(export.file, as_attachment=True, filename=export.filename, content_type=KINDS[format])
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
