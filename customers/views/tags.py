"""A guest's tags (D7 S4): a card on their page, and the choice in its place."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from customers.forms.tags import TagsForm
from customers.models import Customer
from customers.tags import set_tags, tags_of
from staff import roles
from staff.access import StaffRequest, role_required


@role_required(roles.MANAGER, roles.OPERATIONS)
def tags(request: StaffRequest, pk: int) -> HttpResponse:
    """The choice; a POST keeps it. With `read`, the card again. 404 where the guest is with somebody else."""
    customer = _own(request, pk)
    if request.htmx and request.method == "GET" and "read" in request.GET:
        return _card(request, customer)
    form = TagsForm(request.POST if request.method == "POST" else None, customer=customer)
    if not form.is_valid():
        context = {"form": form, "customer": customer, "is_fragment": bool(request.htmx)}
        return render(request, "customers/tags.html", context, status=422 if form.is_bound else 200)
    set_tags(customer=customer, tags=form.cleaned_data["tags"], by=request.user)
    return _card(request, customer) if request.htmx else redirect("customers:page", pk=pk)


def _own(request: StaffRequest, pk: int) -> Customer:
    """Who serves a guest for one night does not say what they are: who looks after them does, and operations."""
    mine = Customer.objects.visible_to(request.user).living()
    if not request.user.has_role(roles.OPERATIONS):
        mine = mine.filter(owner=request.user)
    found: Customer = get_object_or_404(mine, pk=pk)
    return found


def _card(request: StaffRequest, customer: Customer) -> HttpResponse:
    context = {"customer": customer, "tags": tags_of(customer), "may_tag": True}
    return render(request, "customers/_tags.html", context)
