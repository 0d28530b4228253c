"""The list of guests as a file, for operations: a reason, one's own password, and a record before the first byte."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from customers.filters import Filters
from customers.forms.export import MOST_IN_XLSX, ExportForm
from customers.intake.exporting import export_guests
from customers.models import Customer, GuestExport
from customers.querysets import CustomerQuerySet
from customers.views.intake import KINDS
from staff import roles, stepup
from staff.access import StaffRequest, password_required, role_required

EXPORT = "customers.export_guests"
RECENT = 5


@role_required(roles.OPERATIONS)
@password_required
@permission_required(EXPORT, raise_exception=True)
def export(request: StaffRequest) -> HttpResponseBase:
    """Which guests comes as the list's filters, in the address or the form; the POST answers with the file."""
    filters = Filters.from_data(request.POST if request.method == "POST" else request.GET)
    guests = _guests(request, filters)
    form = ExportForm(request.POST if request.method == "POST" else None, found=guests[: MOST_IN_XLSX + 1].count())
    if request.method != "POST":
        return _show(request, form, filters)
    if form.is_valid() and not stepup.is_own_password(request, form.cleaned_data["password"]):
        form.add_error("password", _("This is not your password."))
    return _send(request, form, filters, guests) if form.is_valid() else _show(request, form, filters, status=422)


def _guests(request: StaffRequest, filters: Filters) -> CustomerQuerySet:
    """Living guests with a number: what the import takes in again."""
    return filters.apply(Customer.objects.living().exclude(phone=None), request.user)


def _send(request: StaffRequest, form: ExportForm, filters: Filters, guests: CustomerQuerySet) -> HttpResponseBase:
    facts = form.cleaned_data
    made = export_guests(
        guests=guests,
        format=facts["format"],
        filters=filters.as_query(),
        reason=facts["reason"],
        user=request.user,
    )
    kind = KINDS[facts["format"]]
    response = FileResponse(made.file, as_attachment=True, filename=made.filename, content_type=kind)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _show(request: StaffRequest, form: ExportForm, filters: Filters, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "query": filters.as_query(),
        "filters_query": urlencode(filters.as_query()),
        "words": filters.in_words(),
        "found": form.found,
        "most": MOST_IN_XLSX,
        "recent": GuestExport.objects.select_related("exported_by")[:RECENT],
    }
    return render(request, "customers/export.html", context, status=status)
