"""A guest's habits and preferences (D7), written down where one reads them: a card, and a small form in its place."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from customers.forms.habits import HabitsForm
from customers.models import Customer
from customers.services import ChangedMeanwhile, update_customer
from staff import roles
from staff.access import StaffRequest, role_required


@role_required(*roles.ALL)
def habits(request: StaffRequest, pk: int) -> HttpResponse:
    """The form with the field that was tapped (`field`) in focus; a POST saves it. With `read`, the card again."""
    customer = get_object_or_404(Customer.objects.editable_by(request.user).living(), pk=pk)
    if request.method == "POST":
        return _save(request, HabitsForm(request.POST, instance=customer))
    if request.htmx and "read" in request.GET:
        return render(request, "customers/_habits.html", {"customer": customer})
    return _ask(request, HabitsForm(instance=customer, focus=request.GET.get("field", "")))


def _save(request: StaffRequest, form: HabitsForm) -> HttpResponse:
    customer: Customer = form.instance
    if not form.is_valid():
        return _ask(request, form, status=422)
    try:
        update_customer(
            customer=customer,
            changed=form.changed_fields(),
            seen=form.cleaned_data["version"],
            by=request.user,
            is_correction=False,
        )
    except ChangedMeanwhile as changed:
        form.accept_version(changed.updated_at)
        return _ask(request, form, status=422)
    if not request.htmx:
        return redirect("customers:page", pk=customer.pk)
    response = render(request, "customers/_habits.html", {"customer": customer})
    response["HX-Trigger"] = "desk:guest-changed"
    return response


def _ask(request: StaffRequest, form: HabitsForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "customer": form.instance, "is_fragment": bool(request.htmx)}
    return render(request, "customers/habits.html", context, status=status)
