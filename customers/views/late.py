"""Captures that came in late of a number already on file (after-sales, operations): the list, and settling one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from customers import late
from customers.forms.late import SettleForm
from customers.models import CaptureNote, Customer
from customers.querysets import PAGE_SIZE
from customers.services import ChangedMeanwhile, log_reveal
from staff import roles
from staff.access import StaffRequest, role_required


@role_required(roles.AFTERSALES, roles.OPERATIONS)
@require_GET
def late_list(request: StaffRequest) -> HttpResponse:
    """What waits, the oldest first: settling brings on what follows."""
    waiting = CaptureNote.objects.to_settle()
    notes = waiting.select_related("customer__tier", "customer__merged_into__tier", "captured_by")
    rows = [_row(note) for note in notes.order_by("received_at", "pk")[:PAGE_SIZE]]
    more = waiting.count() - len(rows) if len(rows) == PAGE_SIZE else 0
    return render(request, "customers/late.html", {"rows": rows, "more": more})


def _row(note: CaptureNote) -> dict[str, object]:
    guest = note.guest
    return {"note": note, "guest": guest, "differing": [late.label(name) for name in late.differing(note, guest)]}


@role_required(roles.AFTERSALES, roles.OPERATIONS)
def late_note(request: StaffRequest, pk: int) -> HttpResponse:
    """The two side by side, in full, so that the look is written down; a POST settles it."""
    found = CaptureNote.objects.filter(customer__erased_at=None).select_related(
        "customer__tier", "captured_by", "settled_by", "notice"
    )
    note = get_object_or_404(found, pk=pk)
    guest = note.guest
    if note.settled_at:
        return _settled(request, note)
    if request.method == "POST":
        form = SettleForm(request.POST, offered=late.OFFERED)
        return _settle(request, note, form) if form.is_valid() else _show(request, note, guest, form)
    log_reveal(customer=guest, by=request.user)
    return _show(request, note, guest, None)


def _settle(request: StaffRequest, note: CaptureNote, form: SettleForm) -> HttpResponse:
    try:
        done = late.settle_capture_note(note=note.pk, by=request.user, take_over=form.chosen(), seen=form.seen_at())
    except late.SettledAlready as already:
        return _settled(request, already.note)
    except ChangedMeanwhile:
        messages.warning(request, _("Somebody changed this guest meanwhile. Look again, then settle it."))
        return redirect("customers:late_note", pk=note.pk)
    if done.how == CaptureNote.How.TAKEN_OVER:
        words = _("Taken over: %(what)s.") % {"what": _(", ").join(map(late.label, done.taken_over))}
    else:
        words = _("Left as it was.")
    messages.success(request, words)
    return redirect("customers:late")


def _settled(request: StaffRequest, note: CaptureNote) -> HttpResponse:
    """One that is settled, perhaps just now by somebody faster: who did, and how."""
    what = _(", ").join(map(late.label, note.taken_over))
    status = 409 if request.method == "POST" else 200
    return render(
        request, "customers/late_settled.html", {"note": note, "guest": note.guest, "what": what}, status=status
    )


def _show(request: StaffRequest, note: CaptureNote, guest: Customer, form: SettleForm | None) -> HttpResponse:
    lines = late.lines(note, guest)
    if form is None:
        ticked = [line.name for line in lines if line.name and line.name not in late.CONSENTS and _is_free(line)]
    else:
        ticked = form.data.getlist("take")  # type: ignore[attr-defined]  # a form that was sent
    context = {"note": note, "guest": guest, "lines": lines, "ticked": ticked, "form": form}
    context["has_offers"] = any(line.name for line in lines)
    return render(request, "customers/late_note.html", context, status=422 if form else 200)


def _is_free(line: late.Line) -> bool:
    """Taking it over costs nothing that is on file: a blank is filled, a note is added."""
    return line.is_blank or line.name == "notes"
