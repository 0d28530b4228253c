"""Tasks from leaders (D8): given and followed by operations, read and done by managers on a card."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor import assignments
from staff.floor.forms import AnswerForm, TaskForm
from staff.floor.views import cards
from staff.models import Task, TaskFor, User
from vipdesk import nights, submissions

KIND = "task"
DAYS_SHOWN = 7
SHOWN = 60


# --- operations ------------------------------------------------------------------------------------------------------


@role_required(roles.OPERATIONS)
def task_list(request: StaffRequest) -> HttpResponse:
    """What was given in the last days, and who has read and done it."""
    since = nights.tonight() - dt.timedelta(days=DAYS_SHOWN)
    tasks = list(assignments.given_since(since)[:SHOWN])
    return render(request, "staff/floor/tasks.html", {"tasks": tasks, "now": timezone.now()})


@role_required(roles.OPERATIONS)
def new(request: StaffRequest) -> HttpResponse:
    """The form of a task, and taking it in."""
    if request.method != "POST":
        return render(request, "staff/floor/task_new.html", {"form": TaskForm()})
    form = TaskForm(request.POST)
    if not form.is_valid():
        return _show_form(request, form)
    return _take(request, form)


def _take(request: StaffRequest, form: TaskForm) -> HttpResponse:
    try:
        receipt = submissions.receive(
            client_id=form.cleaned_data["client_id"],
            kind=KIND,
            content=form.content(),
            user=request.user,
            work=lambda: _give(form, request.user),
        )
    except submissions.ConflictingSubmission:
        return cards.refused(_("This form was sent before with other content. Open it anew for another task."))
    if not receipt.replayed:
        count = receipt.content["people"]
        words = ngettext("Given to %(count)d person.", "Given to %(count)d people.", count)
        messages.success(request, words % {"count": count})
    return _to_list(request)


def _give(form: TaskForm, by: User) -> Mapping[str, Any]:
    form.instance.given_by = by
    to = form.to()
    task = assignments.give_task(task=form.instance, to=to)
    return {"task": task.pk, "people": len(to)}


def _show_form(request: StaffRequest, form: TaskForm) -> HttpResponse:
    template = "staff/floor/_task_form.html" if request.htmx else "staff/floor/task_new.html"
    return render(request, template, {"form": form}, status=422)


def _to_list(request: StaffRequest) -> HttpResponse:
    answer = redirect("staff:tasks")
    return HttpResponse(headers={"HX-Redirect": answer.url}) if request.htmx else answer


@role_required(roles.OPERATIONS)
@require_POST
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a task back; what was done of it stays to be read."""
    assignments.withdraw_task(task=get_object_or_404(Task, pk=pk))
    return redirect("staff:tasks")


# --- managers --------------------------------------------------------------------------------------------------------


@role_required(roles.MANAGER)
def mine(request: StaffRequest) -> HttpResponse:
    """The card of one's own open tasks; it refreshes itself and is empty while nothing changed."""
    tasks, now = _open(request)
    is_same = cards.unchanged(request, _version(request, _context(tasks, now)))
    return is_same or _show(request, tasks, now, is_refresh="seen" in request.GET)


@role_required(roles.MANAGER)
@require_POST
def acknowledge(request: StaffRequest, pk: int) -> HttpResponse:
    assignments.acknowledge(task=_of(request, pk))
    return cards.changed(request, _card, "staff:my_tasks")


@role_required(roles.MANAGER)
@require_POST
def done(request: StaffRequest, pk: int) -> HttpResponse:
    task = _of(request, pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        tasks, now = _open(request)
        return _show(request, tasks, now, form=form, form_of=task.pk)
    assignments.finish(task=task, answer=form.cleaned_data["answer"])
    return cards.changed(request, _card, "staff:my_tasks")


def _of(request: StaffRequest, pk: int) -> TaskFor:
    return get_object_or_404(TaskFor, task=pk, user=request.user)


def _open(request: StaffRequest) -> tuple[list[TaskFor], dt.datetime]:
    return list(assignments.open_tasks_of(request.user)), timezone.now()


def _card(request: StaffRequest) -> HttpResponse:
    return _show(request, *_open(request))


def _show(
    request: StaffRequest,
    tasks: Sequence[TaskFor],
    now: dt.datetime,
    *,
    is_refresh: bool = False,
    form: AnswerForm | None = None,
    form_of: int = 0,
) -> HttpResponse:
    """On a refresh an answer half typed is kept by the page (`hx-preserve`); `form` is one that was refused."""
    context = _context(tasks, now)
    context |= {"version": _version(request, context), "is_refresh": is_refresh, "form": form, "form_of": form_of}
    return cards.show(request, "my_tasks", context, status=422 if form else 200)


def _context(tasks: Sequence[TaskFor], now: dt.datetime) -> dict[str, object]:
    """What the card shows of itself, whatever is being typed into it."""
    return {"tasks": tasks, "now": now, "night": nights.tonight(now), "is_refresh": False, "form": None, "form_of": 0}


def _version(request: StaffRequest, context: Mapping[str, object]) -> str:
    return cards.version_of(request, "staff/floor/_my_tasks.html", context)
