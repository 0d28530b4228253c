"""The machinery, for operations: what ran, what did not and is run now, messages that wait, forms that contradict."""

from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from vipdesk import alerts, jobs, jobs_page, outbox, run_now, submissions, sweeps, tasks
from vipdesk.adminsite import ReadOnlyAdmin
from vipdesk.jobs import Heartbeat, Job, ScheduleRun
from vipdesk.outbox import OutboxMessage
from vipdesk.submissions import SubmissionConflict
from vipdesk.templatetags.nights import night as night_in_words


class RunForm(forms.Form):
    """Which night; `sure` where the job asks first."""

    night = forms.DateField()
    sure = forms.BooleanField(required=False)


@admin.register(ScheduleRun)
class ScheduleRunAdmin(ReadOnlyAdmin):
    """Every run; beside them a page of all jobs and one for each, where operations have a night's run made now."""

    list_display = ["title", "night", "status", "due_at", "finished_at", "attempts"]
    list_filter = ["status"]
    ordering = ["-due_at", "job"]
    sortable_by = ()

    @admin.display(description=_("job"))
    def title(self, run: ScheduleRun) -> str:
        return jobs.title_of(run.job)

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        pages = [
            path("jobs/", guarded(self.jobs), name="vipdesk_jobs"),
            path("jobs/<str:name>/", guarded(self.job), name="vipdesk_job"),
        ]
        return [*pages, *super().get_urls()]

    def has_run_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("vipdesk.change_schedulerun")

    def jobs(self, request: HttpRequest) -> HttpResponse:
        """Each job in words, how its last night went, what is next; and the sweeps of every minute."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        context = {
            "title": _("Nightly jobs"),
            "standings": jobs_page.standings(now),
            "sweeps": sweeps.last(),
            "ticked_at": Heartbeat.objects.values_list("ticked_at", flat=True).first(),
            "is_late": alerts.is_tick_late(now),
        }
        return self._render(request, "jobs", context)

    def job(self, request: HttpRequest, name: str) -> HttpResponse:
        """One job and its nights; a POST has one of them run. A job that asks first is confirmed on this page."""
        job = jobs.registry().get(name)
        if job is None:
            raise Http404
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = RunForm(request.POST if request.method == "POST" else request.GET or None)
        night = form.cleaned_data["night"] if form.is_valid() else None
        if request.method == "POST" and night and (form.cleaned_data["sure"] or not job.asks):
            return self._run(request, job, night)
        lines = jobs_page.lines(job, timezone.now())
        chosen = next((line for line in lines if line.run.night == night and line.may_run), None)
        context = {"title": job, "job": job, "lines": lines, "chosen": chosen, "may": self.has_run_permission(request)}
        return self._render(request, "job", context, status=422 if request.method == "POST" else 200)

    def _run(self, request: HttpRequest, job: Job, night: date) -> HttpResponse:
        if not self.has_run_permission(request):
            raise PermissionDenied
        try:
            with transaction.atomic():
                run = run_now.ask_for(job=job, night=night)
                jobs.enqueue(tasks.run_job, run.pk)
                self.log_change(request, run, gettext("Run by hand."))
        except run_now.CannotRun as why:
            messages.info(request, str(why))
        else:
            said = gettext("%(job)s runs now, for %(night)s. What came of it stands here in a moment.")
            messages.success(request, said % {"job": job, "night": night_in_words(night)})
        return redirect("admin:vipdesk_job", name=job.name)

    def _render(self, request: HttpRequest, page: str, said: dict[str, Any], status: int = 200) -> HttpResponse:
        context = {**self.admin_site.each_context(request), **said}
        return render(request, f"admin/vipdesk/{page}.html", context, status=status)


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """Without the contents: those are between the sender and the receiver."""

    list_display = ["created_at", "kind", "state", "attempts", "next_attempt_at", "last_error"]
    list_filter = ["state", "kind"]
    fields = [
        "kind",
        "state",
        "target",
        "subject",
        "created_at",
        "attempts",
        "next_attempt_at",
        "sent_at",
        "last_error",
    ]
    ordering = ["-created_at", "-pk"]
    actions = ["send_again"]

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("vipdesk.change_outboxmessage")

    @action(description=_("Try again to send"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        """Only failed ones are queued; the next sweep, within a minute, sends them."""
        count = outbox.send_again(queryset)
        words = ngettext("%(count)d message waits to be sent.", "%(count)d messages wait to be sent.", count)
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, words % {"count": count}, level)


@admin.register(SubmissionConflict)
class SubmissionConflictAdmin(ReadOnlyAdmin):
    """Somebody compares what came with what was taken in before, sets it right on the guest's page, and settles it."""

    list_display = ["received_at", "kind", "user", "resolved_at", "resolved_by"]
    list_select_related = ["user", "resolved_by"]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter)]
    fields = ["received_at", "kind", "user", "sent", "taken_in_before", "resolved_at", "resolved_by"]
    readonly_fields = ["sent", "taken_in_before"]
    ordering = ["-received_at", "-pk"]
    actions = ["settle"]

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("vipdesk.change_submissionconflict")

    @admin.display(description=_("what was sent"))
    def sent(self, conflict: SubmissionConflict) -> str:
        return _lines(conflict.masked())

    @admin.display(description=_("what was taken in before"))
    def taken_in_before(self, conflict: SubmissionConflict) -> str:
        return _lines(conflict.first_receipt())

    @action(description=_("Settled"), permissions=["settle"])
    def settle(self, request: HttpRequest, queryset: QuerySet[SubmissionConflict]) -> None:
        count = submissions.settle(queryset, by=cast("AbstractBaseUser", request.user))
        words = ngettext("%(count)d form is settled.", "%(count)d forms are settled.", count)
        self.message_user(request, words % {"count": count}, messages.SUCCESS if count else messages.WARNING)


def _lines(facts: dict[str, Any]) -> SafeString:
    return format_html_join(mark_safe("<br>"), "{}: {}", facts.items())
