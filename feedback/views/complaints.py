"""Complaints (投诉, D6): the list, taking one in, one with its timeline, clock and moves, its compensation."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from customers import leaks
from customers.families import as_living
from customers.models import AccessLog, Customer, Looks
from customers.querysets import PAGE_SIZE
from feedback import compensating, complaints
from feedback.compensating import CannotCompensate
from feedback.complaint_choices import CompensationState
from feedback.complaint_story import story_of
from feedback.forms.complaints import AssignForm, CloseForm, CompensationForm, ComplaintForm, SaidForm, WordsForm
from feedback.models import Compensation, Complaint
from feedback.states import CannotMove, Verb
from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk import nights, submissions
from visits.forms.once import OnceForm
from visits.models import Party
from visits.views.reservations import to_page

OPEN_KIND, MOVE_KIND, ASK_KIND = "complaint.open", "complaint.move", "complaint.compensation"
SHOWS = ("open", "late", "escalated", "all")
MOST_OPEN = 200
NOTE = "note"
MOVES = (roles.MANAGER, roles.OPERATIONS)
FORMS: dict[str, type[OnceForm]] = {
    Verb.TAKE: WordsForm,
    Verb.ANSWER: SaidForm,
    Verb.ASSIGN: AssignForm,
    Verb.ESCALATE: WordsForm,
    Verb.SOLVE: SaidForm,
    Verb.CLOSE: CloseForm,
    Verb.REOPEN: SaidForm,
    NOTE: SaidForm,
}
DO: dict[str, Callable[..., Complaint]] = {
    Verb.TAKE: complaints.take_in_hand,
    Verb.ANSWER: complaints.answer,
    Verb.ASSIGN: complaints.assign,
    Verb.ESCALATE: complaints.escalate,
    Verb.SOLVE: complaints.solve,
    Verb.CLOSE: complaints.close,
    Verb.REOPEN: complaints.reopen,
    NOTE: complaints.note,
}
DECIDE: dict[str, Callable[..., Compensation]] = {
    "approve": compensating.approve,
    "refuse": compensating.refuse,
    "give": compensating.give,
}


# --- the list ------------------------------------------------------------------------------------------------------


@role_required(*roles.ALL)
@require_GET
def complaint_list(request: StaffRequest) -> HttpResponse:
    """What is open, the nearest limit first; or all, the newest first."""
    show = request.GET.get("show") if request.GET.get("show") in SHOWS else "open"
    mine = Complaint.objects.visible_to(request.user).select_related("owner", "room", "customer", "taken_by")
    if show == "all":
        after = request.GET.get("after", "")
        found = mine.filter(pk__lt=int(after)) if after.isdecimal() and len(after) < 19 else mine
        rows = list(found.order_by("-pk")[: PAGE_SIZE + 1])
    else:
        wanted = {"open": mine.open(), "late": mine.late(timezone.now()), "escalated": mine.escalated()}[str(show)]
        rows, after = list(wanted.order_by("clock_due_at", "pk")[:MOST_OPEN]), ""
    has_more = show == "all" and len(rows) > PAGE_SIZE
    context = {
        "rows": rows[:PAGE_SIZE] if show == "all" else rows,
        "show": show,
        "shows": zip(SHOWS, (_("Open"), _("Late"), _("Escalated"), _("All")), strict=True),
        "older": rows[PAGE_SIZE - 1].pk if has_more else None,
        "is_first": not after,
    }
    return render(request, "feedback/complaints.html", context)


# --- taking one in -------------------------------------------------------------------------------------------------


@role_required(*roles.ALL)
def new(request: StaffRequest) -> HttpResponse:
    """From a party's page (`?party=`), a guest's (`?guest=`), or by hand."""
    asked = request.POST if request.method == "POST" else request.GET
    party = _asked(Party.objects.select_related("room", "customer"), asked.get("party") if asked.get("of") else None)
    party = party or _asked(Party.objects.select_related("room", "customer"), request.GET.get("party"))
    guest = next(iter(as_living([asked.get("guest")])))
    guest = _asked(Customer.objects.visible_to(request.user).living(), guest and str(guest))
    said = {"user": request.user, "party": party, "guest": guest}
    if request.method == "POST":
        return _open(request, ComplaintForm(request.POST, **said))
    return _show_form(request, ComplaintForm(**said, initial={"party": party.pk if party else None}))


def _asked(rows: Any, key: str | None) -> Any:
    """The row of this key; None where none was named. One that is not there answers 404."""
    if not key:
        return None
    if not key.isdecimal() or len(key) > 18:
        raise Http404
    return get_object_or_404(rows, pk=int(key))


def _open(request: StaffRequest, form: ComplaintForm) -> HttpResponse:
    if not form.is_valid():
        return _show_form(request, form, status=422)

    def work() -> dict[str, Any]:
        return {"complaint": complaints.open_complaint(complaint=form.complaint(), by=request.user).pk}

    client_id = form.cleaned_data["client_id"]
    try:
        receipt = submissions.receive(
            client_id=client_id, kind=OPEN_KIND, content=form.content(), user=request.user, work=work
        )
    except submissions.ConflictingSubmission:
        return _conflict(request, reverse("feedback:complaints"))
    if not receipt.replayed:
        messages.success(request, _("Complaint taken in."))
    return _sent(request, _page(receipt.content["complaint"]), client_id)


def _show_form(request: StaffRequest, form: ComplaintForm, status: int = 200) -> HttpResponse:
    return render(request, "feedback/complaint_new.html", {"form": form}, status=status)


# --- one complaint -------------------------------------------------------------------------------------------------


@role_required(*roles.ALL)
@require_GET
def page(request: StaffRequest, pk: int) -> HttpResponse:
    return _show(request, _find(request, pk))


@role_required(*roles.ALL)
@require_POST
def reveal_contact(request: StaffRequest, pk: int) -> HttpResponse:
    """Show the office the whole number to call back, after writing down who looked; whoever has it sees it anyway."""
    complaint = _find(request, pk)
    if not complaint.contact_phone:
        raise Http404
    if request.user.is_office:
        facts = {"night": nights.tonight(), "kind": AccessLog.Kind.REVEAL, "detail": f"complaint {complaint.pk}"}
        AccessLog.objects.create(user=request.user, **facts)
        leaks.count_look(request.user, Looks.REVEAL)
    return _show(request, complaint, is_revealed=True)


@role_required(*MOVES)
@require_POST
def move(request: StaffRequest, pk: int, verb: str) -> HttpResponse:
    """One move of the table, or a note; sent twice it is made once."""
    if verb not in DO:
        raise Http404
    complaint, form = _find(request, pk), FORMS[verb](request.POST)
    if not form.is_valid():
        return _show(request, complaint, wrong={verb: form}, status=422)
    said = {name: value for name, value in form.cleaned_data.items() if name != "client_id"}

    def work() -> dict[str, Any]:
        return {"complaint": DO[verb](complaint=complaint, by=request.user, **said).pk}

    return _receive(request, complaint, form, MOVE_KIND, work, verb=verb)


@role_required(*MOVES)
@require_POST
def compensate(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask for a compensation; within one's own limit it is approved by that."""
    complaint, form = _find(request, pk), CompensationForm(request.POST)
    if not form.is_valid():
        return _show(request, complaint, wrong={"compensate": form}, status=422)

    def work() -> dict[str, Any]:
        asked = compensating.ask_compensation(compensation=form.compensation(complaint), by=request.user)
        if asked.waits_because:
            messages.info(request, asked.waits_because)
        return {"compensation": asked.pk}

    return _receive(request, complaint, form, ASK_KIND, work)


