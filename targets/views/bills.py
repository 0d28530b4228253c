"""Bills on screen: a manager's claims; for operations what waits to be settled; one bill with all its rows."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from staff import roles
from staff.access import StaffRequest, role_required
from targets.charge_querysets import ChargeQuerySet
from targets.choices import ClaimState, Entry
from targets.claims import CannotClaim, claim_bill, reject_claim
from targets.confirming import confirm_claim
from targets.correcting import CannotGive, give_bill, give_bills, story_of
from targets.forms.bills import ClaimForm, GiveForm, GiveManyForm, RejectForm, WaitingFilter
from targets.models import Charge, Claim
from vipdesk import submissions
from visits.views.reservations import to_page

KIND = "charge.claim"
SHOWN = 50
MINE = 20


# --- a manager's claims ----------------------------------------------------------------------------------------------


@role_required(roles.MANAGER)
def claim(request: StaffRequest) -> HttpResponse:
    """Claim a bill that the till has not sent yet, and see what became of earlier ones."""
    if request.method == "POST":
        return _claim(request, ClaimForm(request.POST))
    return _show_claim(request, ClaimForm(initial={"room": request.GET.get("room")}))


def _claim(request: StaffRequest, form: ClaimForm) -> HttpResponse:
    if not form.is_valid():
        return _show_claim(request, form, status=422)

    def work() -> dict[str, Any]:
        return {"claim": claim_bill(claim=form.claim(request.user)).pk}

    client_id = form.cleaned_data["client_id"]
    try:
        submissions.receive(client_id=client_id, kind=KIND, content=form.content(), user=request.user, work=work)
    except CannotClaim as refused:
        form.refuse(refused.field, str(refused))
        return _show_claim(request, form, status=422)
    except submissions.ConflictingSubmission:
        return render(request, "visits/conflict.html", {"back": reverse("targets:claim")}, status=409)
    messages.success(request, _("Claimed. It counts as soon as the till sends it."))
    response = to_page(request, reverse("targets:claim"))
    response["Desk-Receipt"] = str(client_id)
    return response


def _show_claim(request: StaffRequest, form: ClaimForm, status: int = 200) -> HttpResponse:
    mine = Claim.objects.filter(manager=request.user).select_related("room", "charge").order_by("-night", "-pk")
    return render(request, "targets/claim.html", {"form": form, "claims": mine[:MINE]}, status=status)


# --- what waits for operations ---------------------------------------------------------------------------------------


@role_required(roles.OPERATIONS)
@require_GET
def to_settle(request: StaffRequest) -> HttpResponse:
    """Claims that no till has answered, and bills that are nobody's, by room, night and whom they name."""
    return _show_waiting(request)


def _waiting() -> ChargeQuerySet:
    """Bills of nobody; their refunds go along."""
    waiting: ChargeQuerySet = Charge.objects.unassigned().filter(refund_of=None)
    return waiting


def _show_waiting(
    request: StaffRequest,
    rejecting: int | None = None,
    form: RejectForm | None = None,
    giving: GiveManyForm | None = None,
) -> HttpResponse:
    chosen = WaitingFilter(request.POST if giving else request.GET, waiting=_waiting())
    bills = chosen.narrow(_waiting())
    claims = Claim.objects.filter(state=ClaimState.OPEN).select_related("room", "manager").order_by("night", "pk")
    context = {
        "claims": claims[:SHOWN],
        "claims_count": claims.count(),
        "bills": bills.select_related("room", "party", "named").order_by("night", "room__number", "pk")[:SHOWN],
        "bills_count": bills.count(),
        "bills_total": bills.total(),
        "filter": chosen,
        "is_filtered": any(chosen.cleaned_data.values()),
        "giving": giving or GiveManyForm(shown=bills),
        "rejecting": rejecting,
        "form": form or RejectForm(),
    }
    return render(request, "targets/bills.html", context, status=422 if form or giving else 200)


