"""One guest, two records (after-sales, operations): likely pairs, two records side by side, merging, undoing (G5)."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers import comparing, lookups
from customers.doubles import settle_as_different
from customers.forms.doubles import MergeForm, OtherForm
from customers.merging import CannotMerge, merge_customers, undo_merge
from customers.models import Customer, Merge, PossibleDouble
from customers.querysets import PAGE_SIZE, CustomerQuerySet
from staff import roles
from staff.access import StaffRequest, role_required

CANDIDATES = 10
OPEN = PossibleDouble.State.OPEN


@role_required(roles.AFTERSALES, roles.OPERATIONS)
def double_list(request: StaffRequest) -> HttpResponse:
    """Pairs that may be one guest, the last found first."""
    pairs = PossibleDouble.objects.filter(
        state=OPEN,
        first__merged_into=None,
        first__erased_at=None,
        second__merged_into=None,
        second__erased_at=None,
    ).select_related("first__tier", "second__tier")
    return render(request, "customers/doubles.html", _page(request, pairs))


def _page(request: StaffRequest, found: QuerySet[Any]) -> dict[str, object]:
    """Rows after the key `before` of the address, newest first; one too many tells that there are more."""
    before = request.GET.get("before", "")
    has_place = before.isascii() and before.isdecimal() and len(before) < 19
    rows = list((found.filter(pk__lt=int(before)) if has_place else found).order_by("-pk")[: PAGE_SIZE + 1])
    older = rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None
    return {"rows": rows[:PAGE_SIZE], "older": older, "is_first": not has_place}


@role_required(roles.AFTERSALES, roles.OPERATIONS)
@require_POST
def different(request: StaffRequest, pk: int) -> HttpResponse:
    """Somebody looked: two different guests."""
    double = get_object_or_404(PossibleDouble, pk=pk, state=OPEN)
    settle_as_different(double=double, by=request.user)
    messages.success(request, _("Kept apart: two different guests, not shown here again."))
    return redirect("customers:doubles")


@role_required(roles.AFTERSALES, roles.OPERATIONS)
def merge_with(request: StaffRequest, pk: int) -> HttpResponse:
    """Find the other record of a guest. What is looked for comes in a POST; nothing is changed."""
    customer = get_object_or_404(Customer.objects.editable_by(request.user).living(), pk=pk)
    form = OtherForm(request.POST if request.method == "POST" else None)
    context = {"customer": customer, "form": form}
    if form.is_bound and form.is_valid():
        try:
            context["found"] = _others(request, pk, form.cleaned_data["q"])
        except lookups.TooManyLookups as too_many:
            form.add_error("q", str(too_many))
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "customers/merge_with.html", context, status=status)


def _others(request: StaffRequest, pk: int, typed: str) -> list[Customer]:
    lookups.count_search(request.user, typed, where="doubles")
    others = Customer.objects.visible_to(request.user).living().exclude(pk=pk).select_related("owner", "tier")
    found: list[Customer] = others.newest(CANDIDATES, typed=typed, reader=request.user)
    return found


@role_required(roles.AFTERSALES, roles.OPERATIONS)
def compare(request: StaffRequest, pk: int, other: int) -> HttpResponse:
    """Two records side by side; a POST makes them one."""
    if request.method == "POST":
        form = MergeForm(request.POST, keys=(pk, other))
        return _merge(request, pk, other, form) if form.is_valid() else _compare(request, pk, other, form)
    return _compare(request, pk, other, None)


def _merge(request: StaffRequest, pk: int, other: int, form: MergeForm) -> HttpResponse:
    kept = form.cleaned_data["kept"]
    was_found = _double(pk, other) is not None
    try:
        done = merge_customers(
            kept=kept, merged=other if kept == pk else pk, by=request.user, reason=form.cleaned_data["reason"]
        )
    except CannotMerge as error:
        form.add_error(None, str(error))
        return _compare(request, pk, other, form)
    messages.success(request, _("%(name)s is one record now.") % {"name": done.kept})
    return redirect("customers:doubles") if was_found else redirect("customers:page", pk=kept)


def _compare(request: StaffRequest, pk: int, other: int, form: MergeForm | None) -> HttpResponse:
    both = {guest.pk: guest for guest in _guests(request, pk, other)}
    context: dict[str, object] = {"form": form or MergeForm(keys=(pk, other)), "is_refused": form is not None}
    if len(both) == 2:
        one, two = both[pk], both[other]
        chosen = form.data.get("kept") if form else str(comparing.better(one, two).pk)
        context |= {
            "guests": [one, two],
            "lines": comparing.lines(one, two),
            "chosen": chosen,
            "double": _double(pk, other),
        }
    else:
        done = Merge.objects.filter(kept__in=(pk, other), merged__in=(pk, other), undone_at=None)
        context["done"] = done.select_related("kept", "merged_by").first()
    return render(request, "customers/compare.html", context, status=422 if form else 200)


def _guests(request: StaffRequest, *keys: int) -> CustomerQuerySet:
    living: CustomerQuerySet = Customer.objects.visible_to(request.user).living().filter(pk__in=keys)
    return living.select_related("tier", "owner", "captured_by").prefetch_related("numbers")


def _double(one: int, other: int) -> PossibleDouble | None:
    return PossibleDouble.objects.filter(first=min(one, other), second=max(one, other), state=OPEN).first()


@role_required(roles.AFTERSALES, roles.OPERATIONS)
def merge_list(request: StaffRequest) -> HttpResponse:
    """What was merged, the last first, each to be undone in one step."""
    merges = Merge.objects.select_related("kept", "merged", "merged_by", "undone_by")
    return render(request, "customers/merges.html", _page(request, merges))


@role_required(roles.AFTERSALES, roles.OPERATIONS)
@require_POST
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Make two of one again."""
    try:
        done = undo_merge(merge=pk, by=request.user)
    except CannotMerge as error:
        messages.error(request, str(error))
        return redirect("customers:merges")
    messages.success(request, _("Two records again, each with its numbers."))
    return redirect("customers:merge", pk=done.kept_id, other=done.merged_id)
