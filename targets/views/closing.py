"""Operations close a month after a look at what is still open, and give managers targets of their own."""

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from staff import roles
from staff.access import StaffRequest, role_required
from staff.models import User
from targets import months, plans
from targets.closing import CannotClose, check_list, close_month
from targets.forms.targets import TargetForm
from targets.statements import NoPlan, find_manager, statement_of, statements_of
from targets.team import team_of
from targets.templatetags.figures import month as in_words


@role_required(roles.OPERATIONS)
@require_http_methods(["GET", "POST"])
def close(request: StaffRequest, month: dt.date) -> HttpResponse:
    """The check list; the POST closes."""
    if month >= months.current() or months.is_closed(month):
        return redirect("targets:statement", min(month, months.current()))
    if request.method == "POST":
        return _close(request, month)
    try:
        team = team_of(statements_of(month), is_ranked=False)
    except NoPlan as error:
        raise Http404 from error
    return render(request, "targets/close.html", {"month": month, "checks": check_list(month), "team": team})


def _close(request: StaffRequest, month: dt.date) -> HttpResponse:
    try:
        close_month(month=month, by=request.user)
    except CannotClose as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(month)s is closed.") % {"month": in_words(month)})
    return redirect("targets:statement", month)


@role_required(roles.OPERATIONS)
@require_http_methods(["GET", "POST"])
def target(request: StaffRequest, month: dt.date, pk: int) -> HttpResponse:
    """A manager's own target; empty takes it back to the floor."""
    manager = User.objects.filter(pk=pk).first()
    if manager is None or find_manager(manager.username) is None or months.is_closed(month):
        raise Http404
    try:
        it = statement_of(month, manager)
    except NoPlan as error:
        raise Http404 from error
    own = plans.own_targets(month, [pk]).get(pk)
    form = TargetForm(request.POST or None, initial={"amount": own})
    if request.method == "POST" and form.is_valid() and _set(request, form, manager, month):
        return redirect("targets:statement", month)
    context = {"form": form, "month": month, "manager": manager, "it": it, "own": own}
    return render(request, "targets/target.html", context, status=422 if form.is_bound else 200)


def _set(request: StaffRequest, form: TargetForm, manager: User, month: dt.date) -> bool:
    amount = form.cleaned_data["amount"]
    try:
        if amount is None:
            plans.drop_target(manager=manager, month=month)
        else:
            plans.set_target(manager=manager, month=month, amount=amount, by=request.user)
    except plans.CannotPlan as error:
        form.add_error("amount", str(error))
        return False
    messages.success(request, _("Target of %(name)s kept.") % {"name": manager})
    return True