@role_required(roles.OPERATIONS)
@require_POST
def give_many(request: StaffRequest) -> HttpResponse:
    """Give the ticked bills of nobody, or all that the filter shows, to one manager."""
    shown = WaitingFilter(request.POST, waiting=_waiting()).narrow(_waiting())
    form = GiveManyForm(request.POST, shown=shown)
    if not form.is_valid():
        return _show_waiting(request, giving=form)
    try:
        count = give_bills(by=request.user, **form.chosen())
    except CannotGive as refused:
        form.refuse(refused.field, str(refused))
        return _show_waiting(request, giving=form)
    words = ngettext("%(n)d bill is given to %(name)s.", "%(n)d bills are given to %(name)s.", count)
    messages.success(request, words % {"n": count, "name": form.cleaned_data["to"]})
    return to_page(request, reverse("targets:bills"))


@role_required(roles.OPERATIONS)
@require_POST
def confirm(request: StaffRequest, pk: int) -> HttpResponse:
    """Turn a claim into a row of the ledger."""
    found = get_object_or_404(Claim, pk=pk)
    try:
        confirm_claim(claim=found, by=request.user)
    except CannotClaim as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("%(bill)s is in the ledger.") % {"bill": found.bill_no})
    return to_page(request, reverse("targets:bills"))


@role_required(roles.OPERATIONS)
@require_POST
def reject(request: StaffRequest, pk: int) -> HttpResponse:
    """There is no such bill; the manager reads why."""
    found, form = get_object_or_404(Claim, pk=pk), RejectForm(request.POST)
    if not form.is_valid():
        return _show_waiting(request, pk, form)
    try:
        reject_claim(claim=found, by=request.user, reason=form.cleaned_data["reason"])
    except CannotClaim as refused:
        form.refuse(refused.field, str(refused))
        return _show_waiting(request, pk, form)
    messages.success(request, _("%(bill)s is rejected.") % {"bill": found.bill_no})
    return to_page(request, reverse("targets:bills"))


# --- one bill --------------------------------------------------------------------------------------------------------


@role_required(roles.MANAGER, roles.OPERATIONS)
@require_GET
def bill(request: StaffRequest, pk: int) -> HttpResponse:
    """A bill with its refunds and all that was corrected; a manager's own only."""
    return _show_bill(request, _find_bill(request, pk))


@role_required(roles.OPERATIONS)
@require_POST
def give(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a bill with its refunds to somebody else."""
    found = _find_bill(request, pk)
    form = GiveForm(request.POST, bill=found)
    if not form.is_valid():
        return _show_bill(request, found, form)
    try:
        give_bill(bill=found, by=request.user, **form.cleaned_data)
    except CannotGive as refused:
        form.refuse(refused.field, str(refused))
        return _show_bill(request, found, form)
    messages.success(request, _("%(bill)s is given.") % {"bill": found.bill_no})
    return to_page(request, reverse("targets:bill", args=[pk]))


def _find_bill(request: StaffRequest, pk: int) -> Charge:
    """The first row of the bill, or refund, that the row `pk` belongs to: lists name the row that stands, which is a
    later one once the bill was given to somebody, or back to nobody."""
    row = get_object_or_404(Charge.objects.visible_to(request.user), pk=pk)
    return row if row.entry == Entry.BILL else Charge.objects.get(bill_no=row.bill_no, entry=Entry.BILL)


def _show_bill(request: StaffRequest, found: Charge, form: GiveForm | None = None) -> HttpResponse:
    rows = list(story_of(found))
    standing = {row.pk: row for row in Charge.objects.filter(pk__in=[row.pk for row in rows]).standing()}
    first = rows[0]
    now = next((row for row in rows if row.pk in standing and row.bill_no == first.bill_no), first)
    may_give = request.user.has_role(roles.OPERATIONS)
    context = {
        "bill": now,
        "first": first,
        "rows": rows,
        "left": sum((row.amount for row in standing.values()), start=first.amount - first.amount),
        "giving": form or (GiveForm(bill=now) if may_give else None),
    }
    return render(request, "targets/bill.html", context, status=422 if form else 200)
