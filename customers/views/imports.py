"""Sheets from outside (after-sales): upload, look, confirm, and what became of each row."""

import csv
import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from customers import incoming, tasks
from customers.choices import ImportStatus
from customers.forms.imports import UploadForm
from customers.intake.cells import guard
from customers.models import CustomerImport
from staff import roles, secondstep
from staff.access import StaffRequest, role_required
from staff.models import User
from vipdesk import jobs
from vipdesk.web.bodies import takes_body

SHOWN = 200  # lines of a report on the screen; the file to download has all
RECENT = 20
FORM_AROUND = 64 * 1024  # what a form adds to the sheet in it
PATIENCE = 6  # seconds until it is said that nobody has begun
FIELDS = {
    "name": gettext_lazy("Name"),
    "phone": gettext_lazy("Phone"),
    "birthday": gettext_lazy("Birthday"),
    "calendar": gettext_lazy("Calendar"),
    "home_address": gettext_lazy("Home address"),
    "work_address": gettext_lazy("Work address"),
    "tier": gettext_lazy("Tier"),
    "member_no": gettext_lazy("Member number"),
    "owner": gettext_lazy("Manager"),
    "captured_at": gettext_lazy("Captured at"),
    "sms_consent": gettext_lazy("SMS consent"),
    "call_consent": gettext_lazy("Call consent"),
    "source": gettext_lazy("Source"),
    "notes": gettext_lazy("Notes"),
    "header": gettext_lazy("Column"),
    "sheet": pgettext_lazy("of a workbook", "Sheet"),
}


def _most_bytes(request: HttpRequest) -> int:
    """A whole sheet from whom this screen opens to; from others no more than any form."""
    user = request.user
    if not isinstance(user, User) or not user.has_role(roles.AFTERSALES, roles.OPERATIONS):
        return 0
    if secondstep.is_asked_of(user) and not secondstep.has_passed(request):
        return 0
    return settings.IMPORT_MAX_BYTES + FORM_AROUND


@takes_body(_most_bytes)
@role_required(roles.AFTERSALES, roles.OPERATIONS)
def import_list(request: StaffRequest) -> HttpResponse:
    """Where a sheet is dropped, and what became of the last ones."""
    if request.method == "POST":
        return _take(request, UploadForm(request.POST, request.FILES))
    return _list(request, UploadForm())


def _take(request: StaffRequest, form: UploadForm) -> HttpResponse:
    if not form.is_valid():
        return _list(request, form, status=422)
    sheet = incoming.upload(data=form.cleaned_data["file"], filename=form.filename, by=request.user)
    jobs.enqueue(tasks.run_import, sheet.pk)
    return redirect("customers:import", pk=sheet.pk)


def _list(request: StaffRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    recent = CustomerImport.objects.defer("content", "preview", "report").select_related("created_by")
    return render(request, "customers/imports.html", {"form": form, "recent": recent[:RECENT]}, status=status)


@role_required(roles.AFTERSALES, roles.OPERATIONS)
@require_GET
def import_page(request: StaffRequest, pk: int) -> HttpResponse:
    """One sheet, wherever it stands."""
    return render(request, "customers/import.html", _about(pk, polls=0))


@role_required(roles.AFTERSALES, roles.OPERATIONS)
@require_GET
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """The page below its head again, asked for every second while a worker is at it."""
    polls = request.GET.get("polls", "")
    count = int(polls) if polls.isdecimal() and len(polls) < 6 else 0
    return render(request, "customers/_import_state.html", _about(pk, polls=count))


@role_required(roles.AFTERSALES, roles.OPERATIONS)
@require_POST
def confirm(request: StaffRequest, pk: int) -> HttpResponse:
    """Take the sheet in. Pressed twice, or in two tabs, it comes in once."""
    if incoming.confirm(pk):
        jobs.enqueue(tasks.run_import, pk)
    elif not CustomerImport.objects.filter(pk=pk, status__in=[ImportStatus.RUNNING, ImportStatus.DONE]).exists():
        get_object_or_404(CustomerImport.objects.only("pk"), pk=pk)
        messages.warning(request, _("This sheet cannot be taken in any more. Upload it again."))
    return redirect("customers:import", pk=pk)


@role_required(roles.AFTERSALES, roles.OPERATIONS)
@require_GET
def report(request: StaffRequest, pk: int) -> HttpResponse:
    """Every remark about every row, as a file for whoever keeps the sheet."""
    sheet = get_object_or_404(CustomerImport.objects.defer("content"), pk=pk)
    said = sheet.report if "rows" in sheet.report else sheet.preview
    if "rows" not in said:
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = slugify(sheet.filename.rsplit(".", 1)[0]) or str(sheet.pk)
    response["Content-Disposition"] = f'attachment; filename="report-{name}.csv"'
    response.write("\ufeff")
    lines = csv.writer(response)
    has_sheets = any("sheet" in line for line in [*said["errors"], *said["warnings"]])
    titles = [_("Row"), _("Outcome"), _("Field"), _("Reason")]
    lines.writerow([pgettext("of a workbook", "Sheet"), *titles] if has_sheets else titles)
    for outcome, remarks in ((_("rejected"), said["errors"]), (_("to look at"), said["warnings"])):
        for line in remarks:
            row = [line["row"], outcome, FIELDS.get(line["field"], line["field"]), guard(line["message"])]
            lines.writerow([guard(line.get("sheet", "")), *row] if has_sheets else row)
    for line in said.get("replaced", []):
        words = _("“%(before)s” becomes “%(after)s”") % line
        row = [line["row"], pgettext("import", "replaced"), FIELDS[line["field"]], guard(words)]
        lines.writerow([guard(line.get("sheet", "")), *row] if has_sheets else row)
    return response


def _about(pk: int, polls: int) -> dict[str, Any]:
    sheet = get_object_or_404(CustomerImport.objects.defer("content").select_related("created_by"), pk=pk)
    is_open = sheet.status in incoming.OPEN
    said = sheet.preview or sheet.report
    return {
        "sheet": sheet,
        "is_open": is_open,
        "polls": polls + 1,
        "is_nobody_there": is_open and polls >= PATIENCE and not incoming.is_worked_on(pk),
        "said": said,
        "errors": _lines(said.get("errors", [])),
        "warnings": _lines(said.get("warnings", [])),
        "replaced": _lines(said.get("replaced", [])),
        "first": [{**guest, "night": dt.date.fromisoformat(guest["night"])} for guest in said.get("first", [])],
        "nights": [(dt.date.fromisoformat(one["night"]), one["guests"]) for one in said.get("nights", [])],
        "to_do": said.get("created", 0) + said.get("updated", 0),
        "is_dropped": sheet.status == ImportStatus.PREVIEWED and not incoming.has_content(pk),
        "earlier": incoming.taken_in_before(sheet),
    }


def _lines(remarks: list[dict[str, Any]]) -> dict[str, Any]:
    """What is shown of a report's remarks, how many there are, and how many more the file has."""
    shown = [{**line, "field": FIELDS.get(line["field"], line["field"])} for line in remarks[:SHOWN]]
    return {"shown": shown, "count": len(remarks), "more": max(0, len(remarks) - SHOWN)}
