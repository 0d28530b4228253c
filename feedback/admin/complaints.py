"""Complaints for operations: to look through (their page is the desk's own), compensation to decide, the limits."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from feedback import compensating
from feedback.compensating import CannotCompensate
from feedback.complaint_choices import Severity
from feedback.complaint_story import clock_of
from feedback.models import Compensation, CompensationLimit, Complaint, ComplaintLimit, Escalation
from feedback.states import State
from staff.models import User
from vipdesk.adminsite import DeskAdmin, NightFilter, ReadOnlyAdmin
from vipdesk.templatetags.nights import money


class StandsFilter(admin.SimpleListFilter):
    """Where somebody has to do something."""

    title = _("how it stands")
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("open")), ("escalated", _("escalated")), ("late", _("late")), ("settled", _("settled"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "open":
                return queryset.open()
            case "escalated":
                return queryset.escalated()
            case "late":
                return queryset.late(timezone.now())
            case "settled":
                return queryset.filter(state__in=[State.SOLVED, State.CLOSED])
        return queryset


@admin.register(Complaint)
class ComplaintAdmin(ReadOnlyAdmin):
    list_display = ["page", "shown_state", "shown_severity", "room", "guest", "kept_by", "next_due", "night"]
    list_display_links = None
    list_filter = [
        StandsFilter,
        "category",
        "severity",
        NightFilter,
        ("owner", admin.RelatedOnlyFieldListFilter),
        ("room", admin.RelatedOnlyFieldListFilter),
        "root_cause",
    ]
    list_select_related = ["room", "customer", "owner"]
    ordering = ["-opened_at", "-pk"]
    sortable_by = ()

    @display(description=_("complaint"))
    def page(self, complaint: Complaint) -> str:
        return _link(complaint)

    @display(description=_("state"))
    def shown_state(self, complaint: Complaint) -> str:
        return _tag(complaint.get_state_display(), complaint.is_escalated)

    @display(description=_("severity"))
    def shown_severity(self, complaint: Complaint) -> str:
        return _tag(complaint.get_severity_display(), complaint.severity == Severity.CRITICAL)

    @display(description=_("guest"))
    def guest(self, complaint: Complaint) -> str:
        return _tag(str(complaint.customer)) if complaint.customer else "—"

    @display(description=_("with"))
    def kept_by(self, complaint: Complaint) -> str:
        return _tag(str(complaint.owner)) if complaint.owner else "—"

    @display(description=_("due"))
    def next_due(self, complaint: Complaint) -> str:
        due = clock_of(complaint, timezone.now())
        return _tag(f"{due.what} · {due.left}", due.tone == "red") if due else "—"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A complaint has one page, where it is moved and compensated."""
        return redirect("feedback:complaint", pk=object_id)


def _link(complaint: Complaint) -> str:
    return format_html(
        '<a class="desk-link" href="{}">{}</a>', reverse("feedback:complaint", args=[complaint.pk]), complaint
    )


def _tag(words: str, is_bad: bool = False) -> str:
    """A state stays on one line, and so does a name."""
    return format_html('<span class="desk-whole{}">{}</span>', " desk-tag desk-tag-red" if is_bad else "", words)


@admin.register(Escalation)
class EscalationAdmin(ReadOnlyAdmin):
    list_display = ["raised_at", "page", "cause", "night", "raised_by"]
    list_display_links = None
    list_filter = ["cause", NightFilter]
    list_select_related = ["complaint", "raised_by"]
    ordering = ["-pk"]
    sortable_by = ()

    @display(description=_("complaint"))
    def page(self, escalation: Escalation) -> str:
        return _link(escalation.complaint)


@admin.register(Compensation)
class CompensationAdmin(ReadOnlyAdmin):
    """Decided here or on the complaint's page, by the same services."""

    list_display = ["asked_at", "page", "kind", "shown_value", "reason", "shown_state", "asked_by", "decided_by"]
    list_display_links = None
    list_filter = ["state", "kind", ("asked_by", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["complaint", "asked_by", "decided_by"]
    ordering = ["-pk"]
    sortable_by = ()
    actions = ["approve", "refuse", "give"]

    @display(description=_("complaint"))
    def page(self, compensation: Compensation) -> str:
        return _link(compensation.complaint)

    @display(description=_("value"))
    def shown_value(self, compensation: Compensation) -> str:
        return money(compensation.value)

    @display(description=_("state"))
    def shown_state(self, compensation: Compensation) -> str:
        return _tag(compensation.get_state_display(), compensation.state == "asked")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = Compensation.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        return redirect("feedback:complaint", pk=found.complaint_id) if found else redirect("..")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("feedback.change_compensation")

    @action(description=_("Approve"), permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Compensation]) -> None:
        self._each(request, queryset, compensating.approve)

    @action(description=_("Refuse"), permissions=["decide"])
    def refuse(self, request: HttpRequest, queryset: QuerySet[Compensation]) -> None:
        self._each(request, queryset, compensating.refuse)

    @action(description=_("The guest has it"), permissions=["decide"])
    def give(self, request: HttpRequest, queryset: QuerySet[Compensation]) -> None:
        self._each(request, queryset, compensating.give)

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Compensation], decide: Callable[..., Compensation]
    ) -> None:
        """Each by itself: what cannot be done is said, the rest is done."""
        done = 0
        for one in queryset.select_related("complaint").order_by("pk"):
            try:
                decide(compensation=one, by=cast(User, request.user))
                done += 1
            except CannotCompensate as refused:
                self.message_user(request, f"{one.complaint}: {refused}", messages.WARNING)
        if done:
            words = ngettext("%(count)d compensation decided.", "%(count)d compensations decided.", done)
            self.message_user(request, words % {"count": done}, messages.SUCCESS)


@admin.register(ComplaintLimit)
class ComplaintLimitAdmin(DeskAdmin):
    """Counts for complaints opened from now on: limits of those that stand were fixed when they came."""

    list_display = ["severity", "answer_minutes", "solve_minutes", "hours"]
    list_editable = ["answer_minutes", "solve_minutes", "hours"]
    list_display_links = None
    ordering = ["pk"]
    sortable_by = ()
    actions: list[str] | None = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ComplaintLimit | None = None) -> bool:
        return False


@admin.register(CompensationLimit)
class CompensationLimitAdmin(DeskAdmin):
    list_display = ["role", "amount", "month_amount"]
    list_editable = ["amount", "month_amount"]
    list_display_links = None
    fields = ["role", "amount", "month_amount"]
    ordering = ["role"]
    sortable_by = ()
    actions: list[str] | None = None

    def has_delete_permission(self, request: HttpRequest, obj: CompensationLimit | None = None) -> bool:
        return False
