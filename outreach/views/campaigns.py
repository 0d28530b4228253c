"""A campaign beside its admin form: for managers its offer and what they do, and what guests said of it, handed in; for
operations the managers' task (D5) and the feedback (S4)."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from outreach import campaign_feedback, campaign_tasks
from outreach.campaign_tasks import CannotGive
from outreach.forms.campaigns import NoteForm
from outreach.models import Campaign, CampaignNote
from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor.forms import TaskForm
from staff.floor.views import cards
from vipdesk import nights, submissions
from visits.views.reservations import to_page

KIND = "campaign_task"
NOTE = "campaign.note"


@role_required(roles.MANAGER, roles.OPERATIONS)
@require_GET
def running(request: StaffRequest) -> HttpResponse:
    """Campaigns that run, with their offer and what managers do, and those whose feedback is due."""
    return _show_running(request)


def _show_running(request: StaffRequest, wrong: NoteForm | None = None, pk: int = 0) -> HttpResponse:
    night = nights.tonight()
    context = {
        "night": night,
        "lines": campaign_feedback.campaigns_of(request.user, night),
        "form": NoteForm(),
        "wrong": wrong,
        "wrong_pk": pk,
    }
    return render(request, "outreach/campaigns.html", context, status=422 if wrong else 200)


@role_required(roles.MANAGER)
@require_GET
def card(request: StaffRequest) -> HttpResponse:
    """On Tonight: which campaigns run, and whose feedback one still owes."""
    night = nights.tonight()
    context = {"night": night, "lines": campaign_feedback.campaigns_of(request.user, night)}
    return cards.live(request, "outreach/_my_campaigns.html", context)


@role_required(roles.MANAGER)
@require_POST
def note(request: StaffRequest, pk: int) -> HttpResponse:
    """Hand in what guests said of a campaign."""
    campaign = get_object_or_404(campaign_feedback.for_managers(nights.tonight()), pk=pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _show_running(request, form, pk)
    client_id = form.cleaned_data["client_id"]

    def work() -> dict[str, Any]:
        text = form.cleaned_data["text"]
        said = CampaignNote(campaign=campaign, manager=request.user, text=text, client_id=client_id)
        return {"note": campaign_feedback.hand_in(note=said).pk}

    content = form.content(campaign=pk)
    try:
        submissions.receive(client_id=client_id, kind=NOTE, content=content, user=request.user, work=work)
    except campaign_feedback.CannotRead as refused:
        form.add_error("text", str(refused))
        return _show_running(request, form, pk)
    except submissions.ConflictingSubmission:
        return render(request, "visits/conflict.html", {"back": reverse("outreach:campaigns")}, status=409)
    messages.success(request, pgettext("feedback", "Handed in."))
    response = to_page(request, reverse("outreach:campaigns"))
    response["Desk-Receipt"] = str(client_id)
    return response


@role_required(roles.OPERATIONS)
def feedback(request: StaffRequest, pk: int) -> HttpResponse:
    """The figures of its nights beside those before; a POST says that they were read."""
    campaign = get_object_or_404(Campaign.objects.select_related("feedback_read_by"), pk=pk)
    if request.method == "POST":
        try:
            campaign_feedback.mark_read(campaign=campaign, by=request.user)
        except campaign_feedback.CannotRead as why:
            messages.error(request, str(why))
        else:
            messages.success(request, _("Read."))
        return redirect("outreach:campaign_feedback", pk=pk)
    context: dict[str, Any] = {
        "campaign": campaign,
        "due_on": campaign_feedback.due_on(campaign),
        "is_over": bool(campaign.ends_on and campaign.ends_on < nights.tonight()),
        "said": campaign_feedback.feedback_of(campaign),
    }
    context["handed_in"], context["missing"] = campaign_feedback.handed_in(campaign)
    return render(request, "outreach/campaign_feedback.html", context)


@role_required(roles.OPERATIONS)
def task(request: StaffRequest, pk: int) -> HttpResponse:
    """The form of its managers' task, filled in from the campaign; once given, who has read and done it."""
    campaign = _with_task(pk)
    if campaign_tasks.is_given(campaign) or not campaign.is_approved:
        context = {"campaign": campaign, "now": timezone.now(), "how_far": campaign_tasks.how_far(campaign)}
        return render(request, "outreach/campaign_task.html", context)
    if request.method != "POST":
        words = {"title": campaign.name, "detail": campaign.managers_do}
        return _show_form(request, campaign, TaskForm(initial=words))
    form = TaskForm(request.POST)
    return _give(request, campaign, form) if form.is_valid() else _show_form(request, campaign, form)


def _with_task(pk: int) -> Campaign:
    with_task = Campaign.objects.select_related("task__given_by").prefetch_related("task__people__user")
    found: Campaign = get_object_or_404(with_task, pk=pk)
    return found


def _give(request: StaffRequest, campaign: Campaign, form: TaskForm) -> HttpResponse:
    def work() -> Mapping[str, Any]:
        form.instance.given_by = request.user
        return {"task": campaign_tasks.give_campaign_task(campaign=campaign, task=form.instance, to=form.to()).pk}

    client_id, content = form.cleaned_data["client_id"], {"campaign": campaign.pk, **form.content()}
    try:
        submissions.receive(client_id=client_id, kind=KIND, content=content, user=request.user, work=work)
    except CannotGive as why:
        return cards.refused(why)
    except submissions.ConflictingSubmission:
        return cards.refused(_("This form was sent before with other content. Open it anew for another task."))
    answer = redirect("outreach:campaign_task", pk=campaign.pk)
    return HttpResponse(headers={"HX-Redirect": answer.url}) if request.htmx else answer


def _show_form(request: StaffRequest, campaign: Campaign, form: TaskForm) -> HttpResponse:
    template = "staff/floor/_task_form.html" if request.htmx else "outreach/campaign_task.html"
    ask = reverse("outreach:campaign_task", args=[campaign.pk])
    context = {"campaign": campaign, "form": form, "ask": ask}
    return render(request, template, context, status=422 if form.is_bound else 200)
