"""A guest's page, correcting it, and looking at a full number."""

import datetime as dt
from typing import cast

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import JSONObject
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from customers import at_the_door, birthdays, leaks, lookups, timeline
from customers.forms.correct import CorrectForm
from customers.models import AccessLog, CaptureNote, Consent, Customer, Looks, Prospect, Tag
from customers.numbers import numbers_of
from customers.querysets import CustomerQuerySet
from customers.services import ChangedMeanwhile, log_reveal, update_customer
from customers.taken import Taken
from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk import nights

LOOKS_SHOWN = 20
TAKEN = {
    "phone": gettext_lazy("This number belongs to another guest."),
    "member_no": gettext_lazy("Another guest has this member number."),
}


@role_required(*roles.ALL)
def page(request: StaffRequest, pk: int) -> HttpResponse:
    """A guest: masked for whom it is not theirs; the office reveals, and that is written down.

    Who was merged leads to the record that goes on for them; who was erased is there for the office alone.
    """
    customer = get_object_or_404(_guests(request), pk=pk)
    if customer.merged_into_id is not None:
        return redirect("customers:page", pk=customer.goes_on_as.pk)
    if customer.erased_at is not None:
        return _erased(request, customer)
    if "X-Background" not in request.headers:
        leaks.count_look(request.user, Looks.PAGE)
    return _show(request, customer, is_revealed=False)


@role_required(*roles.ALL)
@require_POST
def reveal(request: StaffRequest, pk: int) -> HttpResponse:
    """Show the full number and addresses once, after writing down who looked."""
    customer = get_object_or_404(_guests(request).living(), pk=pk, is_open=True)
    log_reveal(customer=customer, by=request.user)
    return _show(request, customer, is_revealed=True)


def _guests(request: StaffRequest) -> CustomerQuerySet:
    """Guests as their page wants them, read along with their row: `has_former` where other records were merged into
    them, `may_have_late` where a late capture waits that may be theirs, or one of a record that was merged into
    somebody's, `was_met` where somebody met them before they were a guest, `tag_facts` of their tags."""
    former = Exists(Customer.objects.filter(merged_into=OuterRef("pk")))
    notes = CaptureNote.objects.to_settle()
    late = Exists(notes.filter(Q(customer=OuterRef("pk")) | Q(customer__merged_into__isnull=False)))
    met = Exists(Prospect.objects.filter(Q(customer=OuterRef("pk")) | Q(customer__merged_into=OuterRef("pk"))))
    theirs = Tag.objects.filter(tagged__customer=OuterRef("pk"))
    tags = ArraySubquery(theirs.values(json=JSONObject(name="name", name_en="name_en")))
    found = Customer.objects.visible_to(request.user).with_editable(request.user)
    found = found.annotate(has_former=former, may_have_late=late, was_met=met, tag_facts=tags)
    return cast(CustomerQuerySet, found.select_related("owner", "tier", "captured_by"))


def _erased(request: StaffRequest, customer: Customer) -> HttpResponse:
    if not request.user.is_office:
        raise Http404
    return render(request, "customers/erased.html", {"customer": customer})


def _show(request: StaffRequest, customer: Customer, *, is_revealed: bool) -> HttpResponse:
    is_office, tonight = request.user.is_office, nights.tonight()
    is_shown = customer.is_open and (is_revealed or not is_office)
    former = timeline.former_records(customer) if customer.has_former else []
    records = [customer, *former]
    context = {
        "customer": customer,
        "is_shown": is_shown,
        "has_rights": request.user.has_role(roles.AFTERSALES),
        "points": at_the_door.points(customer, tonight),
        "contact_state": at_the_door.contact_state(customer, tonight),
        "contact_rhythm": at_the_door.contact_rhythm(customer),
        "is_contact_due": customer.contact_due_on is not None and customer.contact_due_on <= tonight,
        "cards": [reverse(name, args=[customer.pk]) for name in settings.GUEST_CARDS],
        "consents": Consent.objects.filter(customer__in=records).select_related("recorded_by", "notice"),
        **_birthday(customer, tonight),
    }
    context["late_notes"] = _late_notes(request, customer, records)
    if customer.is_open:
        context["tags"] = [Tag(**facts) for facts in customer.tag_facts]
        context["may_tag"] = request.user.has_role(roles.OPERATIONS) or customer.owner_id == request.user.pk
        if customer.was_met:
            context["prospect"] = Prospect.objects.filter(customer__in=records).select_related("found_by").last()
        context["numbers"] = numbers = numbers_of(*records)
        context["timeline"] = timeline.page_of(customer, former=former, numbers=numbers, with_contact=is_shown)
    if is_office or customer.owner_id == request.user.pk:
        looks = AccessLog.objects.filter(customer__in=records, kind=AccessLog.Kind.REVEAL)
        context["looks"] = looks.select_related("user")[:LOOKS_SHOWN]
    return render(request, "customers/page.html", context)


