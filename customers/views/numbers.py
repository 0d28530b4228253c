"""A guest's numbers (G5): a card on their page where one is added, made the main one, released."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers import lookups
from customers.forms.numbers import NumberForm, ReleaseForm
from customers.models import Customer, PhoneNumber
from customers.numbers import TheOnlyNumber, add_number, make_main, numbers_of, release_number
from customers.taken import Taken
from customers.timeline import former_records
from staff import roles
from staff.access import StaffRequest, role_required


@role_required(*roles.ALL)
def numbers(request: StaffRequest, pk: int) -> HttpResponse:
    """The card; a POST adds a number. 404 where the guest is not this person's."""
    customer = _open(request, pk)
    if request.method != "POST":
        return _show(request, customer)
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _show(request, customer, form=form)
    try:
        lookups.count_lookup(
            request.user, where="numbers", numbers=[form.cleaned_data["phone"]]
        )  # whose it is, is told where it is somebody's
        add_number(customer=pk, number=form.cleaned_data["phone"], by=request.user)
    except Taken as taken:
        form.add_error("phone", _("This number belongs to another guest."))
        return _show(request, customer, form=form, known=taken.customer)
    except lookups.TooManyLookups as too_many:
        form.add_error("phone", str(too_many))
        return _show(request, customer, form=form)
    return _done(request, customer)


@role_required(*roles.ALL)
@require_POST
def main(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Make one of their numbers the main one."""
    customer = _open(request, pk)
    try:
        make_main(customer=pk, number=number, by=request.user)
    except PhoneNumber.DoesNotExist:
        raise Http404 from None
    return _done(request, customer)


@role_required(*roles.ALL)
@require_POST
def release(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Let a number go; before the only one goes, it is asked once more."""
    customer, form = _open(request, pk), ReleaseForm(request.POST)
    is_sure = form.is_valid() and form.cleaned_data["sure"]
    try:
        release_number(customer=pk, number=number, by=request.user, is_sure=is_sure)
    except PhoneNumber.DoesNotExist:
        raise Http404 from None
    except TheOnlyNumber:
        return _show(request, customer, asking=number)
    return _done(request, customer)


def _open(request: StaffRequest, pk: int) -> Customer:
    customer: Customer = get_object_or_404(Customer.objects.editable_by(request.user).living(), pk=pk)
    return customer


def _done(request: StaffRequest, before: Customer) -> HttpResponse:
    if not request.htmx:
        return redirect("customers:page", pk=before.pk)
    customer = _open(request, before.pk)
    response = _show(request, customer)
    if customer.phone != before.phone:
        # The main number stands elsewhere on the page too.
        response["HX-Refresh"] = "true"
    response["HX-Trigger"] = "desk:guest-changed"
    return response


def _show(
    request: StaffRequest,
    customer: Customer,
    *,
    form: NumberForm | None = None,
    known: Customer | None = None,
    asking: int | None = None,
) -> HttpResponse:
    context = {
        "customer": customer,
        "numbers": numbers_of(customer, *former_records(customer)),
        "is_shown": customer.is_open and not request.user.is_office,
        "number_form": form or NumberForm(),
        "is_adding": form is not None,
        "known": known,
        "asking": asking,
        "is_fragment": bool(request.htmx),
    }
    return render(request, "customers/numbers.html", context, status=422 if form or asking else 200)
