"""Commission plans, for operations: which are in force, what they bring, a copy with a new month."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from staff import roles
from staff.access import StaffRequest, role_required
from targets import curve, months, plan_changes, plans
from targets.commission import Terms
from targets.forms.plans import PlanForm
from targets.models import CommissionPlan


@role_required(roles.OPERATIONS)
@require_GET
def plan_list(request: StaffRequest) -> HttpResponse:
    found = CommissionPlan.objects.prefetch_related("tiers", "bonus_bands", "closings")
    now = plans.newest_plan(months.current())
    return render(request, "targets/plans.html", {"plans": found, "in_force": now, "month": months.current()})


@role_required(roles.OPERATIONS)
@require_GET
def page(request: StaffRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(CommissionPlan, pk=pk)
    used = plan.closings.order_by("month")
    terms = plans.terms_of(plan)
    may_withdraw = not (plan.withdrawn_at or used) and plans.plan_before(plan) is not None
    context = {"plan": plan, "terms": terms, "used": used, "may_withdraw": may_withdraw, **_preview(terms)}
    return render(request, "targets/plan.html", context)


@role_required(roles.OPERATIONS)
@require_http_methods(["GET", "POST"])
def copy(request: StaffRequest, pk: int) -> HttpResponse:
    """The plan again with a new month; the POST keeps it."""
    plan = get_object_or_404(CommissionPlan, pk=pk)
    copied = plans.as_file(plan)
    form = PlanForm(request.POST if request.method == "POST" else None, copied=copied)
    if form.is_bound and form.is_valid():
        made = _keep(request, form)
        if made:
            messages.success(request, _("Plan %(code)s kept.") % {"code": made.code})
            return redirect("targets:plan", made.pk)
    terms = form.plan.terms if hasattr(form, "plan") else copied.terms
    context = {"form": form, "plan": plan, **_preview(terms)}
    return render(request, "targets/plan_copy.html", context, status=422 if form.errors else 200)


def _keep(request: StaffRequest, form: PlanForm) -> CommissionPlan | None:
    """A copy is a plan of its own: the code of another one is refused."""
    if CommissionPlan.objects.filter(code=form.plan.code).exists():
        form.add_error("code", _("There is a plan with this code already."))
        return None
    try:
        plans.load_plan(plan=form.plan, by=request.user)
    except plans.CannotPlan as error:
        form.add_error("effective_from", str(error))
        return None
    return CommissionPlan.objects.get(code=form.plan.code)


@role_required(roles.OPERATIONS)
@require_POST
def preview(request: StaffRequest, pk: int) -> HttpResponse:
    """What the plan as typed so far would bring; where it cannot stand yet, why."""
    copied = plans.as_file(get_object_or_404(CommissionPlan, pk=pk))
    form = PlanForm(request.POST, copied=copied, asks_changes=False)
    if form.is_valid():
        return render(request, "targets/_plan_preview.html", _preview(form.plan.terms))
    field, said = next(iter(form.errors.items()))
    label = form.fields[field].label if field in form.fields else ""
    return render(request, "targets/_plan_preview.html", {"wrong": said[0], "wrong_field": label})


@role_required(roles.OPERATIONS)
@require_POST
def confirm(request: StaffRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(CommissionPlan, pk=pk)
    plans.confirm_plan(plan=plan, by=request.user)
    messages.success(request, _("The sample's figures are the house's own now."))
    return redirect("targets:plan", pk)


@role_required(roles.OPERATIONS)
@require_http_methods(["GET", "POST"])
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """What is different without this plan, and for whom; the POST takes it back."""
    plan = get_object_or_404(CommissionPlan, pk=pk)
    if request.method == "POST":
        try:
            plans.withdraw_plan(plan=plan, by=request.user)
        except plans.CannotPlan as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Plan %(code)s is withdrawn.") % {"code": plan.code})
        return redirect("targets:plan", pk)
    context = {"plan": plan, "before": plans.plan_before(plan), "changes": plan_changes.changes_without(plan)}
    return render(request, "targets/plan_withdraw.html", context)


def _preview(terms: Terms) -> dict[str, Any]:
    return {"terms_shown": terms, "curve": curve.curve_of(terms), "worked": curve.worked(terms)}
