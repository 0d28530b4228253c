"""Somebody leaves the house (G18): who they look after, who gets them, and one step that does it all."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from customers import handover
from customers.forms.handover import HandoverForm
from customers.models import Handover
from staff import leaving, roles
from staff.access import StaffRequest, role_required
from staff.models import User


@role_required(roles.OPERATIONS)
def page(request: StaffRequest, pk: int) -> HttpResponse:
    """Who leaves and what they leave; a POST closes the account and hands the guests over."""
    leaver = _leaver(request, pk)
    counts = handover.guests_by_tier(leaver)
    form = HandoverForm(request.POST if request.method == "POST" else None, leaver=leaver, counts=counts)
    if request.method == "POST":
        return _hand_over(request, leaver, form)
    return _show(request, leaver, form)


def _hand_over(request: StaffRequest, leaver: User, form: HandoverForm) -> HttpResponse:
    if not form.is_valid():
        return _show(request, leaver, form, status=422)
    try:
        done = handover.hand_over(leaver=leaver, deal=form.deal(), by=request.user)
    except handover.AlreadyGone as gone:
        messages.info(request, str(gone))
        return redirect("customers:handover", pk=leaver.pk)
    except handover.NotDone as why:
        form.add_error(None, str(why))
        return _show(request, leaver, form, status=422)
    guests = sum(done.given.values())
    words = ngettext(
        "The account of %(who)s is closed, and %(n)d guest is handed over.",
        "The account of %(who)s is closed, and %(n)d guests are handed over.",
        guests,
    )
    messages.success(request, " ".join([words % {"who": leaver, "n": guests}, *done.followed]))
    return redirect("customers:handover", pk=leaver.pk)


def _show(request: StaffRequest, leaver: User, form: HandoverForm, status: int = 200) -> HttpResponse:
    done = Handover.objects.filter(leaver=leaver).select_related("done_by").first()
    context = {
        "leaver": leaver,
        "form": form,
        "total": sum(form.counts.values()),
        "tiers": [(form.tiers[tier], count) for tier, count in form.counts.items()],
        "done": done,
        "given": _given(done) if done else [],
        "preview": _preview(form) if form.is_bound else [],
    }
    return render(request, "customers/handover.html", context, status=status)


def _given(done: Handover) -> list[tuple[User, int]]:
    people = User.objects.in_bulk([int(pk) for pk in done.given])
    return sorted(((people[int(pk)], count) for pk, count in done.given.items()), key=lambda given: -given[1])


@role_required(roles.OPERATIONS)
@require_POST
def preview(request: StaffRequest, pk: int) -> HttpResponse:
    """Who would get how many, as the form stands now; changes nothing. Without htmx: the page with it."""
    leaver = _leaver(request, pk)
    form = HandoverForm(request.POST, leaver=leaver, counts=handover.guests_by_tier(leaver))
    if request.htmx:
        return render(request, "customers/_handover_preview.html", {"preview": _preview(form)})
    return _show(request, leaver, form)


def _preview(form: HandoverForm) -> list[dict[str, Any]]:
    """A row for each receiver: how many of each tier, how many in all; none while the form is not complete."""
    if not (form.counts and form.is_valid()):
        return []
    return [
        {
            "who": form.people[pk],
            "tiers": [(form.tiers[tier], count) for tier, count in share.items() if count],
            "total": sum(share.values()),
        }
        for pk, share in handover.shares(form.counts, form.deal()).items()
    ]


def _leaver(request: StaffRequest, pk: int) -> User:
    leaver: User = get_object_or_404(User.objects.with_roles(), pk=pk)
    if not leaving.may_let_go(request.user, leaver):
        raise Http404
    return leaver
