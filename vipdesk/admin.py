"""The machinery, for operations: what ran, what did not, messages that wait or failed, forms that contradict."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action

from vipdesk import outbox, submissions
from vipdesk.adminsite import ReadOnlyAdmin
from vipdesk.jobs import ScheduleRun
from vipdesk.outbox import OutboxMessage
from vipdesk.submissions import SubmissionConflict


@admin.register(ScheduleRun)
class ScheduleRunAdmin(ReadOnlyAdmin):
    list_display = ["job", "night", "status", "due_at", "finished_at", "attempts"]
    list_filter = ["status"]
    ordering = ["-due_at", "job"]


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
