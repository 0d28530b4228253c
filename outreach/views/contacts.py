"""The card of calls and contacts on a guest's page, and its quick entry (T11, G3)."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from customers.families import with_merged
from customers.models import Customer
from outreach.contacts import record_contact
from outreach.forms.calls import ContactForm
from outreach.models import Call, Contact
from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk import submissions
from visits.views.reservations import to_page

KIND = "contact"
LAST = 6


@role_required(*roles.ALL)
@require_GET
def card(request: StaffRequest, pk: int) -> HttpResponse:
    """The last calls and contacts, newest first; of a guest of somebody else's only one's own."""
    return _card(request, _guest(request, pk), ContactForm())


@role_required(roles.MANAGER, roles.OPERATIONS)
@require_POST
def contact(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a contact in, once; the card follows."""
    guest, form = _guest(request, pk), ContactForm(request.POST)
    if not form.is_valid():
        return _card(request, guest, form, status=422)
    said = form.cleaned_data

    def work() -> dict[str, Any]:
        facts = {"channel": said["channel"], "text": said["text"], "client_id": said["client_id"]}
        return {"contact": record_contact(customer=guest, by=request.user, **facts).pk}

    content = form.content(customer=pk)
    try:
        submissions.receive(client_id=said["client_id"], kind=KIND, content=content, user=request.user, work=work)
    except submissions.ConflictingSubmission:
        return render(request, "visits/conflict.html", {"back": _page(guest)}, status=409)
    response = _card(request, guest, ContactForm()) if request.htmx else to_page(request, _page(guest))
    response["Desk-Receipt"] = str(said["client_id"])
    return response


def _guest(request: StaffRequest, pk: int) -> Customer:
    guest: Customer = get_object_or_404(Customer.objects.visible_to(request.user).living().known_as(pk))
    return guest


def _page(guest: Customer) -> str:
    return reverse("customers:page", args=[guest.pk])


def _card(request: StaffRequest, guest: Customer, form: ContactForm, status: int = 200) -> HttpResponse:
    family = with_merged(Customer.objects.filter(pk=guest.pk))
    all_calls, all_contacts = (Q(), Q()) if guest.is_open else (Q(manager=request.user), Q(by=request.user))
    calls = Call.objects.filter(all_calls, customer__in=family).select_related("manager")[:LAST]
    contacts = Contact.objects.filter(all_contacts, customer__in=family).select_related("by")[:LAST]
    context = {
        "guest": guest,
        "happened": _newest([*calls, *contacts]),
        "form": form,
        "may_write": request.user.has_role(roles.MANAGER, roles.OPERATIONS),
    }
    return render(request, "outreach/_guest_contacts.html", context, status=status)


def _newest(happened: list[Call | Contact]) -> list[Call | Contact]:
    return sorted(happened, key=lambda one: one.at, reverse=True)[:LAST]