@role_required(*MOVES)
@require_POST
def decide(request: StaffRequest, pk: int, decision: str) -> HttpResponse:
    """Approve, refuse or give a compensation; each is possible once."""
    if decision not in DECIDE:
        raise Http404
    compensation = get_object_or_404(Compensation.objects.select_related("complaint"), pk=pk)
    complaint = _find(request, compensation.complaint_id)
    try:
        DECIDE[decision](compensation=compensation, by=request.user)
    except CannotCompensate as refused:
        return _show(request, complaint, refused=str(refused), status=422)
    return to_page(request, _page(complaint.pk))


def _receive(
    request: StaffRequest,
    complaint: Complaint,
    form: OnceForm,
    kind: str,
    work: Callable[[], dict[str, Any]],
    **about: Any,
) -> HttpResponse:
    client_id, content = form.cleaned_data["client_id"], form.content(complaint=complaint.pk, **about)
    try:
        submissions.receive(client_id=client_id, kind=kind, content=content, user=request.user, work=work)
    except (CannotMove, CannotCompensate) as refused:
        return _show(request, _find(request, complaint.pk), refused=str(refused), status=422)
    except submissions.ConflictingSubmission:
        return _conflict(request, _page(complaint.pk))
    return _sent(request, _page(complaint.pk), client_id)


def _find(request: StaffRequest, pk: int) -> Complaint:
    """Whoever may not see it is not told that it exists."""
    rows = Complaint.objects.visible_to(request.user)
    related = ("owner", "taken_by", "opened_by", "customer", "party__room", "room", "survey")
    found: Complaint = get_object_or_404(rows.select_related(*related), pk=pk)
    return found


def _show(
    request: StaffRequest,
    complaint: Complaint,
    *,
    wrong: dict[str, OnceForm] | None = None,
    refused: str = "",
    is_revealed: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The complaint with what this person may do; a form that was refused comes back as it was typed."""
    wrong, may_move = wrong or {}, request.user.has_role(*MOVES)
    verbs: list[str] = [str(verb) for verb in complaints.moves_of(complaint, request.user)] if may_move else []
    first = {"category": complaint.category}
    context = {
        "complaint": complaint,
        "story": story_of(complaint),
        "forms": {verb: wrong.get(verb) or FORMS[verb](initial=first) for verb in [*verbs, NOTE]} if may_move else {},
        "wrong": next(iter(wrong), ""),
        "refused": refused,
        "is_contact_shown": is_revealed or not request.user.is_office,
        "compensations": _compensations(request, complaint),
        "asking": wrong.get("compensate") or (CompensationForm() if may_move and complaint.state != "closed" else None),
    }
    return render(request, "feedback/complaint.html", context, status=status)


def _compensations(request: StaffRequest, complaint: Complaint) -> list[tuple[Compensation, list[str]]]:
    """Each with what this person may do about it."""
    decides = request.user.has_role(roles.OPERATIONS)
    acts = {
        CompensationState.ASKED: ["approve", "refuse"] if decides else [],
        CompensationState.APPROVED: ["give"] if request.user.has_role(*MOVES) else [],
    }
    found = complaint.compensations.select_related("asked_by", "decided_by", "given_by")
    return [(one, acts.get(CompensationState(one.state), [])) for one in found]


def _page(pk: int) -> str:
    return reverse("feedback:complaint", args=[pk])


def _sent(request: StaffRequest, url: str, client_id: object) -> HttpResponse:
    response = to_page(request, url)
    response["Desk-Receipt"] = str(client_id)
    return response


def _conflict(request: StaffRequest, back: str) -> HttpResponse:
    return render(request, "visits/conflict.html", {"back": back}, status=409)
