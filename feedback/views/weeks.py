"""The weekly summary on the desk (D4 S2): a manager's look and remark, Tonight's card, paper and workbook for
operations. Operations' own page is the admin's (feedback.admin.weeks)."""

import datetime as dt
import io
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from feedback import weeks
from feedback.forms.weeks import RemarkForm
from feedback.models import Survey, WeeklySummary, WeekRemark
from feedback.week_file import write_week
from feedback.week_page import page_of
from feedback.weeks import WeekRefused
from staff import roles, stepup
from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from vipdesk import nights

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@role_required(roles.MANAGER, roles.OPERATIONS)
def week(request: StaffRequest, week: str) -> HttpResponse:
    """A week as a manager sees it, and their remark on it, handed in once."""
    if request.method == "POST":
        return _hand_in(request, week, RemarkForm(request.POST))
    return _show(request, week, RemarkForm())


def _hand_in(request: StaffRequest, week: str, form: RemarkForm) -> HttpResponse:
    summary = get_object_or_404(WeeklySummary, first_night=nights.week_nights(week)[0])
    if not request.user.is_manager:
        return _show(request, week, form, status=403)
    if form.is_valid():
        try:
            weeks.hand_in_remark(summary=summary, manager=request.user, text=form.cleaned_data["text"])
        except WeekRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Your remark is handed in."))
            return redirect("feedback:week", week=week)
    return _show(request, week, form, status=422)


def _show(request: StaffRequest, week: str, form: RemarkForm, status: int = 200) -> HttpResponse:
    page = page_of(week, request.user)
    mine = next((remark for remark in page.remarks if remark.manager_id == request.user.pk), None)
    may_remark = bool(request.user.is_manager and page.summary and not mine)
    context = {"page": page, "form": form if may_remark else None, "mine": mine}
    return render(request, "feedback/week.html", context, status=status)


@role_required(roles.OPERATIONS)
@require_GET
def week_print(request: StaffRequest, week: str) -> HttpResponse:
    return render(request, "feedback/week_print.html", {"page": page_of(week, request.user)})


@role_required(roles.OPERATIONS)
@stepup.export(gettext_lazy("Export the week"))
def week_xlsx(request: StaffRequest, week: str) -> FileResponse:
    stream = io.BytesIO()
    write_week(page_of(week, request.user), stream)
    stream.seek(0)
    return FileResponse(stream, as_attachment=True, filename=f"{week}.xlsx", content_type=XLSX)


@role_required(roles.MANAGER)
@require_GET
def my_surveys(request: StaffRequest) -> HttpResponse:
    """Tonight's card: how many answers came in, and the remark on last week that is owed."""
    night, now = nights.tonight(), timezone.now()
    scores = list(Survey.objects.visible_to(request.user).filter(night=night).values_list("overall", flat=True))
    owed = _owed(request, night)
    late = bool(owed and owed.due_at < now)
    context = {"night": night, "count": len(scores), "owed": owed, "is_late": late}
    return cards.live(request, "feedback/_my_surveys.html", context)


def _owed(request: StaffRequest, night: dt.date) -> WeeklySummary | None:
    """The newest week that is drafted and waits for this manager's word."""
    mine = WeekRemark.objects.filter(summary=OuterRef("pk"), manager=request.user)
    recent = WeeklySummary.objects.filter(first_night__gte=night - dt.timedelta(days=14))
    newest: Any = recent.annotate(has_mine=Exists(mine)).first()
    return newest if newest and not newest.has_mine else None