def _late_notes(request: StaffRequest, customer: Customer, records: list[Customer]) -> list[CaptureNote]:
    """Late captures that wait for after-sales: for those to whom the guest is open, and for who captured them."""
    if not customer.may_have_late:
        return []
    waiting = CaptureNote.objects.to_settle().filter(customer__in=records)
    if not customer.is_open:
        waiting = waiting.filter(captured_by=request.user)
    return list(waiting.select_related("captured_by").order_by("received_at"))


def _birthday(customer: Customer, tonight: dt.date) -> dict[str, object]:
    born = customer.birthday
    if born is None:
        return {}
    return {"birthday_next": birthdays.next_observance(born, tonight), "age": birthdays.age_on(born, tonight)}


@role_required(*roles.ALL)
def history(request: StaffRequest, pk: int) -> HttpResponse:
    """A stretch of what happened to a guest, from number `from` on; masked for the office, as the page opens."""
    customer = get_object_or_404(_guests(request).living(), pk=pk, is_open=True)
    former = timeline.former_records(customer) if customer.has_former else []
    start = request.GET.get("from", "")
    found = timeline.page_of(
        customer,
        former=former,
        numbers=numbers_of(customer, *former),
        with_contact=not request.user.is_office,
        start=int(start) if start.isascii() and start.isdecimal() and len(start) < 6 else 0,
    )
    template = "customers/_happenings.html" if request.htmx else "customers/history.html"
    return render(request, template, {"customer": customer, "timeline": found})


@role_required(*roles.ALL)
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Correct a guest's record; 404 where it is not this person's. The office's look at it is written down."""
    customer = get_object_or_404(Customer.objects.editable_by(request.user).living(), pk=pk)
    # Who is a key account is said by who answers for the guest, not by who serves them for one night.
    may_mark = request.user.is_office or customer.owner_id == request.user.pk
    may_raise = request.user.has_role(roles.OPERATIONS)
    if request.method == "POST":
        form = CorrectForm(request.POST, instance=customer, may_mark=may_mark, may_raise=may_raise)
        return _save(request, form)
    if request.user.is_office:
        log_reveal(customer=customer, by=request.user)
    form = CorrectForm(instance=customer, may_mark=may_mark, may_raise=may_raise)
    return render(request, "customers/edit.html", {"form": form, "customer": customer})


def _save(request: StaffRequest, form: CorrectForm) -> HttpResponse:
    customer = form.instance
    known = None
    if form.is_valid():
        changed_fields = form.changed_fields()
        try:
            if "phone" in changed_fields:
                lookups.count_lookup(
                    request.user, where="correcting", numbers=[str(customer.phone)]
                )  # whose it is, is told where it is somebody's
            update_customer(
                customer=customer,
                changed=changed_fields,
                seen=form.cleaned_data["version"],
                by=request.user,
                reason=form.cleaned_data["reason"],
                is_number_right=form.cleaned_data.get("is_number_right", False),
            )
            return redirect("customers:page", pk=customer.pk)
        except Taken as taken:
            known = taken.customer
            form.add_error(taken.field, TAKEN[taken.field])
        except lookups.TooManyLookups as too_many:
            form.add_error("phone", str(too_many))
        except ChangedMeanwhile as changed:
            form.accept_version(changed.updated_at)
    context = {"form": form, "customer": customer, "known": known}
    return render(request, "customers/edit.html", context, status=422)
